"""What an operator sees, as Prometheus reads it."""

from dataclasses import replace

import msgspec
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from streams.news import WORD, NoWords, news

from processors.metrics import Metrics
from tocsin.blindness import BACK_MS
from tocsin.clocks import Clock, Rules
from tocsin.crowds import Terms
from tocsin.grouping import BREADTH
from tocsin.judge import Judge
from tocsin.merge import ClosedBucket
from tocsin.offline import Offline
from tocsin.posts import REASONS
from tocsin.present import GAUGES

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
FIRST = 249_000_000
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
# What may vary, and within what. Everything else would grow with what people write.
BOUNDED = {"partition", "reason", "channel", "kind", "source", "state", "series", "version", "namespace", "le"}
BOUNDED |= {"severity", "planned", "dimension"}


def closed(number: int, **changes: object) -> ClosedBucket:
    counts = {
        "channel=sms": (4, 2, 1),
        "channel=sms|region=tehran": (2, 1, 0),
        "keyword=vote": (1, 1, 0),
        "lang=fa": (3, 2, 0),
        "posts": (4, 2, 1),
        "region=tehran": (2, 1, 0),
    }
    clocks = {"s": Clock((FIRST + number + 2) * 5_000, channels=("sms",))}
    return msgspec.structs.replace(ClosedBucket(FIRST + number, counts, clocks), **changes)


def samples(metrics: Metrics) -> Samples:
    """Parse what is served."""
    text = generate_latest(metrics.registry).decode()
    families = list(text_string_to_metric_families(text))
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def shown(*buckets: ClosedBucket) -> Samples:
    metrics, judge = Metrics(), Judge(RULES, 365)
    for bucket in buckets:
        judgement = judge.fold(bucket)
        metrics.on_judgement(judgement)
    metrics.show(judgement, judge, RULES)
    return samples(metrics)


def test_before_anything_happens_every_kind_of_incident_is_shown_as_none() -> None:
    found = samples(Metrics())
    for kind in ("burst", "outage", "blind", "backlog", "exposed", "term"):
        assert found["tocsin_incidents_total", (("kind", kind),)] == 0


def test_a_worker_that_does_not_run_detect_shows_no_gauge_of_the_present() -> None:
    assert not {name for name, _ in samples(Metrics())} & set(GAUGES)


def test_a_worker_that_loses_detect_forgets_the_present_and_keeps_its_counters() -> None:
    metrics, judge = Metrics(), Judge(RULES, 365)
    judgement = judge.fold(closed(0))
    metrics.on_judgement(judgement)
    metrics.show(judgement, judge, RULES)
    assert samples(metrics)["tocsin_series_posts", (("series", "posts"),)] == 4
    metrics.forget()
    assert not {name for name, _ in samples(metrics)} & set(GAUGES)
    assert samples(metrics)["tocsin_buckets_closed_total", ()] == 1


def test_what_lasted_before_a_restart_is_shown_before_the_next_bucket_closes() -> None:
    dark = {"clocks": {"s": Clock(FIRST * 5_000, channels=("sms",))}}
    metrics, judge = Metrics(), Judge(RULES, 365)
    for bucket in (closed(0), closed(1, **dark), closed(2, **dark)):
        judge.fold(bucket)
    metrics.on_load(judge, RULES)
    found = samples(metrics)
    labels = (("kind", "blind"), ("planned", ""), ("series", "source=s"), ("severity", "warning"))
    assert found["tocsin_incident_open", labels] == 1
    assert found["tocsin_channel_state", (("channel", "sms"), ("state", "blind"))] == 1
    assert found["tocsin_closed_timestamp_seconds", ()] == (FIRST + 3) * 5


def test_a_worker_that_has_stored_nothing_yet_does_not_speak_of_1970() -> None:
    metrics = Metrics()
    metrics.on_load(Judge(RULES, 365), RULES)
    assert not {name for name, _ in samples(metrics)} & set(GAUGES)


def test_the_last_closed_bucket_is_shown_with_its_end_in_seconds() -> None:
    found = shown(closed(0), closed(1))
    assert found["tocsin_closed_timestamp_seconds", ()] == (FIRST + 2) * 5
    assert found["tocsin_buckets_closed_total", ()] == 2
    assert found["tocsin_series_posts", (("series", "channel=sms"),)] == 4
    assert found["tocsin_source_heartbeat_timestamp_seconds", (("source", "s"),)] == (FIRST + 3) * 5


def test_the_band_lies_around_what_is_expected() -> None:
    found = shown(*[closed(number) for number in range(200)])
    for series in ("posts", "channel=sms", "keyword=vote"):
        lower, expected, upper = (
            found[f"tocsin_series_{name}_posts", (("series", series),)] for name in ("lower", "expected", "upper")
        )
        assert lower <= expected < upper
    assert found["tocsin_series_expected_posts", (("series", "posts"),)] == pytest.approx(4, rel=0.05)


