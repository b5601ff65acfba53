"""The judge: closed buckets in, incidents out.

A pure fold. Its whole state can be written down and read back, and the same buckets lead to the same incidents,
byte for byte, which the digest proves.
"""

import math
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from tocsin import series as names
from tocsin.clocks import Rules, blind_sources
from tocsin.detect.baseline import DAY_MS, Bools
from tocsin.detect.detector import Detector, Look
from tocsin.detect.recovery import SILENT, Recent, back_for, burst_is_over, outage_is_over
from tocsin.emergent import EmergentTerms
from tocsin.grouping import BREADTH, breadth, bursts, explained_by, orphans
from tocsin.incidents import Incident, Kind
from tocsin.maintenance import Planned, Windows, classify, on_notices
from tocsin.merge import ClosedBucket
from tocsin.posts import Notice

# A series must be back for as long as it took to notice that it was gone, within these bounds: a shorter look
# proves nothing at a low rate, and flapping would ring again and again.
RECOVERY_MS = (300_000, 6 * 3_600_000)
TOLERANCE_MS = 120_000
# For so long after a channel fell silent, what is counted over several channels learns nothing. After a longer outage
# it must learn its level anew, for as long: it has grown used to the silence, and would take the return for a burst.
RELEARN_MS = 3_600_000
ALIVE_MS = 7 * DAY_MS  # a series that has been silent for longer takes no part of the false-alarm budget

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


@dataclass(frozen=True)
class Judgement:
    """What one bucket led to.

    Attributes:
        closed: The bucket.
        look: What the detector saw.
        revisions: New states of incidents, in order.
        digest: Of everything up to this bucket, hexadecimal.
        untold: Words that were news, but too many to be incidents.
    """

    closed: ClosedBucket
    look: Look
    revisions: list[Incident]
    digest: str
    untold: int = 0


