"""What the judge says of streams of counts whose truth is known. Buckets of five seconds, a steady rate, seeded."""

from collections.abc import Callable, Iterator

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


def test_a_steady_stream_rings_for_nothing() -> None:
    assert revisions(buckets(12 * HOUR)) == []


def test_a_silent_channel_with_a_living_collector_is_one_outage_from_its_onset_to_its_recovery() -> None:
    (outage,) = last_states(buckets(5 * HOUR, silent(3 * HOUR, 4 * HOUR))).values()
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

    told = last_states(buckets(5 * HOUR, level))
    assert [incident.kind for incident in told.values()] == ["outage"]


def test_a_dead_collector_is_blind_and_never_an_outage() -> None:
    told = last_states(buckets(5 * HOUR, dead=range(3 * HOUR, 4 * HOUR)))
    (blind,) = told.values()
    assert (blind.kind, blind.series, blind.channels) == ("blind", "source=gateway", ("sms",))
    assert bucket_of(blind.onset) == 3 * HOUR
    assert bucket_of(blind.closed_at) == 4 * HOUR


def test_maintenance_inside_its_window_is_told_apart_and_pages_nobody() -> None:
    begin, end = (FIRST + 3 * HOUR) * WIDTH, (FIRST + 4 * HOUR) * WIDTH
    notice = Notice("maintenance", "m", "twitter", begin, end, begin - 1, "declared")
    stream = buckets(5 * HOUR, silent(3 * HOUR, 3 * HOUR + HOUR // 2, "twitter"), notices={2 * HOUR: notice})
    (outage,) = last_states(stream).values()
    assert (outage.kind, outage.series, outage.planned, outage.pages) == ("outage", "channel=twitter", "on_time", False)


def test_maintenance_that_goes_on_after_its_window_becomes_an_overrun_while_it_lasts() -> None:
    begin, end = (FIRST + 3 * HOUR) * WIDTH, (FIRST + 3 * HOUR + HOUR // 4) * WIDTH
    notice = Notice("maintenance", "m", "twitter", begin, end, begin - 1, "declared")
    stream = buckets(5 * HOUR, silent(3 * HOUR, 4 * HOUR, "twitter"), notices={2 * HOUR: notice})
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
    (outage,) = last_states(buckets(5 * HOUR, silent(3 * HOUR, 4 * HOUR))).values()
    assert outage.id == f"outage:channel=sms:{(FIRST + 3 * HOUR) * WIDTH}"


def test_a_smaller_budget_rings_later() -> None:
    def delay(days: int) -> int:
        judge = Judge(RULES, days)
        for closed in buckets(5 * HOUR, lambda n, k: 0.3 if n == "sms" and k >= 3 * HOUR else 1.0):
            for revision in judge.fold(closed).revisions:
                return bucket_of(revision.detected_at) - 3 * HOUR
        raise AssertionError("it must ring")

    assert delay(1) < delay(36_500)


def test_a_judge_that_is_read_back_in_the_middle_of_anything_goes_on_alike() -> None:
    straight, restored = Judge(RULES, 365), Judge(RULES, 365)
    moments = {3 * HOUR + 2, 3 * HOUR + 300, 4 * HOUR + 30, 4 * HOUR + 61, 4 * HOUR + 62, 4 * HOUR + 500}
    for number, closed in enumerate(buckets(6 * HOUR, silent(3 * HOUR, 4 * HOUR))):
        told = straight.fold(closed)
        if number in moments:
            data, restored = restored.snapshot(), Judge(RULES, 365)
            restored.restore(data)
        assert restored.fold(closed).digest == told.digest
    assert straight.revisions == 2