def test_late_and_duplicate_posts_add_up_by_channel() -> None:
    found = shown(closed(0, late={"sms": 2}), closed(1, late={"sms": 3, "web": 1}, duplicates={"web": 7}))
    assert found["tocsin_late_posts_total", (("channel", "sms"),)] == 5
    assert found["tocsin_late_posts_total", (("channel", "web"),)] == 1
    assert found["tocsin_duplicate_posts_total", (("channel", "web"),)] == 7


def test_an_incident_is_counted_once_and_shown_while_it_lasts() -> None:
    dark = {"clocks": {"s": Clock(FIRST * 5_000, channels=("sms",))}}
    found = shown(closed(0), closed(1, **dark), closed(2, **dark))
    assert found["tocsin_incidents_total", (("kind", "blind"),)] == 1
    assert found["tocsin_incidents_open", (("kind", "blind"),)] == 1
    back = [closed(number) for number in range(2, 2 + BACK_MS // 5_000)]
    for seen, lasts in ((back[:-1], 1), (back, 0)):
        found = shown(closed(0), closed(1, **dark), *seen)
        assert found["tocsin_incidents_total", (("kind", "blind"),)] == 1
        assert found["tocsin_incidents_open", (("kind", "blind"),)] == lasts


def test_channels_are_counted_by_how_they_stand() -> None:
    dark = {"clocks": {"s": Clock(FIRST * 5_000, channels=("sms",))}}
    assert shown(closed(0))["tocsin_channels", (("state", "alive"),)] == 1
    found = shown(closed(0), closed(1, **dark))
    assert found["tocsin_channels", (("state", "alive"),)] == 0
    assert found["tocsin_channels", (("state", "blind"),)] == 1


def test_a_bucket_of_which_only_a_sample_of_terms_was_kept_is_counted_and_its_share_shown() -> None:
    whole, sample = (Terms(level, 1, b"", "", b"", b"") for level in (0, 3))
    found = shown(closed(0, terms=sample), closed(1, terms=whole), closed(2, terms=sample))
    assert found["tocsin_sampled_buckets_total", ()] == 2
    assert found["tocsin_terms_share", ()] == 1 / 8
    assert found["tocsin_terms", ()] == 1
    found = shown(closed(0, terms=sample), closed(1))
    assert (found["tocsin_terms", ()], found["tocsin_terms_share", ()]) == (0, 1)


def test_words_that_found_no_room_among_the_incidents_are_counted() -> None:
    metrics = Metrics()
    judgement = Judge(RULES, 365).fold(closed(0))
    for untold in (0, 14, 3):
        metrics.on_judgement(replace(judgement, untold=untold))
    assert samples(metrics)["tocsin_untold_terms_total", ()] == 17


def test_an_emergent_term_is_counted_by_its_kind_and_never_named() -> None:
    offline, metrics = Offline(RULES, NoWords(), 365), Metrics()
    for line in news():
        for judgement in offline.fold(line):
            metrics.on_judgement(judgement)
            metrics.show(judgement, offline.judge, RULES)
    found = samples(metrics)
    assert found["tocsin_incidents_total", (("kind", "term"),)] == 1
    assert found["tocsin_incidents_open", (("kind", "term"),)] == 0
    assert WORD not in generate_latest(metrics.registry).decode()


def test_no_label_goes_beyond_its_bounds() -> None:
    clocks = {"@somebody": Clock((FIRST + 9) * 5_000, channels=("sms",))}
    found = shown(closed(0), closed(1, clocks=clocks, late={"sms": 1}, duplicates={"web": 1}))
    labels = {label for _, pairs in found for label in pairs}
    assert {name for name, _ in labels} <= BOUNDED
    assert not [value for _, value in labels if "@" in value or "/" in value]
    series = {value for name, value in labels if name == "series"}
    assert {value.split("=")[0] for value in series} <= set(BREADTH)
    assert not [value for value in series if "|" in value], "crosses would be too many"


def test_every_reason_of_a_dead_letter_may_be_a_label() -> None:
    metrics = Metrics()
    for reason in REASONS:
        metrics.dead_letters.labels(reason).inc()
    found = {dict(labels)["reason"] for name, labels in samples(metrics) if name == "tocsin_dead_letters_total"}
    assert found == set(REASONS)


def test_names_begin_alike_counters_end_in_total_and_times_are_seconds() -> None:
    for family in text_string_to_metric_families(generate_latest(Metrics().registry).decode()):
        assert family.name.startswith("tocsin_")
        assert family.documentation.endswith(".") or family.name.endswith("_created")
        assert not family.name.endswith(("_ms", "_milliseconds"))
        if family.type == "counter":
            assert all(sample.name.endswith(("_total", "_created")) for sample in family.samples)


def test_two_workers_in_one_process_do_not_share_their_metrics() -> None:
    first, second = Metrics(), Metrics()
    first.rebalances.inc()
    assert samples(first)["tocsin_rebalances_total", ()] == 1
    assert samples(second)["tocsin_rebalances_total", ()] == 0
