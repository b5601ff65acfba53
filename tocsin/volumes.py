"""Incidents of what is counted, series by series: bursts, outages, backlogs, and outages that people report.

The detector says what is far from expectation; here it becomes an incident, is followed, and ends.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tocsin import series as names
from tocsin.casebook import Casebook
from tocsin.clocks import Rules
from tocsin.detect.detector import Detector, Look
from tocsin.detect.recovery import SILENT
from tocsin.grouping import breadth, explained_by, orphans
from tocsin.incidents import Incident, Kind
from tocsin.maintenance import TOLERANCE_MS, Planned, Windows, classify
from tocsin.merge import ClosedBucket
from tocsin.recovery import Recovery
from tocsin.rise import Rise
from tocsin.sight import Sight
from tocsin.watch import Watch

# For so long after a channel fell silent, what is counted over several channels learns nothing. After a longer outage
# it must learn its level anew, for as long: it has grown used to the silence, and would take the return for a burst.
RELEARN_MS = 3_600_000
CORROBORATES = 10.0  # nats: reports so rare support an outage that is known already; they page nobody by themselves

_FOLLOWED: tuple[Kind, ...] = ("burst", "outage", "backlog")


class Volumes:
    """Opens, follows and closes incidents of counted series.

    Args:
        rules: Width of a bucket.
        detector: Whose rows are judged.
        watch: What is watched, and how far it must stray.
        book: Where incidents are kept.
    """

    def __init__(self, rules: Rules, detector: Detector, watch: Watch, book: Casebook) -> None:
        self._rules = rules
        self._detector = detector
        self._watch = watch
        self._book = book
        self._recovery = Recovery(rules, detector)

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
        back = self._recovery.back_for(incident, look)
        if back is not None:
            self._end(incident, max(now - back * self._rules.bucket_ms, incident.onset), windows)
        elif incident.kind == "outage":
            # While it lasts, a recovery may already be under way that nobody can be sure of yet.
            until = max(now - self._recovery.patience(incident) * self._rules.bucket_ms, incident.onset + 1)
            planned = self._planned(incident.series, incident.onset, until, windows)
            if planned != incident.planned:
                self._book.revise(incident, planned=planned)

    def _end(self, incident: Incident, at: int, windows: Windows) -> None:
        planned = None
        if incident.kind == "outage":
            planned = self._planned(incident.series, incident.onset, at, windows)
        self._book.end(incident, at, planned=planned)
        # Of an outage that is over, reports of it are an echo.
        over = {incident.series, _report_of(incident.series)} if incident.kind == "outage" else {incident.series}
        for series in over & self._detector.rows.keys():
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
        found, threshold = look.found, self._watch.threshold
        if found.up.max(initial=0.0) < threshold and found.down.max(initial=0.0) < threshold:
            return
        just_closed = {revision.series for revision in self._book.revisions if revision.closed_at is not None}
        just_closed |= {_report_of(series) for series in just_closed}
        up = self._watch.burstable & (found.up >= threshold) & sight.seen
        up[list(sight.parts)] = False  # what one source brings twice the share of may be what another has left to it
        down = self._watch.droppable & (found.down >= threshold) & sight.seen
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
        rise = Rise(self._detector.scan, look, row)
        if dimension == names.BACKLOG:
            beyond = rise.exceeds(channel, self._watch.threshold) and rise.is_flood_beside(channel)
            return "backlog" if beyond else None
        if dimension != names.REPORT:
            return "burst"
        if self._book.find("outage", names.series("channel", value)):
            return None  # it is evidence there
        if channel is not None and sight.seen[channel] and self._watch.alive(look.bucket)[channel]:
            return "burst"
        everybody = self._detector.rows.get(names.TOTAL)
        return "outage" if rise.exceeds(everybody, self._watch.threshold) else None

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
        """List the rows of open incidents, and of the reports that are their evidence: these learn nothing."""
        series = [incident.series for incident in self._book.of_kind(*_FOLLOWED)]
        series += [_report_of(outage.series) for outage in self.cut()]
        return [self._detector.rows[name] for name in series if name in self._detector.rows]

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
