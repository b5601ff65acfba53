"""Incidents of what is counted, series by series: bursts, outages, backlogs, and outages that people report.

The detector says what is far from expectation; here it becomes an incident, is followed, and ends.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tocsin import series as names
from tocsin.casebook import Casebook
from tocsin.clocks import Rules
from tocsin.detect.baseline import DAY_MS, Bools
from tocsin.detect.detector import Detector, Look
from tocsin.detect.recovery import (
    SILENT,
    Recent,
    back_for,
    burst_is_over,
    enough_for,
    is_beyond,
    level_of,
    outage_is_over,
)
from tocsin.detect.scan import surprise
from tocsin.grouping import BREADTH, breadth, explained_by, orphans
from tocsin.incidents import Incident, Kind
from tocsin.maintenance import Planned, Windows, classify
from tocsin.merge import ClosedBucket
from tocsin.sight import Sight

# A series must be back for as long as it took to notice that it was gone, within these bounds: a shorter look
# proves nothing at a low rate, and flapping would ring again and again.
RECOVERY_MS = (300_000, 6 * 3_600_000)
TOLERANCE_MS = 120_000
# For so long after a channel fell silent, what is counted over several channels learns nothing. After a longer outage
# it must learn its level anew, for as long: it has grown used to the silence, and would take the return for a burst.
RELEARN_MS = 3_600_000
ALIVE_MS = 7 * DAY_MS  # a series that has been silent for longer takes no part of the false-alarm budget
CORROBORATES = 10.0  # nats: reports so rare support an outage that is known already; they page nobody by themselves

FLOOD = 0.1  # of a channel's posts: less than that, late or twice, is no backlog, however unusual

_FOLLOWED: tuple[Kind, ...] = ("burst", "outage", "backlog")


class Volumes:
    """Opens, follows and closes incidents of counted series.

    Args:
        rules: Width of a bucket.
        false_page_days: One false page in so many days, over everything watched.
        detector: Whose rows are judged.
        book: Where incidents are kept.

    Attributes:
        threshold: What a window must exceed to ring, in nats; it follows from the budget and from what is watched.
        last_post: Bucket of the last post of each row.
    """

    def __init__(self, rules: Rules, false_page_days: int, detector: Detector, book: Casebook) -> None:
        self._rules = rules
        self._false_page_days = false_page_days
        self._detector = detector
        self._book = book
        self._burstable = self._droppable = np.zeros(0, np.bool_)
        self.last_post = np.zeros(0, np.int64)
        self.threshold = math.inf

    def classify(self) -> None:
        """Tell, of every series, on which sides it is watched."""
        known = self._detector.names
        dimensions = [names.dimension_of(name) if "|" not in name else "" for name in known]
        self._burstable = np.array([dimension in BREADTH for dimension in dimensions], np.bool_)
        self._droppable = np.array([dimension == "channel" for dimension in dimensions], np.bool_)
        more = np.zeros(len(known) - len(self.last_post), np.int64)
        self.last_post = np.concatenate([self.last_post, more])

    def share_budget(self, bucket: int) -> None:
        """Share the false-alarm budget out over every side that is watched of a series that is alive.

        References:
            Boole's inequality: with a threshold of log(sides * buckets), that many looks ring falsely once.
        """
        alive = self.alive(bucket)
        watched = int((self._burstable & alive).sum() + (self._droppable & alive).sum())
        buckets = self._false_page_days * DAY_MS / self._rules.bucket_ms
        self.threshold = math.log(max(watched, 1) * buckets)

    def alive(self, bucket: int) -> Bools:
        """Tell which rows have had a post within the last days."""
        return np.asarray(bucket - self.last_post <= ALIVE_MS // self._rules.bucket_ms)

    def fold(self, closed: ClosedBucket, look: Look, sight: Sight, windows: Windows) -> None:
        """Take in the next bucket.

        Args:
            closed: The one after the last.
            look: What the detector saw of it.
            sight: What anybody saw of it.
            windows: Declared maintenance.
        """
        for incident in self._book.of_kind(*_FOLLOWED):
            self._follow(incident, closed, look, sight, windows)
        self._corroborate(look)
        self._open_new(closed, look, sight, windows)

    def _follow(self, incident: Incident, closed: ClosedBucket, look: Look, sight: Sight, windows: Windows) -> None:
        """Bring an open incident up to date, and close it once its series has been back for a while."""
        row = self._detector.rows[incident.series]
        if not sight.seen[row]:
            return
        posts, authors, reposts = closed.counts.get(incident.series, (0, 0, 0))
        incident = self._book.update(
            incident,
            observed=incident.observed + int(look.observed[row]),
            expected=round(incident.expected + float(look.expectation.mean[row]) / 1024, 3),
            peak=max(incident.peak, posts),
            peak_authors=max(incident.peak_authors, authors),
            reposts=incident.reposts + reposts,
            reports=incident.reports + _reports(incident, closed),
            doubted=_doubted(incident, closed),
        )
        now = (closed.bucket + 1) * self._rules.bucket_ms
        patience = self._patience(incident)
        recent, level = self._lately(incident, row, closed.bucket, patience)
        if recent is not None and self._recovered(incident, recent, level, look):
            back = back_for(recent) if incident.cut else recent.buckets
            self._end(incident, max(now - back * self._rules.bucket_ms, incident.onset), windows)
        elif incident.kind == "outage":
            # While it lasts, a recovery may already be under way that nobody can be sure of yet.
            until = max(now - patience * self._rules.bucket_ms, incident.onset + 1)
            planned = self._planned(incident.series, incident.onset, until, windows)
            if planned != incident.planned:
                self._book.revise(incident, planned=planned)

    def _patience(self, incident: Incident) -> int:
        """Tell for how many buckets a series must be back, at least."""
        least, most = RECOVERY_MS
        noticed = min(max(incident.detected_at - incident.onset, least), most)
        return max(3, -(-noticed // self._rules.bucket_ms))

    def _lately(self, incident: Incident, row: int, bucket: int, patience: int) -> tuple[Recent | None, float]:
        """Look back for long enough to tell whether a series is back; and which share came before that."""
        recent = self._detector.scan.recent(row, bucket, patience)
        if recent is None or not incident.cut:
            return recent, 0.0
        level = _level_before(incident, recent)
        wanted, needed = recent.total[1], enough_for(level)
        if 0 < wanted < needed:  # the less is missing, the longer it takes to tell that it is no longer missing
            most = RECOVERY_MS[1] // self._rules.bucket_ms
            longer = min(math.ceil(recent.buckets * needed / wanted), most)
            recent = self._detector.scan.recent(row, bucket, longer)
            level = _level_before(incident, recent) if recent else level
        return recent, level

    def _recovered(self, incident: Incident, recent: Recent, level: float, look: Look) -> bool:
        row = self._detector.rows[incident.series]
        if incident.detected_at > (look.bucket + 1 - recent.buckets) * self._rules.bucket_ms:
            return False  # the window reaches back to what gave the incident away
        if self._detector.scan.run[row] < recent.buckets:
            return False  # in a part of it nobody saw anything
        drift = look.expectation.drift if recent.block == 1 else look.expectation.anchor_drift
        errors = float(look.expectation.spread[row]), float(drift[row])
        if not incident.cut:
            return burst_is_over(recent, *errors)
        return is_beyond(recent, level, errors[0]) and outage_is_over(recent, *errors)

    def _end(self, incident: Incident, at: int, windows: Windows) -> None:
        planned = None
        if incident.kind == "outage":
            planned = self._planned(incident.series, incident.onset, at, windows)
        self._book.end(incident, at, planned=planned)
        for series in (
            (incident.series, _report_of(incident.series)) if incident.kind == "outage" else (incident.series,)
        ):
            if series in self._detector.rows:
                self._detector.scan.forget(self._detector.rows[series])

    def _planned(self, series: str, begin: int, end: int, windows: Windows) -> Planned:
        tolerance = max(2 * self._rules.bucket_ms, TOLERANCE_MS)
        return classify(windows, names.value_of(series), begin, end, tolerance)

    def _corroborate(self, look: Look) -> None:
        """Let reports support an outage that is known by its volume."""
        for outage in self._book.of_kind("outage"):
            row = self._detector.rows.get(_report_of(outage.series))
            if row is not None and "reports" not in outage.evidence and look.found.up[row] >= CORROBORATES:
                self._book.revise(outage, evidence=("reports", "volume"))

    def _open_new(self, closed: ClosedBucket, look: Look, sight: Sight, windows: Windows) -> None:
        """Open incidents where a window is beyond the threshold, the widest series first."""
        found = look.found
        just_closed = {revision.series for revision in self._book.revisions if revision.closed_at is not None}
        just_closed |= {_report_of(series) for series in just_closed}
        up = self._burstable & (found.up >= self.threshold) & sight.seen
        up[list(sight.parts)] = False  # what one source brings twice the share of may be what another has left to it
        down = self._droppable & (found.down >= self.threshold) & sight.seen
        rows = sorted(np.flatnonzero(up | down).tolist(), key=lambda r: (breadth(self.names[r]), self.names[r]))
        for row in rows:
            series = self.names[row]
            if series in just_closed or any(self._book.find(kind, series) for kind in _FOLLOWED):
                continue
            kind = self._kind_of(row, look, sight) if up[row] else "outage"
            if kind is not None:
                self._open(kind, row, closed, look, windows)

    def _kind_of(self, row: int, look: Look, sight: Sight) -> Kind | None:
        """Tell what it is that a series rises; None if that is nothing to open an incident for."""
        dimension, value = names.dimension_of(self.names[row]), names.value_of(self.names[row])
        channel = self._detector.rows.get(names.series("channel", value))
        if dimension == names.BACKLOG:
            return "backlog" if self._beyond(row, channel, look) and self._floods(row, channel, look) else None
        if dimension != names.REPORT:
            return "burst"
        if self._book.find("outage", names.series("channel", value)):
            return None  # it is evidence there
        if channel is not None and sight.seen[channel] and self.alive(look.bucket)[channel]:
            return "burst"
        return "outage" if self._beyond(row, self._detector.rows.get(names.TOTAL), look) else None

    def _beyond(self, row: int, crowd: int | None, look: Look) -> bool:
        """Tell whether a series rises beyond what the rise of the crowd explains that it is a part of."""
        length = int(look.found.up_buckets[row])
        scan = self._detector.scan
        own, all_ = (
            scan.recent(row, look.bucket, length),
            None if crowd is None else scan.recent(crowd, look.bucket, length),
        )
        if own is None or all_ is None:
            return own is not None
        (observed, expected), (came, wanted) = own.total, all_.total
        mean = np.array([max(expected, 1e-3) * max(1.0, came / max(wanted, 1.0))])
        drift = look.expectation.drift if own.block == 1 else look.expectation.anchor_drift
        if observed <= mean[0]:
            return False
        score = surprise(np.array([observed]), mean, look.expectation.spread[[row]] / length, drift[[row]])
        return bool(score[0] >= self.threshold)

    def _floods(self, row: int, channel: int | None, look: Look) -> bool:
        """Tell whether what came late or twice is much beside all that its channel says."""
        length = int(look.found.up_buckets[row])
        own = self._detector.scan.recent(row, look.bucket, length)
        all_ = None if channel is None else self._detector.scan.recent(channel, look.bucket, length)
        return own is not None and (all_ is None or own.total[0] >= FLOOD * max(all_.total))

    def _open(self, kind: Kind, row: int, closed: ClosedBucket, look: Look, windows: Windows) -> None:
        series, found = self.names[row], look.found
        by_volume = kind == "outage" and names.dimension_of(series) == "channel"
        buckets, score = (found.down_buckets, found.down) if by_volume else (found.up_buckets, found.up)
        now = (closed.bucket + 1) * self._rules.bucket_ms
        length = self._detector.scan.strayed(row, closed.bucket, int(buckets[row]))
        onset = now - length * self._rules.bucket_ms
        window = self._detector.scan.recent(row, closed.bucket, length)
        observed, expected = window.total if window else (0, 0.0)
        posts, authors, reposts = closed.counts.get(series, (0, 0, 0))
        fields: dict[str, Any] = {}
        if kind == "outage":
            fields |= {"planned": self._planned(series, onset, now, windows)}
            fields |= {"evidence": ("volume",) if by_volume else ("reports",)}
        opened = self._book.begin(
            kind,
            series,
            onset,
            detected_at=now,
            expected=round(expected, 3),
            observed=observed,
            peak=posts,
            peak_authors=authors,
            reposts=reposts,
            score=round(float(score[row]), 1),
            parent=explained_by(self._book.open.values(), kind, series),
            **fields,
        )
        self._adopt(opened)

    def _adopt(self, opened: Incident) -> None:
        """Let a new incident explain those of the same event that rang a little earlier."""
        earliest = opened.onset - max(2 * self._rules.bucket_ms, TOLERANCE_MS)
        for orphan in orphans(self._book.open.values(), opened, earliest):
            self._book.revise(orphan, parent=opened.id)
        if not opened.cut:
            return
        for kind in ("burst", "outage"):
            reported = self._book.find(kind, _report_of(opened.series))
            if reported is not None:
                self._book.revise(reported, parent=opened.id)
                self._book.revise(opened, evidence=("reports", "volume"))

    @property
    def names(self) -> tuple[str, ...]:
        """Series by row."""
        return self._detector.names

    def busy(self) -> list[int]:
        """List the rows of open incidents, which learn nothing."""
        return [self._detector.rows[incident.series] for incident in self._book.of_kind(*_FOLLOWED)]

    def cut(self) -> Iterator[Incident]:
        """Yield the outages of channels that last."""
        return (outage for outage in self._book.of_kind("outage") if outage.cut)

    def just_out(self, bucket: int) -> bool:
        """Tell whether a channel fell silent so lately that what it takes from the totals is not yet their level."""
        return any(bucket * self._rules.bucket_ms - outage.onset < RELEARN_MS for outage in self.cut())

    def returns(self, closed: ClosedBucket) -> bool:
        """Tell whether a channel that was out for long speaks again, though nobody can be sure of it yet."""
        return any(self._returns(outage, closed) for outage in self.cut())

    def _returns(self, outage: Incident, closed: ClosedBucket) -> bool:
        length = closed.bucket - outage.onset // self._rules.bucket_ms
        if length * self._rules.bucket_ms < RELEARN_MS:
            return False
        posts = closed.counts.get(outage.series, (0, 0, 0))[0]
        return posts > SILENT * outage.expected / length + 2 * outage.observed / length


def _level_before(outage: Incident, recent: Recent) -> float:
    """Tell which share of what was expected an outage had left before a window."""
    came, wanted = recent.total
    return level_of(outage.observed - came, outage.expected - wanted)


def _report_of(channel: str) -> str:
    """Name the series of reports that a channel is out."""
    return names.series(names.REPORT, names.value_of(channel))


def _reports(incident: Incident, closed: ClosedBucket) -> int:
    """Count the posts that report an outage."""
    return closed.counts.get(_report_of(incident.series), (0, 0, 0))[0] if incident.kind == "outage" else 0


def _doubted(incident: Incident, closed: ClosedBucket) -> dict[str, int]:
    """Add up, for a burst of a keyword, the posts that also cast doubt."""
    if incident.kind != "burst" or names.dimension_of(incident.series) != "keyword":
        return {}
    doubted = dict(incident.doubted)
    for doubt in names.DOUBTS:
        posts, _, _ = closed.counts.get(names.cross(incident.series, doubt), (0, 0, 0))
        if posts:
            doubted[names.value_of(doubt)] = doubted.get(names.value_of(doubt), 0) + posts
    return doubted
