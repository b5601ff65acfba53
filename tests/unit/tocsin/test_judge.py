"""What the judge says of streams of counts whose truth is known. Buckets of five seconds, a steady rate, seeded."""

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from tocsin.clocks import Clock, Rules
from tocsin.incidents import Incident
from tocsin.judge import Judge
from tocsin.merge import ClosedBucket
from tocsin.posts import Notice

WIDTH = 5_000
RULES = Rules(bucket_ms=WIDTH, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
HOUR = 3_600_000 // WIDTH
FIRST = 1_245_000_000_000 // WIDTH
CHANNELS = ("sms", "twitter")
RATE = 12.0

Level = Callable[[str, int], float]


def buckets(
    length: int, level: Level = lambda *_: 1.0, *, dead: range = range(0), notices: dict[int, Notice] | None = None
) -> Iterator[ClosedBucket]:
    """Make closed buckets; ``level`` multiplies the rate of a channel, ``dead`` stops the collector of sms."""
    rng = np.random.default_rng(1)
    at = 0
    for number in range(length):
        counts: dict[str, tuple[int, int, int]] = {}
        for channel in CHANNELS:
            posts = int(rng.poisson(RATE * level(channel, number)))
            if posts and not (channel == "sms" and number in dead):
                counts[f"channel={channel}"] = (posts, max(1, posts - 2), posts // 4)
        if counts:
            counts["posts"] = tuple(map(sum, zip(*counts.values(), strict=True)))  # type: ignore[assignment]
        end = (FIRST + number + 1) * WIDTH + RULES.lateness_ms
        at = at if number in dead else end
        clocks = {"gateway": Clock(at, channels=("sms",)), "stream": Clock(end, channels=("twitter",))}
        found = (notices or {}).get(number)
        yield ClosedBucket(FIRST + number, dict(sorted(counts.items())), clocks, notices=[found] if found else [])


def revisions(stream: Iterator[ClosedBucket]) -> list[Incident]:
    judge = Judge(RULES, 365)
    return [revision for closed in stream for revision in judge.fold(closed).revisions]


def last_states(stream: Iterator[ClosedBucket]) -> dict[str, Incident]:
    return {revision.id: revision for revision in revisions(stream)}


def bucket_of(at: int | None) -> int:
    assert at is not None
    return at // WIDTH - FIRST


def silent(begin: int, end: int, channel: str = "sms") -> Level:
    return lambda name, number: 0.0 if name == channel and begin <= number < end else 1.0


@functools.cache
def an_hour_of_silence() -> list[Incident]:
    return revisions(buckets(4 * HOUR + HOUR // 4, silent(3 * HOUR, 4 * HOUR)))


@functools.cache
def down_to_a_third() -> list[Incident]:
    return revisions(buckets(4 * HOUR, lambda name, n: 0.35 if name == "sms" and n >= 3 * HOUR else 1.0))


def test_a_steady_stream_rings_for_nothing() -> None:
    assert revisions(buckets(8 * HOUR)) == []


def test_a_silent_channel_with_a_living_collector_is_one_outage_from_its_onset_to_its_recovery() -> None:
    outage = an_hour_of_silence()[-1]
    assert {revision.id for revision in an_hour_of_silence()} == {outage.id}
    assert (outage.kind, outage.series, outage.planned, outage.revision) == ("outage", "channel=sms", "unannounced", 2)
    assert bucket_of(outage.onset) == 3 * HOUR
    assert bucket_of(outage.detected_at) - 3 * HOUR <= 5
    assert abs(bucket_of(outage.closed_at) - 4 * HOUR) <= 15
    assert outage.lost == pytest.approx(RATE * HOUR, rel=0.1)
    assert outage.pages


def test_a_first_day_outage_of_many_hours_stays_open_and_then_closes() -> None:
    (outage,) = last_states(buckets(14 * HOUR, silent(2 * HOUR, 12 * HOUR))).values()
    assert outage.kind == "outage"
    assert abs(bucket_of(outage.closed_at) - 12 * HOUR) <= 15


def test_flapping_every_three_minutes_is_one_incident() -> None:
    three = 3 * 60_000 // WIDTH

    def level(name: str, number: int) -> float:
        flapping = 3 * HOUR <= number < 4 * HOUR
        return 0.0 if name == "sms" and flapping and number // three % 2 == 0 else 1.0

    told = last_states(buckets(4 * HOUR + HOUR // 4, level))
    assert [incident.kind for incident in told.values()] == ["outage"]


def test_a_dead_collector_is_blind_and_never_an_outage() -> None:
    told = last_states(buckets(4 * HOUR + HOUR // 4, dead=range(3 * HOUR, 4 * HOUR)))
    (blind,) = told.values()
    assert (blind.kind, blind.series, blind.channels) == ("blind", "source=gateway", ("sms",))
    assert bucket_of(blind.onset) == 3 * HOUR
    assert bucket_of(blind.closed_at) == 4 * HOUR


def test_maintenance_inside_its_window_is_told_apart_and_pages_nobody() -> None:
    begin, end = (FIRST + 3 * HOUR) * WIDTH, (FIRST + 4 * HOUR) * WIDTH
    notice = Notice("maintenance", "m", "twitter", begin, end, begin - 1, "declared")
    stream = buckets(
        4 * HOUR + HOUR // 4, silent(3 * HOUR, 3 * HOUR + HOUR // 2, "twitter"), notices={2 * HOUR: notice}
    )
    (outage,) = last_states(stream).values()
    assert (outage.kind, outage.series, outage.planned, outage.pages) == ("outage", "channel=twitter", "on_time", False)


def test_maintenance_that_goes_on_after_its_window_becomes_an_overrun_while_it_lasts() -> None:
    begin, end = (FIRST + 3 * HOUR) * WIDTH, (FIRST + 3 * HOUR + HOUR // 4) * WIDTH
    notice = Notice("maintenance", "m", "twitter", begin, end, begin - 1, "declared")
    stream = buckets(4 * HOUR + HOUR // 4, silent(3 * HOUR, 4 * HOUR, "twitter"), notices={2 * HOUR: notice})
    told = revisions(stream)
    assert [revision.planned for revision in told] == ["on_time", "overrun", "overrun"]
    assert [revision.closed_at is None for revision in told] == [True, True, False]


def test_a_surge_is_a_burst_on_the_total_and_its_channel_is_explained_by_it() -> None:
    def level(name: str, number: int) -> float:
        return 5.0 if name == "twitter" and 3 * HOUR <= number < 4 * HOUR else 1.0

    told = {incident.series: incident for incident in last_states(buckets(6 * HOUR, level)).values()}
    assert set(told) == {"posts", "channel=twitter"}
    assert told["posts"].parent is None
    assert told["channel=twitter"].parent == told["posts"].id
    assert not told["channel=twitter"].pages
    assert told["posts"].peak_authors > 40
    assert all(incident.closed_at is not None for incident in told.values())


def test_the_end_of_an_outage_is_no_burst_and_what_an_incident_saw_is_not_learned() -> None:
    told = last_states(buckets(16 * HOUR, silent(4 * HOUR, 13 * HOUR)))
    assert [incident.kind for incident in told.values()] == ["outage"]


def test_the_same_buckets_give_the_same_digest_and_one_post_more_gives_another() -> None:
    def digest(stream: list[ClosedBucket]) -> str:
        judge = Judge(RULES, 365)
        for closed in stream:
            judge.fold(closed)
        return judge.digest

    stream = list(buckets(50))
    changed = [*stream[:-1], ClosedBucket(stream[-1].bucket, {"posts": (1, 1, 0)}, stream[-1].clocks)]
    assert digest(stream) == digest(list(buckets(50)))
    assert digest(stream) != digest(changed)


def test_an_incidents_id_says_what_and_when() -> None:
    (outage, _) = an_hour_of_silence()
    assert outage.id == f"outage:channel=sms:{(FIRST + 3 * HOUR) * WIDTH}"


def test_a_smaller_budget_rings_later() -> None:
    def delay(days: int) -> int:
        judge = Judge(RULES, days)
        for closed in buckets(4 * HOUR + HOUR // 4, lambda n, k: 0.3 if n == "sms" and k >= 3 * HOUR else 1.0):
            for revision in judge.fold(closed).revisions:
                return bucket_of(revision.detected_at) - 3 * HOUR
        raise AssertionError("it must ring")

    assert delay(1) < delay(36_500)


def test_a_judge_that_is_read_back_in_the_middle_of_anything_goes_on_alike() -> None:
    straight, restored = Judge(RULES, 365), Judge(RULES, 365)
    moments = {3 * HOUR + 2, 3 * HOUR + 300, 4 * HOUR + 30, 4 * HOUR + 61, 4 * HOUR + 62, 4 * HOUR + 500}
    for number, closed in enumerate(buckets(4 * HOUR + 540, silent(3 * HOUR, 4 * HOUR))):
        told = straight.fold(closed)
        if number in moments:
            data, restored = restored.snapshot(), Judge(RULES, 365)
            restored.restore(data)
        assert restored.fold(closed).digest == told.digest
    assert straight.revisions == 2


def planned_of(*notices: Notice, begin: int, end: int) -> list[str | None]:
    told = revisions(buckets(end + HOUR // 4, silent(begin, end, "twitter"), notices=dict(enumerate(notices))))
    assert {revision.series for revision in told} == {"channel=twitter"}
    return [revision.planned for revision in told]


def window(begin: int, end: int, *, at: int = 0, state: str = "declared") -> Notice:
    begin_ms, end_ms = (FIRST + begin) * WIDTH, (FIRST + end) * WIDTH
    return Notice("maintenance", "m", "twitter", begin_ms, end_ms, FIRST * WIDTH + at, state)  # type: ignore[arg-type]


def test_maintenance_that_begins_too_soon_is_unannounced_until_its_window_comes_near_and_early_from_then_on() -> None:
    notice = window(2 * HOUR + HOUR // 2, 3 * HOUR)
    assert planned_of(notice, begin=2 * HOUR, end=3 * HOUR) == ["unannounced", "early", "early"]


def test_a_cancelled_window_excuses_nothing() -> None:
    notices = window(2 * HOUR, 3 * HOUR), window(2 * HOUR, 3 * HOUR, at=1, state="cancelled")
    assert set(planned_of(*notices, begin=2 * HOUR, end=3 * HOUR - 360)) == {"unannounced"}


def test_a_window_that_was_moved_excuses_at_its_new_hour() -> None:
    notices = window(HOUR, HOUR + 360), window(2 * HOUR, 3 * HOUR, at=1, state="moved")
    assert set(planned_of(*notices, begin=2 * HOUR, end=3 * HOUR - 360)) == {"on_time"}


def test_a_window_of_one_channel_does_not_excuse_another() -> None:
    stream = buckets(2 * HOUR + 60, silent(2 * HOUR, 3 * HOUR, "sms"), notices={0: window(2 * HOUR, 3 * HOUR)})
    assert {r.planned for r in revisions(stream) if r.kind == "outage"} == {"unannounced"}


def test_the_smallest_difference_anywhere_in_a_bucket_gives_another_digest() -> None:
    stream = list(buckets(3))
    last = stream[-1]
    posts, authors, reposts = last.counts["posts"]
    changes: list[dict[str, Any]] = [
        {},
        {"counts": last.counts | {"posts": (posts + 1, authors, reposts)}},
        {"counts": last.counts | {"posts": (posts, authors + 1, reposts)}},
        {"counts": last.counts | {"posts": (posts, authors, reposts + 1)}},
        {"counts": last.counts | {"region=tehran": (1, 1, 0)}},
        {"late": {"sms": 1}},
        {"duplicates": {"sms": 1}},
        {"rejected": {"ahead": 1}},
        {"notices": [window(1, 2)]},
        {"clocks": last.clocks | {"gateway": Clock(last.clocks["gateway"].at + 1, channels=("sms",))}},
    ]
    digests = set()
    for change in changes:
        judge = Judge(RULES, 365)
        for closed in (*stream[:-1], msgspec.structs.replace(last, **change)):
            judge.fold(closed)
        digests.add(judge.digest)
    assert len(digests) == len(changes)


def test_a_digest_depends_on_all_that_went_before() -> None:
    first, second = Judge(RULES, 365), Judge(RULES, 365)
    stream = list(buckets(2))
    first.fold(msgspec.structs.replace(stream[0], late={"sms": 1}))
    second.fold(stream[0])
    assert first.fold(stream[1]).digest != second.fold(stream[1]).digest


def test_totals_are_those_of_all_buckets() -> None:
    judge = Judge(RULES, 365)
    for closed in buckets(10):
        judge.fold(msgspec.structs.replace(closed, late={"sms": 2}, duplicates={"web": 1}, rejected={"ahead": 3}))
    posts = sum(closed.counts["posts"][0] for closed in buckets(10))
    assert judge.totals == {"buckets": 10, "posts": posts, "late:sms": 20, "duplicates:web": 10, "rejected:ahead": 30}


def test_an_incident_has_few_revisions_numbered_without_a_gap() -> None:
    assert [revision.revision for revision in an_hour_of_silence()] == [1, 2]


def test_what_is_open_is_kept_up_to_date_between_its_revisions() -> None:
    judge = Judge(RULES, 365)
    lost = []
    for number, closed in enumerate(buckets(3 * HOUR, silent(2 * HOUR, 9 * HOUR))):
        judge.fold(closed)
        if number >= 2 * HOUR + 60 and number % 60 == 0:
            lost.append(judge.open["outage:channel=sms"].lost)
    assert lost == sorted(lost)
    assert lost[-1] - lost[0] == pytest.approx(RATE * 60 * (len(lost) - 1), rel=0.1)


def test_what_is_expected_does_not_follow_what_an_incident_does() -> None:
    judge = Judge(RULES, 365)
    expected = {}
    for number, closed in enumerate(buckets(4 * HOUR, silent(2 * HOUR, 9 * HOUR))):
        look = judge.fold(closed).look
        expected[number] = float(look.expectation.mean[look.names.index("channel=sms")]) / 1024
    assert expected[4 * HOUR - 1] == pytest.approx(expected[2 * HOUR - 1], rel=0.05)


def test_what_nobody_saw_is_not_learned() -> None:
    judge = Judge(RULES, 365)
    for closed in buckets(3 * HOUR, dead=range(HOUR, 3 * HOUR)):
        look = judge.fold(closed).look
    assert float(look.expectation.mean[look.names.index("channel=sms")]) / 1024 == pytest.approx(RATE, rel=0.1)


def test_two_outages_are_two_incidents_with_their_own_onsets() -> None:
    def level(name: str, number: int) -> float:
        out = 2 * HOUR <= number < 2 * HOUR + HOUR // 2 or 3 * HOUR <= number < 3 * HOUR + HOUR // 2
        return 0.0 if name == "sms" and out else 1.0

    told = last_states(buckets(3 * HOUR + HOUR // 2 + 90, level))
    assert [bucket_of(incident.onset) for incident in told.values()] == [2 * HOUR, 3 * HOUR]
    assert all(incident.closed_at is not None for incident in told.values())


def test_a_channel_that_falls_silent_while_its_source_is_blind_is_unknown_even_if_the_total_halves() -> None:
    stream = buckets(3 * HOUR + 360, silent(2 * HOUR, 3 * HOUR), dead=range(2 * HOUR, 3 * HOUR))
    assert {revision.kind for revision in revisions(stream)} == {"blind"}


def test_a_loss_of_four_fifths_is_an_outage_too() -> None:
    told = revisions(buckets(3 * HOUR, lambda name, n: 0.2 if name == "sms" and n >= 2 * HOUR else 1.0))
    assert [(revision.kind, revision.series) for revision in told] == [("outage", "channel=sms")]
    assert bucket_of(told[0].detected_at) - 2 * HOUR <= HOUR // 12


def test_incidents_of_one_series_do_not_overlap() -> None:
    told = {revision.id: revision for revision in down_to_a_third()}
    for before, after in itertools.pairwise(told.values()):
        assert before.closed_at is not None
        assert before.closed_at <= after.onset


def test_a_channel_that_stays_at_a_third_has_not_recovered() -> None:
    assert [revision.closed_at for revision in down_to_a_third()] == [None]


def test_an_onset_is_not_dated_back_into_a_time_that_nobody_saw() -> None:
    told = last_states(buckets(3 * HOUR + 60, silent(3 * HOUR, 9 * HOUR), dead=range(2 * HOUR, 3 * HOUR)))
    blind, outage = told.values()
    assert (blind.kind, outage.kind) == ("blind", "outage")
    assert blind.closed_at is not None
    assert outage.onset >= blind.closed_at


def test_crosses_are_counted_but_never_judged() -> None:
    judge, kinds = Judge(RULES, 365), set()
    for number, closed in enumerate(buckets(2 * HOUR + 360)):
        crossed = 200 if number >= 2 * HOUR else 5
        counts = closed.counts | {"channel=sms|region=tehran": (crossed, crossed, 0)}
        told = judge.fold(msgspec.structs.replace(closed, counts=dict(sorted(counts.items()))))
        kinds |= {revision.series for revision in told.revisions}
    assert kinds == set()


def test_a_series_too_thin_to_page_anybody_pages_nobody() -> None:
    judge = Judge(RULES, 365)
    told = []
    for number, closed in enumerate(buckets(2 * HOUR + 60)):
        rare = {"keyword=rare": (2, 2, 0)} if 2 * HOUR <= number < 2 * HOUR + 9 else {}
        counts = dict(sorted((closed.counts | rare).items()))
        told += judge.fold(msgspec.structs.replace(closed, counts=counts)).revisions
    assert told == []


def test_a_keyword_that_surges_alone_is_a_burst_of_its_own() -> None:
    judge = Judge(RULES, 365)
    told = []
    for number, closed in enumerate(buckets(3 * HOUR)):
        posts = 8 if 2 * HOUR <= number < 2 * HOUR + HOUR // 4 else number % 2
        counts = dict(sorted((closed.counts | ({"keyword=vote": (posts, posts, 0)} if posts else {})).items()))
        told += judge.fold(msgspec.structs.replace(closed, counts=counts)).revisions
    assert {(revision.kind, revision.series, revision.parent) for revision in told} == {("burst", "keyword=vote", None)}
    assert len(told) == 2
    assert told[-1].peak_authors == 8


def test_a_source_that_is_blind_from_the_beginning_is_told_once() -> None:
    told = revisions(buckets(HOUR, dead=range(HOUR)))
    assert [(revision.kind, revision.closed_at) for revision in told] == [("blind", None)]


def test_no_name_that_could_be_a_handle_gets_into_a_blind_incident() -> None:
    (closed,) = buckets(1)
    clocks = closed.clocks | {"@somebody": Clock(0, channels=("sms", "http://x.y/z"))}
    (blind,) = Judge(RULES, 365).fold(msgspec.structs.replace(closed, clocks=clocks)).revisions
    assert (blind.series, blind.channels) == ("source=other", ("sms",))
