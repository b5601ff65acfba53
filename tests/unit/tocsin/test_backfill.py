"""History: what Prometheus would hold if it had watched a worker all along."""

from collections import Counter
from itertools import pairwise

import pytest
from streams.crisis import SETTINGS, crisis
from streams.shown import Told, differences, read, samples, told, whole

from tocsin.backfill import AT_LEAST_MS, History
from tocsin.judge import Judge
from tocsin.lexicon import default_lexicon
from tocsin.merge import ClosedBucket
from tocsin.offline import Counting
from tocsin.settings import load_settings

RULES = load_settings(bucket_seconds=5, **SETTINGS).rules


@pytest.fixture(scope="module")
def buckets() -> list[ClosedBucket]:
    counting = Counting(RULES, default_lexicon())
    return [closed for second in crisis() for closed in counting.fold(b"\n".join(second.lines))]


@pytest.fixture(scope="module")
def history(buckets) -> Told:
    return told(buckets, RULES)


def test_families_and_series_stand_together_and_their_times_ascend(history) -> None:
    places = [(name, labels) for name, labels, _, _ in samples(history.text)]
    runs = [key for key, before in zip(places, [None, *places], strict=False) if key != before]
    assert max(Counter(runs).values()) == 1
    assert len(runs) > 50
    for times, _ in read(history.text).series.values():
        assert all(earlier < later for earlier, later in pairwise(times))


def test_the_text_says_that_it_is_whole(history) -> None:
    assert history.text.endswith("\n# EOF\n")
    with pytest.raises(ValueError, match="EOF"):
        list(samples(history.text.removesuffix("# EOF\n")))


def test_after_each_bucket_it_says_what_a_worker_would_have_shown(history) -> None:
    assert list(differences(read(history.text), history.shown)) == []


def test_the_comparison_sees_a_sample_that_is_missing(history) -> None:
    lines = history.text.splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.startswith("tocsin_incident_open{") and " 0 " in line)
    text = "".join(lines[:place] + lines[place + 1 :])
    assert list(differences(read(text), history.shown)), "an incident that is over lingers"


def test_the_crisis_is_in_it(history) -> None:
    of = {(labels[0], labels[1]) for name, labels, _, value in samples(history.text)
          if name == "tocsin_incident_open" and value}  # fmt: skip
    assert {("outage", "channel=sms"), ("outage", "channel=twitter"), ("blind", "source=crawler")} <= of
    states = {labels for name, labels, _, value in samples(history.text) if name == "tocsin_channel_state" and value}
    assert {("sms", "out"), ("twitter", "planned"), ("web", "blind")} <= states


def test_posts_are_written_in_each_bucket_and_what_stands_still_once_a_minute(history) -> None:
    held = read(history.text)
    posts = "tocsin_series_posts", ("posts",)
    assert held.series[posts][0] == [at for at, present in history.shown.items() if posts in present]
    assert len(held.series[posts][0]) >= len(history.shown) - 1
    for key, (times, values) in held.series.items():
        gaps = [later - earlier for earlier, later in pairwise(times)]
        goes_on = [gap for gap, value in zip(gaps, values, strict=False) if value]
        assert max(goes_on, default=0) <= AT_LEAST_MS, key
    bands, _ = held.series["tocsin_series_upper_posts", ("posts",)]
    assert len(bands) < len(history.shown) / 5


def test_it_does_not_matter_how_often_the_lines_are_taken(buckets, history) -> None:
    assert told(buckets, RULES, every=7).text == history.text


def test_the_same_buckets_give_the_same_bytes(buckets, history) -> None:
    assert told(buckets, RULES).text == history.text


def test_no_word_is_in_it(buckets) -> None:
    judge, history = Judge(RULES, 365), History(RULES)
    words = set[str]()
    for closed in buckets:
        history.fold(judge, judge.fold(closed))
        words |= {incident.series for incident in judge.lasting if incident.kind == "term"}
    text = whole(history.take())
    assert words
    assert not [word for word in words if word in text]


def test_an_hour_of_buckets_that_are_wider_than_a_minute_is_written_bucket_by_bucket() -> None:
    rules = load_settings(bucket_seconds=300, **SETTINGS).rules
    wide = told([ClosedBucket(4_150_000 + n, {"channel=sms": (n, 1, 0), "posts": (n, 1, 0)}) for n in range(12)], rules)
    held = read(wide.text)
    assert list(differences(held, wide.shown)) == []
    assert held.series["tocsin_bucket_seconds", ()][1] == [300.0] * 12