class Judge:
    """Folds closed buckets into incidents.

    Args:
        rules: Width of a bucket, lateness and blindness.
        false_page_days: One false page in so many days, over everything watched.

    Attributes:
        threshold: What a window must exceed to ring, in nats; it follows from the budget and from what is watched.
        open: Open incidents by ``kind:series``; those of emergent terms are in ``lasting``.
        totals: What was counted so far, by name.
        revisions: How many were made so far.
        digest: Of everything so far, hexadecimal.
    """

    def __init__(self, rules: Rules, false_page_days: int) -> None:
        self._rules = rules
        self._false_page_days = false_page_days
        self._detector = Detector(rules.bucket_ms)
        self._burstable = self._droppable = self._channels = np.zeros(0, np.bool_)
        self._last_post = np.zeros(0, np.int64)  # bucket of the last post of each series
        self._terms = EmergentTerms(rules.bucket_ms)
        self.threshold = math.inf
        self._windows: Windows = {}
        self._relearning_until = -1  # bucket
        self.open: dict[str, Incident] = {}
        self.totals: Counter[str] = Counter()
        self.revisions = 0
        self.digest = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Series by row."""
        return self._detector.names

    @property
    def lasting(self) -> list[Incident]:
        """All incidents that last, those of emergent terms behind the others."""
        return [*self.open.values(), *self._terms.open.values()]

    def fold(self, closed: ClosedBucket) -> Judgement:
        """Judge one bucket.

        Args:
            closed: The one after the last.

        Returns:
            What came of it.
        """
        if self._detector.admit(closed.counts):
            self._classify()
        self._windows = on_notices(self._windows, closed.notices)
        self._count_totals(closed)
        revisions: list[Incident] = []
        relearning_until = self._relearning_until
        blind = blind_sources(closed.clocks, closed.bucket, self._rules)
        self._judge_blind(closed, blind, revisions)
        seen, whole = self._observed(closed, blind)
        observed = np.zeros(len(self.names), np.int64)
        for name, (posts, _, _) in closed.counts.items():
            observed[self._detector.rows[name]] = posts
        self._last_post[observed > 0] = closed.bucket
        self._share_budget(closed.bucket)
        look = self._detector.look(closed.bucket, observed, seen)
        for incident in list(self.open.values()):
            if incident.kind != "blind":
                self._follow(incident, closed, look, seen, revisions)
        self._open_new(closed, look, seen, revisions)
        busy = np.zeros(len(self.names), np.bool_)
        busy[[self._detector.rows[i.series] for i in self.open.values() if i.kind != "blind"]] = True
        self._detector.learn(look, whole & ~busy)
        for incident in revisions:
            if incident.revision == 1 and incident.kind != "blind":
                row, onset = self._detector.rows[incident.series], incident.onset // self._rules.bucket_ms
                self._detector.baseline.unlearn(row, onset)
        if self._relearning_until > relearning_until:
            self._detector.baseline.relearn(~self._channels)
        revisions += self._terms.fold(closed, bursts(self.open.values()))
        if self._terms.untold:
            self.totals["untold"] += self._terms.untold
        self.revisions += len(revisions)
        self.digest = blake2b(_encode((self.digest, closed, revisions)), digest_size=16, person=b"tocsin").hexdigest()
        return Judgement(closed, look, revisions, self.digest, self._terms.untold)

    def _classify(self) -> None:
        """Tell, of every series, on which sides it is watched."""
        dimensions = [names.dimension_of(name) if "|" not in name else "" for name in self.names]
        self._burstable = np.array([dimension in BREADTH for dimension in dimensions], np.bool_)
        self._droppable = np.array([dimension == "channel" for dimension in dimensions], np.bool_)
        self._channels = np.array([names.dimension_of(name) == "channel" for name in self.names], np.bool_)
        self._last_post = np.concatenate([self._last_post, np.zeros(len(self.names) - len(self._last_post), np.int64)])

    def _share_budget(self, bucket: int) -> None:
        """Share the false-alarm budget out over every side that is watched of a series that is alive.

        References:
            Boole's inequality: with a threshold of log(sides * buckets), that many looks ring falsely once.
        """
        alive = bucket - self._last_post <= ALIVE_MS // self._rules.bucket_ms
        watched = int((self._burstable & alive).sum() + (self._droppable & alive).sum())
        buckets = self._false_page_days * DAY_MS / self._rules.bucket_ms
        self.threshold = math.log(max(watched, 1) * buckets)

    def _count_totals(self, closed: ClosedBucket) -> None:
        self.totals["buckets"] += 1
        self.totals["posts"] += closed.counts.get(names.TOTAL, (0, 0, 0))[0]
        for kind, counts in (("late", closed.late), ("duplicates", closed.duplicates), ("rejected", closed.rejected)):
            for key, n in counts.items():
                self.totals[f"{kind}:{key}"] += n
        if closed.terms and closed.terms.level:
            self.totals["sampled"] += 1

    def _observed(self, closed: ClosedBucket, blind: list[str]) -> tuple[Bools, Bools]:
        """Tell which rows somebody saw, and which were seen whole, so that they may be learned from."""
        seen = np.ones(len(self.names), np.bool_)
        for source in blind:
            for channel in closed.clocks[source].channels:
                row = self._detector.rows.get(names.series("channel", channel))
                if row is not None:
                    seen[row] = False
        if closed.bucket <= self._relearning_until or any(self._returns(i, closed) for i in self.open.values()):
            seen &= self._channels
        whole = not blind and not any(self._just_out(i, closed) for i in self.open.values())
        return seen, (seen | ~self._channels) & (self._channels | whole)

    def _just_out(self, incident: Incident, closed: ClosedBucket) -> bool:
        """Tell whether a channel fell silent so lately that what it takes from the totals is not yet their level."""
        lasted = closed.bucket * self._rules.bucket_ms - incident.onset
        return incident.kind == "outage" and lasted < RELEARN_MS

    def _returns(self, incident: Incident, closed: ClosedBucket) -> bool:
        """Tell whether a channel that was out for long speaks again, though nobody can be sure of it yet."""
        length = closed.bucket - incident.onset // self._rules.bucket_ms
        if incident.kind != "outage" or length * self._rules.bucket_ms < RELEARN_MS:
            return False
        posts = closed.counts.get(incident.series, (0, 0, 0))[0]
        return posts > SILENT * incident.expected / length + 2 * incident.observed / length

    def _judge_blind(self, closed: ClosedBucket, blind: list[str], revisions: list[Incident]) -> None:
        end = (closed.bucket + 1) * self._rules.bucket_ms
        silent = {names.series("source", names.value_or_other(source)): source for source in blind}
        for key in [key for key, incident in self.open.items() if incident.kind == "blind"]:
            if self.open[key].series not in silent:
                self._end(key, end - self._rules.bucket_ms, revisions)
        for series, source in silent.items():
            if f"blind:{series}" not in self.open:
                clock = closed.clocks[source]
                channels = tuple(c for c in clock.channels if names.is_value(c))
                self._begin("blind", series, clock.at, revisions, detected_at=end, channels=channels)

    def _follow(
        self, incident: Incident, closed: ClosedBucket, look: Look, seen: Bools, revisions: list[Incident]
    ) -> None:
        """Bring an open incident up to date, and close it once its series has been back for a while."""
        row = self._detector.rows[incident.series]
        if not seen[row]:
            return
        posts, authors, reposts = closed.counts.get(incident.series, (0, 0, 0))
        incident = msgspec.structs.replace(
            incident,
            observed=incident.observed + posts,
            expected=round(incident.expected + float(look.expectation.mean[row]) / 1024, 3),
            peak=max(incident.peak, posts),
            peak_authors=max(incident.peak_authors, authors),
            reposts=incident.reposts + reposts,
            doubted=_doubted(incident, closed),
        )
        key = f"{incident.kind}:{incident.series}"
        self.open[key] = incident
        patience = self._patience(incident)
        recent = self._detector.scan.recent(row, closed.bucket, patience)
        now = (closed.bucket + 1) * self._rules.bucket_ms
        if recent is not None and self._recovered(incident, recent, look, row):
            back = back_for(recent) if incident.kind == "outage" else recent.buckets
            self._end(key, max(now - back * self._rules.bucket_ms, incident.onset), revisions)
        elif incident.kind == "outage":
            # While it lasts, a recovery may already be under way that nobody can be sure of yet.
            planned = self._planned(incident, max(now - patience * self._rules.bucket_ms, incident.onset + 1))
            if planned != incident.planned:
                self._revise(key, msgspec.structs.replace(incident, planned=planned), revisions)

    def _patience(self, incident: Incident) -> int:
        """Tell for how many buckets a series must be back."""
        least, most = RECOVERY_MS
        noticed = min(max(incident.detected_at - incident.onset, least), most)
        return max(3, -(-noticed // self._rules.bucket_ms))

    def _recovered(self, incident: Incident, recent: Recent, look: Look, row: int) -> bool:
        if incident.detected_at > (look.bucket + 1 - recent.buckets) * self._rules.bucket_ms:
            return False  # the window reaches back to what gave the incident away
        is_over = outage_is_over if incident.kind == "outage" else burst_is_over
        drift = look.expectation.drift if recent.block == 1 else look.expectation.anchor_drift
        return is_over(recent, float(look.expectation.spread[row]), float(drift[row]))

    def _open_new(self, closed: ClosedBucket, look: Look, seen: Bools, revisions: list[Incident]) -> None:
        """Open incidents where a window is beyond the threshold, the widest series first."""
        found = look.found
        just_closed = {revision.series for revision in revisions}  # their windows are from before the recovery
        up = self._burstable & (found.up >= self.threshold) & seen
        down = self._droppable & (found.down >= self.threshold) & seen
        rows = sorted(np.flatnonzero(up | down).tolist(), key=lambda r: (breadth(self.names[r]), self.names[r]))
        for row in rows:
            series = self.names[row]
            if series in just_closed or f"burst:{series}" in self.open or f"outage:{series}" in self.open:
                continue
            kind: Kind = "burst" if up[row] else "outage"
            buckets, score = (found.up_buckets, found.up) if kind == "burst" else (found.down_buckets, found.down)
            length = int(buckets[row])
            window = self._detector.scan.recent(row, closed.bucket, length)
            observed, expected = window.total if window else (0, 0.0)
            posts, authors, reposts = closed.counts.get(series, (0, 0, 0))
            opened = self._begin(
                kind,
                series,
                (closed.bucket + 1 - length) * self._rules.bucket_ms,
                revisions,
                detected_at=(closed.bucket + 1) * self._rules.bucket_ms,
                expected=round(expected, 3),
                observed=observed,
                peak=posts,
                peak_authors=authors,
                reposts=reposts,
                score=round(float(score[row]), 1),
                parent=explained_by(self.open.values(), kind, series),
            )
            earliest = opened.onset - max(2 * self._rules.bucket_ms, TOLERANCE_MS)
            for orphan in orphans(self.open.values(), opened, earliest):
                adopted = msgspec.structs.replace(orphan, parent=opened.id)
                self._revise(f"{orphan.kind}:{orphan.series}", adopted, revisions)

    def _planned(self, incident: Incident, end: int) -> Planned:
        tolerance = max(2 * self._rules.bucket_ms, TOLERANCE_MS)
        return classify(self._windows, names.value_of(incident.series), incident.onset, end, tolerance)

    def _begin(self, kind: Kind, series: str, onset: int, revisions: list[Incident], **fields: Any) -> Incident:
        incident = Incident(id=f"{kind}:{series}:{onset}", revision=0, kind=kind, series=series, onset=onset, **fields)
        if kind == "outage":
            incident = msgspec.structs.replace(incident, planned=self._planned(incident, incident.detected_at))
        self._revise(f"{kind}:{series}", incident, revisions)
        return self.open[f"{kind}:{series}"]

    def _end(self, key: str, at: int, revisions: list[Incident]) -> None:
        incident = msgspec.structs.replace(self.open[key], closed_at=at)
        if incident.kind == "outage":
            incident = msgspec.structs.replace(incident, planned=self._planned(incident, at))
        self._revise(key, incident, revisions)
        del self.open[key]
        if incident.kind != "blind":
            self._detector.scan.forget(self._detector.rows[incident.series])
        if incident.kind == "outage" and at - incident.onset >= RELEARN_MS:
            self._relearning_until = (at + RELEARN_MS) // self._rules.bucket_ms

    def _revise(self, key: str, incident: Incident, revisions: list[Incident]) -> None:
        self.open[key] = msgspec.structs.replace(incident, revision=incident.revision + 1)
        revisions.append(self.open[key])

    def snapshot(self) -> bytes:
        """Write the whole state down."""
        state = {
            "detector": self._detector.snapshot(),
            "last_post": self._last_post.tobytes(),
            "terms": self._terms.snapshot(),
            "windows": self._windows,
            "relearning_until": self._relearning_until,
            "open": self.open,
            "totals": dict(self.totals),
            "revisions": self.revisions,
            "digest": self.digest,
        }
        return msgspec.msgpack.encode(state)

    def restore(self, data: bytes) -> None:
        """Read back what :meth:`snapshot` wrote."""
        state = msgspec.msgpack.decode(data)
        self._detector.restore(state["detector"])
        self._terms.restore(state["terms"])
        self._windows = msgspec.convert(state["windows"], dict[str, Notice])
        self._relearning_until = state["relearning_until"]
        self.open = msgspec.convert(state["open"], dict[str, Incident])
        self.totals = Counter(state["totals"])
        self.revisions = state["revisions"]
        self.digest = state["digest"]
        self._last_post = np.frombuffer(state["last_post"], np.int64).copy()
        self._classify()


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
