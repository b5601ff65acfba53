"""Verdicts that need more than one series: reports, backlogs, shares of sources, the last channel. Seeded counts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
MINUTE = 60_000 // WIDTH
HOUR = 60 * MINUTE
FIRST = 1_245_000_000_000 // WIDTH
RATES = {"channel=sms|source=gateway": 6.0, "channel=twitter|source=a": 8.0, "channel=twitter|source=b": 4.0}
QUIET = 0.02  # reports of a service, people a bucket, when nothing is wrong with it

Level = Callable[[str, int], float]


def steady(_: str, __: int) -> float:
    return 1.0


@dataclass(frozen=True)
class Days:
    """A stream of closed buckets.

    Attributes:
        length: Buckets.
        level: Multiplies the rate of a share, or of the reports on a service (``report=sms``), in a bucket.
        dead: Buckets in which a source is dead.
        late: Posts of a channel that come late in a bucket.
        notices: By bucket.
    """

    length: int
    level: Level = steady
    dead: dict[str, range] = field(default_factory=dict)
    late: Callable[[int], int] = lambda _: 0
    notices: dict[int, Notice] = field(default_factory=dict)

    def __iter__(self) -> Iterator[ClosedBucket]:
        rng, clocks = np.random.default_rng(1), dict[str, Clock]()
        for number in range(self.length):
            counts: dict[str, int] = {}
            for name, rate in RATES.items():
                channel, _, source = name.partition("|source=")
                posts = int(rng.poisson(rate * self.level(channel, number) * self.level(source, number)))
                alive = number not in self.dead.get(source, range(0))
                for series in (name, channel, "posts") if alive else ():
                    counts[series] = counts.get(series, 0) + posts
                if alive:
                    end = (FIRST + number + 1) * WIDTH + RULES.lateness_ms
                    clocks[source] = Clock(end, channels=(channel.partition("=")[2],))
            for service in ("sms", "newspapers"):
                people = int(rng.poisson(QUIET * self.level(f"report={service}", number)))
                counts[f"report={service}"] = people
            late = self.late(number)
            seen = {name: (n, max(1, n - 1), 0) for name, n in sorted(counts.items()) if n}
            if late:
                seen["backlog=sms"] = (late, 0, 0)
            notice = self.notices.get(number)
            yield ClosedBucket(
                FIRST + number,
                seen,
                dict(clocks),
                late={"sms": late} if late else {},
                notices=[notice] if notice else [],
            )


def told(days: Days) -> list[Incident]:
    judge = Judge(RULES, 365)
    found: dict[str, Incident] = {}
    for closed in days:
        found |= {revision.id: revision for revision in judge.fold(closed).revisions}
    found |= {incident.id: incident for incident in judge.open.values()}
    return list(found.values())


def during(begin: int, end: int, **levels: float) -> Level:
    """Levels by series, with ``_`` for ``=``, or by source, between two buckets."""
    by_name = {name.replace("_", "=", 1): level for name, level in levels.items()}
    return lambda name, number: by_name.get(name, 1.0) if begin <= number < end else 1.0


def bucket_of(at: int | None) -> int:
    assert at is not None
    return at // WIDTH - FIRST


def test_a_share_that_dies_is_blind_and_what_is_left_is_no_outage() -> None:
    (blind,) = told(Days(3 * HOUR, dead={"a": range(2 * HOUR, 2 * HOUR + 30 * MINUTE)}))
    assert (blind.kind, blind.series, blind.channels) == ("blind", "source=a", ("twitter",))


def test_a_channel_whose_other_share_falls_silent_while_one_is_blind_is_out() -> None:
    begin = 2 * HOUR + 10 * MINUTE
    days = Days(3 * HOUR, during(begin, 3 * HOUR, b=0.0), dead={"a": range(2 * HOUR, 3 * HOUR)})
    found = {incident.kind: incident for incident in told(days)}
    assert set(found) == {"blind", "outage"}
    outage = found["outage"]
    assert (outage.series, bucket_of(outage.onset)) == ("channel=twitter", begin)
    assert outage.expected == pytest.approx(4.0 * (3 * HOUR - begin), rel=0.1), "of the living share alone"


def test_a_share_that_fills_in_for_a_dead_one_is_no_burst_then_nor_later() -> None:
    begin, end = 2 * HOUR, 2 * HOUR + 30 * MINUTE
    days = Days(3 * HOUR, during(begin, end, b=3.0), dead={"a": range(begin, end)})
    assert {incident.kind for incident in told(days)} == {"blind"}


def test_reports_support_the_outage_of_the_channel_they_speak_of() -> None:
    begin = 2 * HOUR
    (outage,) = told(Days(3 * HOUR, during(begin, 3 * HOUR, channel_sms=0.0, report_sms=100.0)))
    assert (outage.kind, outage.series, outage.evidence) == ("outage", "channel=sms", ("reports", "volume"))
    assert outage.reports == pytest.approx(2.0 * HOUR, rel=0.15)
    assert outage.lost == pytest.approx(6.0 * HOUR, rel=0.1)


def test_without_reports_only_the_volume_tells() -> None:
    (outage,) = told(Days(3 * HOUR, during(2 * HOUR, 3 * HOUR, channel_sms=0.0)))
    assert outage.evidence == ("volume",)
    assert outage.reports < 0.1 * HOUR


def test_an_outage_of_what_we_do_not_collect_is_known_from_reports_alone() -> None:
    begin, end = 2 * HOUR, 2 * HOUR + 30 * MINUTE
    (outage,) = told(Days(3 * HOUR, during(begin, end, report_newspapers=60.0)))
    assert (outage.kind, outage.series, outage.evidence) == ("outage", "report=newspapers", ("reports",))
    assert (outage.lost, outage.pages, outage.planned) == (0, True, "unannounced")
    assert 0 <= bucket_of(outage.detected_at) - begin <= 5 * MINUTE
    assert abs(bucket_of(outage.closed_at) - end) <= 5 * MINUTE


def test_reports_on_a_channel_that_speaks_as_ever_are_a_burst_of_reports() -> None:
    (burst,) = told(Days(3 * HOUR, during(2 * HOUR, 2 * HOUR + 30 * MINUTE, report_sms=60.0)))
    assert (burst.kind, burst.series, burst.evidence) == ("burst", "report=sms", ())


def test_reports_on_a_channel_that_nobody_sees_are_all_that_is_known_of_it() -> None:
    begin, end = 2 * HOUR, 3 * HOUR
    days = Days(3 * HOUR, during(begin, end, channel_sms=0.0, report_sms=60.0), dead={"gateway": range(begin, end)})
    found = {incident.kind: incident for incident in told(days)}
    assert set(found) == {"blind", "outage"}
    assert (found["outage"].series, found["outage"].evidence) == ("report=sms", ("reports",))


def test_reports_that_came_before_the_drop_become_a_part_of_its_incident() -> None:
    def level(name: str, number: int) -> float:
        if name == "channel=sms" and number >= 2 * HOUR + 20 * MINUTE:
            return 0.0
        return 60.0 if name == "report=sms" and number >= 2 * HOUR else 1.0

    found = {incident.series: incident for incident in told(Days(3 * HOUR, level))}
    assert set(found) == {"channel=sms", "report=sms"}
    assert found["channel=sms"].evidence == ("reports", "volume")
    assert found["report=sms"].parent == found["channel=sms"].id
    assert not found["report=sms"].pages


def test_reports_that_rise_only_with_everything_else_are_no_outage() -> None:
    begin, end = 2 * HOUR, 2 * HOUR + 40 * MINUTE
    surge = during(begin, end, channel_sms=5.0, channel_twitter=5.0, report_newspapers=5.0)

    def often(name: str, number: int) -> float:
        return surge(name, number) * (25.0 if name == "report=newspapers" else 1.0)

    found = told(Days(3 * HOUR, often))
    assert {incident.kind for incident in found} == {"burst"}
    assert [incident.series for incident in found if incident.pages] == ["posts"]
    alone = during(begin, end, report_newspapers=5.0)
    found = told(Days(3 * HOUR, lambda name, n: alone(name, n) * (25.0 if name == "report=newspapers" else 1.0)))
    assert [(incident.kind, incident.series) for incident in found] == [("outage", "report=newspapers")]


def test_one_who_repeats_a_report_is_one_voice() -> None:
    def loud(closed: ClosedBucket) -> ClosedBucket:
        if closed.bucket < FIRST + 2 * HOUR:
            return closed
        counts = closed.counts | {"report=newspapers": (50, 1, 0)}
        return msgspec.structs.replace(closed, counts=dict(sorted(counts.items())))

    judge = Judge(RULES, 365)
    revisions = [r for closed in Days(2 * HOUR + MINUTE) for r in judge.fold(loud(closed)).revisions]
    assert revisions == [], "a minute of fifty reports a bucket, all by one person"


def test_a_flood_of_late_posts_after_an_outage_is_a_backlog_and_never_a_burst() -> None:
    begin, end = 2 * HOUR, 3 * HOUR
    flood = range(end, end + 20 * MINUTE)
    days = Days(4 * HOUR, during(begin, end, channel_sms=0.0), late=lambda n: 40 if n in flood else n % 50 == 0)
    found = {incident.kind: incident for incident in told(days)}
    assert set(found) == {"outage", "backlog"}
    backlog = found["backlog"]
    assert (backlog.series, backlog.parent, backlog.pages) == ("backlog=sms", found["outage"].id, False)
    assert bucket_of(backlog.onset) == pytest.approx(end, abs=2)
    assert backlog.observed == pytest.approx(40 * len(flood), rel=0.05)
    assert backlog.closed_at is not None


def test_what_comes_late_as_often_as_ever_in_a_surge_is_no_backlog() -> None:
    begin, end = 2 * HOUR, 2 * HOUR + 40 * MINUTE
    days = Days(3 * HOUR, during(begin, end, channel_sms=6.0), late=lambda n: 6 if begin <= n < end else 1)
    assert "backlog" not in {incident.kind for incident in told(days)}
    flood = Days(3 * HOUR, late=lambda n: 6 if begin <= n < end else 1)
    assert {incident.kind for incident in told(flood)} == {"backlog"}


def test_a_window_declared_on_the_last_channel_is_told_in_the_bucket_of_its_notice() -> None:
    at, begin = 2 * HOUR + 30 * MINUTE, (FIRST + 9 * HOUR) * WIDTH
    notice = Notice("maintenance", "m", "twitter", begin, begin + 3_600_000, (FIRST + at) * WIDTH, "declared")
    days = Days(3 * HOUR, during(2 * HOUR, 3 * HOUR, channel_sms=0.0), notices={at: notice})
    found = {incident.kind: incident for incident in told(days)}
    assert set(found) == {"outage", "exposed"}
    exposed = found["exposed"]
    assert (bucket_of(exposed.detected_at), exposed.channels, exposed.standing) == (at + 1, ("sms",), ("twitter",))
    assert exposed.pages
    assert (found["outage"].standing, found["outage"].severity) == (("twitter",), "critical")


def test_the_judge_tells_how_channels_stand() -> None:
    judge, states = Judge(RULES, 365), list[dict[str, Any]]()
    for closed in Days(3 * HOUR, during(2 * HOUR, 9 * HOUR, channel_sms=0.0), dead={"a": range(HOUR, 9 * HOUR)}):
        judge.fold(closed)
        states.append(dict(judge.channels))
    assert states[HOUR - 1] == {"sms": "alive", "twitter": "alive"}
    assert states[HOUR + 99] == {"sms": "alive", "twitter": "alive"}, "one of its two sources still sees it"
    assert states[-1] == {"sms": "out", "twitter": "alive"}


def test_a_judge_that_is_read_back_in_the_middle_of_any_verdict_goes_on_alike() -> None:
    begin, end = 2 * HOUR, 2 * HOUR + 20 * MINUTE
    notice = Notice(
        "maintenance", "m", "twitter", (FIRST + 9 * HOUR) * WIDTH, (FIRST + 10 * HOUR) * WIDTH, 0, "declared"
    )
    days = Days(
        2 * HOUR + 50 * MINUTE,
        during(begin, end, channel_sms=0.0, report_sms=60.0, report_newspapers=80.0),
        dead={"a": range(begin + MINUTE, end)},
        late=lambda n: 30 if end <= n < end + 5 * MINUTE else 0,
        notices={begin + 5 * MINUTE: notice},
    )
    straight, restored, kinds = Judge(RULES, 365), Judge(RULES, 365), set[str]()
    for number, closed in enumerate(days):
        judgement = straight.fold(closed)
        kinds |= {revision.kind for revision in judgement.revisions}
        if number > begin - 5 and number % 37 == 0:
            data, restored = restored.snapshot(), Judge(RULES, 365)
            restored.restore(data)
        assert restored.fold(closed).digest == judgement.digest
        assert restored.channels == straight.channels
    assert kinds == {"outage", "blind", "backlog", "exposed"}
