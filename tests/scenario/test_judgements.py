"""Weeks of counts whose truth is known: what must ring, how soon, how often, and that nothing else does.

Buckets of a minute. Counts follow the hours of the day, a level that wanders with a memory of an hour, and more chance
than Poisson's; three channels, of which the smallest has six posts a minute, and two keywords. Seeded.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from tocsin.clocks import Clock, Rules
from tocsin.incidents import Incident
from tocsin.judge import Judge
from tocsin.merge import ClosedBucket
from tocsin.posts import Notice

WIDTH = 60_000
RULES = Rules(bucket_ms=WIDTH, lateness_ms=2_000, blind_ms=120_000, ahead_ms=60_000)
HOUR, DAY = 60, 1_440
FIRST = 1_244_419_200_000 // WIDTH  # 2009-06-08T00:00Z
RATES = {"sms": 12.0, "twitter": 20.0, "web": 6.0}  # posts a minute
KEYWORDS = {"internet": 0.03, "vote": 0.1}  # share of all posts

Factor = Callable[[str, int], float]


@dataclass(frozen=True)
class Week:
    """A seeded stretch of buckets.

    Attributes:
        days: How many.
        seed: Same seed, same counts.
        factor: Multiplies the rate of a channel or keyword in a minute.
        dead: Minutes in which the collector of text messages is dead.
        notices: Maintenance notices by minute.
    """

    days: float = 7
    seed: int = 1
    factor: Factor = lambda *_: 1.0
    dead: range = range(0)
    notices: dict[int, Notice] = field(default_factory=dict)

    @property
    def minutes(self) -> int:
        return int(self.days * DAY)

    def buckets(self) -> Iterator[ClosedBucket]:
        rng = np.random.default_rng(self.seed)
        posts = {f"channel={name}": self._counts(rng, name, rate) for name, rate in RATES.items()}
        posts["channel=sms"][self.dead.start : self.dead.stop] = 0
        total = np.sum(list(posts.values()), axis=0)
        for name, share in KEYWORDS.items():
            shares = [min(share * self.factor(name, number), 1.0) for number in range(self.minutes)]
            posts[f"keyword={name}"] = rng.binomial(total, shares)
        posts["posts"] = total
        rows = zip(*(posts[name].tolist() for name in sorted(posts)), strict=True)
        at = 0
        for number, row in enumerate(rows):
            counts = {name: (n, n - n // 5, n // 4) for name, n in zip(sorted(posts), row, strict=True) if n}
            end = (FIRST + number + 1) * WIDTH + RULES.lateness_ms
            at = at if number in self.dead else end
            clocks = {"gateway": Clock(at, channels=("sms",)), "stream": Clock(end, channels=("twitter", "web"))}
            found = self.notices.get(number)
            yield ClosedBucket(FIRST + number, counts, clocks, notices=[found] if found else [])

    def _counts(self, rng: np.random.Generator, channel: str, rate: float) -> NDArray[np.int64]:
        minutes = np.arange(self.minutes)
        memory = np.exp(-1 / HOUR)
        level = np.zeros(self.minutes)
        for number, push in enumerate(rng.normal(size=self.minutes) * 0.1 * np.sqrt(1 - memory**2)):
            level[number] = memory * level[number - 1] + push
        factors = np.array([self.factor(channel, number) for number in range(self.minutes)])
        mean = rate * np.exp(0.6 * np.sin(2 * np.pi * minutes / DAY) + level) * factors
        return rng.poisson(mean * rng.gamma(20, 1 / 20, self.minutes))


def told(buckets: Iterable[ClosedBucket]) -> list[Incident]:
    """All revisions."""
    judge = Judge(RULES, 365)
    return [revision for closed in buckets for revision in judge.fold(closed).revisions]


def last_states(revisions: Iterable[Incident]) -> list[Incident]:
    return list({revision.id: revision for revision in revisions}.values())


def minute_of(at: int | None) -> int:
    assert at is not None
    return at // WIDTH - FIRST


def during(name: str, begin: int, end: int, factor: float) -> Factor:
    return lambda series, number: factor if series == name and begin <= number < end else 1.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_quiet_week_has_no_incident(seed: int) -> None:
    assert told(Week(seed=seed).buckets()) == []


@pytest.mark.parametrize("channel", list(RATES))
def test_a_channel_that_is_cut_at_noon_is_out_within_minutes_and_until_it_is_back(channel: str) -> None:
    begin, end = 3 * DAY + 12 * HOUR, 3 * DAY + 18 * HOUR
    revisions = told(Week(4.5, seed=4, factor=during(channel, begin, end, 0.0)).buckets())
    (outage,) = last_states(revisions)
    assert (outage.kind, outage.series, outage.planned, outage.pages) == (
        "outage", f"channel={channel}", "unannounced", True,
    )  # fmt: skip
    assert 0 <= minute_of(outage.detected_at) - begin <= 15
    assert abs(minute_of(outage.onset) - begin) <= 3
    assert abs(minute_of(outage.closed_at) - end) <= 10
    assert len(revisions) == 2


def test_a_loss_of_half_is_found_within_hours() -> None:
    begin = 3 * DAY + 10 * HOUR
    revisions = told(Week(4, seed=5, factor=during("twitter", begin, 9 * DAY, 0.4)).buckets())
    assert {(revision.kind, revision.series) for revision in revisions} == {("outage", "channel=twitter")}
    assert minute_of(revisions[0].detected_at) - begin <= 3 * HOUR


def test_an_outage_of_three_days_is_one_incident_that_stays_open_and_rings_no_burst_when_it_is_over() -> None:
    begin, end = 2 * DAY, 5 * DAY + 3 * HOUR
    revisions = told(Week(6.5, seed=6, factor=during("sms", begin, end, 0.0)).buckets())
    (outage,) = last_states(revisions)
    assert outage.kind == "outage"
    assert [revision.closed_at is None for revision in revisions] == [True, False]
    assert abs(minute_of(outage.closed_at) - end) <= 30
    assert outage.lost == pytest.approx(12 * 1.1 * (end - begin), rel=0.25)


def test_an_outage_that_does_not_end_stays_open_to_the_end() -> None:
    begin = 2 * DAY + 6 * HOUR
    revisions = told(Week(7, seed=7, factor=during("web", begin, 99 * DAY, 0.0)).buckets())
    assert [(revision.series, revision.closed_at) for revision in revisions] == [("channel=web", None)]


def test_a_channel_that_flaps_is_one_incident() -> None:
    begin, end = 2 * DAY + 10 * HOUR, 2 * DAY + 14 * HOUR

    def flapping(series: str, number: int) -> float:
        return 0.0 if series == "twitter" and begin <= number < end and (number - begin) // 3 % 2 == 0 else 1.0

    revisions = told(Week(2.75, seed=8, factor=flapping).buckets())
    (outage,) = last_states(revisions)
    assert (outage.kind, outage.series) == ("outage", "channel=twitter")
    assert len(revisions) == 2


def test_a_dead_collector_is_blind_for_as_long_as_it_is_dead_and_never_out() -> None:
    dead = range(2 * DAY + 8 * HOUR, 3 * DAY + 2 * HOUR)
    revisions = told(Week(4, seed=9, dead=dead).buckets())
    (blind,) = last_states(revisions)
    assert (blind.kind, blind.series, blind.channels) == ("blind", "source=gateway", ("sms",))
    assert (minute_of(blind.onset), minute_of(blind.closed_at)) == (dead.start, dead.stop)
    assert len(revisions) == 2


def test_after_its_collector_was_dead_a_channel_that_is_cut_is_out_as_ever() -> None:
    dead, begin = range(2 * DAY, 2 * DAY + 12 * HOUR), 3 * DAY + 10 * HOUR
    week = Week(4, seed=10, dead=dead, factor=during("sms", begin, 9 * DAY, 0.0))
    blind, outage = last_states(told(week.buckets()))
    assert (blind.kind, outage.kind) == ("blind", "outage")
    assert minute_of(outage.detected_at) - begin <= 15


def test_announced_maintenance_wakes_nobody_and_the_same_silence_unannounced_does() -> None:
    begin, end = 3 * DAY + 2 * HOUR, 3 * DAY + 4 * HOUR
    silence = during("twitter", begin, end, 0.0)
    notice = Notice(
        "maintenance", "m", "twitter", (FIRST + begin) * WIDTH, (FIRST + end) * WIDTH, FIRST * WIDTH, "declared"
    )
    announced = told(Week(3.5, seed=11, factor=silence, notices={DAY: notice}).buckets())
    surprising = told(Week(3.5, seed=11, factor=silence).buckets())
    assert {(revision.planned, revision.pages) for revision in announced} == {("on_time", False)}
    assert {(revision.planned, revision.pages) for revision in surprising} == {("unannounced", True)}
    assert {revision.id for revision in announced} == {revision.id for revision in surprising}


def test_a_surge_of_everything_pages_once() -> None:
    begin, end = 3 * DAY + 15 * HOUR, 3 * DAY + 18 * HOUR
    revisions = told(Week(4.5, seed=12, factor=lambda s, n: 4.0 if s in RATES and begin <= n < end else 1.0).buckets())
    incidents = last_states(revisions)
    assert {incident.kind for incident in incidents} == {"burst"}
    assert [incident.series for incident in incidents if incident.pages] == ["posts"]
    whole = next(incident for incident in incidents if incident.series == "posts")
    assert {incident.parent for incident in incidents if incident is not whole} <= {whole.id}
    assert 0 <= minute_of(whole.detected_at) - begin <= 5
    assert all(end - 30 <= minute_of(incident.closed_at) <= end + 30 for incident in incidents)


def test_a_keyword_that_is_on_everybodys_lips_rings_by_itself() -> None:
    begin, end = 3 * DAY + 12 * HOUR, 3 * DAY + 16 * HOUR
    revisions = told(Week(4, seed=13, factor=during("internet", begin, end, 8.0)).buckets())
    assert {(revision.kind, revision.series, revision.parent) for revision in revisions} == {
        ("burst", "keyword=internet", None)
    }
    assert len(last_states(revisions)) == 1
    assert minute_of(revisions[0].detected_at) - begin <= 15


def test_the_same_week_gives_the_same_digest_and_the_same_incidents() -> None:
    week = Week(2, seed=14, factor=during("sms", DAY, DAY + 6 * HOUR, 0.0))
    first, second = Judge(RULES, 365), Judge(RULES, 365)
    for ours, theirs in zip(week.buckets(), week.buckets(), strict=True):
        first.fold(ours)
        second.fold(theirs)
    assert first.digest == second.digest
    assert first.snapshot() == second.snapshot()
    assert first.revisions == second.revisions > 0
