"""The judge: closed buckets in, incidents out.

A pure fold. Its whole state can be written down and read back, and the same buckets lead to the same incidents,
byte for byte, which the digest proves.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec
import numpy as np

from tocsin import series as names
from tocsin.blindness import Blindness
from tocsin.bounds import OVERFLOW, Admission
from tocsin.casebook import Casebook
from tocsin.clocks import Rules, blind_sources
from tocsin.detect.baseline import Bools, Ints
from tocsin.detect.detector import Detector, Look
from tocsin.emergent import EmergentTerms
from tocsin.grouping import bursts
from tocsin.incidents import Incident
from tocsin.maintenance import KEPT_MS, Window, Windows, on_notices
from tocsin.merge import ClosedBucket
from tocsin.outlook import Forecast, Outlook, Outlooks
from tocsin.overflow import within_bounds
from tocsin.sight import Shares, Sight
from tocsin.standing import Channels, states_of, watch_the_last
from tocsin.volumes import RELEARN_MS, Volumes
from tocsin.watch import Watch

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
        blind: Sources that did not cover the bucket.
        overflow: What there was no room for, by dimension: posts counted as ``other``, notices left out.
    """

    closed: ClosedBucket
    look: Look
    revisions: list[Incident]
    digest: str
    untold: int = 0
    blind: Sequence[str] = ()
    overflow: Mapping[str, int] = field(default_factory=dict)


class Judge:
    """Folds closed buckets into incidents.

    Args:
        rules: Width of a bucket, lateness and blindness.
        false_page_days: One false page in so many days, over everything watched.

    Attributes:
        totals: What was counted so far, by name.
        windows: Declared maintenance by id.
        channels: How each channel stands.
        closed: The last bucket; -1 before the first.
        revisions: How many were made so far.
        digest: Of everything so far, hexadecimal.
    """

    def __init__(self, rules: Rules, false_page_days: int) -> None:
        self._rules = rules
        self._detector = Detector(rules.bucket_ms)
        self._admission = Admission()
        self._book = Casebook()
        self._watch = Watch(rules, false_page_days, self._detector)
        self._volumes = Volumes(rules, self._detector, self._watch, self._book)
        self._blindness = Blindness(rules, self._book)
        self._terms = EmergentTerms(rules.bucket_ms)
        self._outlooks = Outlooks(rules.bucket_ms)
        self._shares = Shares(())
        self._reports: frozenset[str] = frozenset()
        self._overflows: frozenset[str] = frozenset()
        self._partial: set[int] = set()  # rows of the channels that were seen in part when the last bucket closed
        self._relearning_until = -1  # bucket
        self.windows: Windows = {}
        self.channels: Channels = {}
        self.totals: Counter[str] = Counter()
        self.closed = -1
        self.revisions = 0
        self.digest = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Series by row."""
        return self._detector.names

    @property
    def threshold(self) -> float:
        """What a window must exceed to ring, in nats."""
        return self._watch.threshold

    @property
    def open(self) -> dict[str, Incident]:
        """Open incidents by ``kind:series``; those of emergent terms are in ``lasting``."""
        return self._book.open

    @property
    def lasting(self) -> list[Incident]:
        """All incidents that last, those of emergent terms behind the others."""
        return [*self.open.values(), *self._terms.open.values()]

    def outlook(self, channel: str) -> Outlook | None:
        """Tell what a channel may be expected to carry from now on; None if too little is known of it."""
        return self._outlooks.outlook(channel, (self.closed + 1) * self._rules.bucket_ms)

    def fold(self, closed: ClosedBucket) -> Judgement:
        """Judge one bucket.

        Args:
            closed: The one after the last.

        Returns:
            What came of it.
        """
        self.closed = closed.bucket
        if not closed.counts.keys() <= self._detector.rows.keys():
            closed = within_bounds(closed, self._admission)
            self._detector.admit(closed.counts)
            self._classify()
        now = (closed.bucket + 1) * self._rules.bucket_ms
        self.windows = on_notices(self.windows, closed.notices, now, self._foretell)
        self._count_totals(closed)
        blind = blind_sources(closed.clocks, closed.bucket, self._rules)
        sight = self._see(closed, blind)
        look = self._detector.look(closed.bucket, self._observed(closed), sight.seen, sight.parts)
        self._watch.share_budget(closed.bucket)
        self._judge_blind(closed, blind, look)
        self._volumes.fold(closed, look, sight, self.windows)
        self._learn(look, sight)
        self._stand(closed, sight, now)
        revisions = self._book.hand_on()
        revisions += self._terms.fold(closed, bursts(self.open.values()))
        overflow = self._overflow(closed, now)
        for dimension, n in overflow.items():
            self.totals[f"{OVERFLOW}:{dimension}"] += n
        if self._terms.untold:
            self.totals["untold"] += self._terms.untold
        self.revisions += len(revisions)
        self.digest = blake2b(_encode((self.digest, closed, revisions)), digest_size=16, person=b"tocsin").hexdigest()
        return Judgement(closed, look, revisions, self.digest, self._terms.untold, blind, overflow)

    def _classify(self) -> None:
        self._watch.classify()
        self._shares = Shares(self.names)
        self._reports = frozenset(name for name in self.names if names.dimension_of(name) == names.REPORT)
        self._overflows = frozenset(name for name in self.names if names.dimension_of(name) == OVERFLOW)

    def _foretell(self, channel: str, begin: int, end: int) -> Forecast | None:
        outlook = self.outlook(channel)
        return outlook.window(begin, end) if outlook else None

    def _count_totals(self, closed: ClosedBucket) -> None:
        self.totals["buckets"] += 1
        self.totals["posts"] += closed.counts.get(names.TOTAL, (0, 0, 0))[0]
        for kind, counts in (("late", closed.late), ("duplicates", closed.duplicates), ("rejected", closed.rejected)):
            for key, n in counts.items():
                self.totals[f"{kind}:{key}"] += n
        if closed.terms and closed.terms.level:
            self.totals["sampled"] += 1

    def _overflow(self, closed: ClosedBucket, now: int) -> dict[str, int]:
        """Tell what there was no room for."""
        found = {
            names.value_of(name): closed.counts[name][0] for name in sorted(self._overflows & closed.counts.keys())
        }
        left = sum(notice.id not in self.windows and notice.end > now - KEPT_MS for notice in closed.notices)
        return {**found, "notice": left} if left else found

    def _observed(self, closed: ClosedBucket) -> Ints:
        """Put the counts into rows: posts, but of reports the people, for one who repeats himself proves nothing."""
        observed = np.zeros(len(self.names), np.int64)
        reports, counts = self._reports, closed.counts
        observed[[self._detector.rows[name] for name in counts]] = [
            authors if name in reports else posts for name, (posts, authors, _) in counts.items()
        ]
        self._watch.last_post[observed > 0] = closed.bucket
        return observed

    def _see(self, closed: ClosedBucket, blind: list[str]) -> Sight:
        """Tell what anybody saw, and what may be learned from, in the light of what lasts."""
        sight = self._shares.see(closed.clocks, blind)
        for row in self._partial - sight.parts.keys():
            self._detector.scan.forget(row)  # the share of a source may have been another one's meanwhile
        self._partial = set(sight.parts)
        over_channels = self._shares.over_channels
        if closed.bucket <= self._relearning_until or self._volumes.returns(closed):
            sight.seen[over_channels] = False
        if self._volumes.just_out(closed.bucket):
            sight.whole[over_channels] = False
        sight.whole[:] &= sight.seen
        return sight

    def _judge_blind(self, closed: ClosedBucket, blind: list[str], look: Look) -> None:
        def channels_of(source: str) -> list[str]:
            return self._shares.channels_of(source, closed.clocks)

        def expected(source: str) -> int:
            return int(look.expectation.mean[self._shares.rows_of(source)].sum())

        self._blindness.fold(closed, blind, channels_of, expected, self.threshold)

    def _learn(self, look: Look, sight: Sight) -> None:
        """Let the baselines learn what was seen whole and is in no incident, and take back what one had taught them."""
        busy: Bools = np.zeros(len(self.names), np.bool_)
        for open_row in self._volumes.busy():
            busy[[open_row, *self._shares.crosses.get(open_row, ())]] = True
        self._detector.learn(look, sight.whole & ~busy)
        for incident in self._book.revisions:
            row = self._detector.rows.get(incident.series)
            if incident.revision == 1 and row is not None and incident.kind != "exposed":
                for taught in (row, *self._shares.crosses.get(row, ())):
                    self._detector.baseline.unlearn(taught, incident.onset // self._rules.bucket_ms)
        self._relearn()

    def _relearn(self) -> None:
        """Begin to learn the levels of all channels together anew, when one is back that was out for long."""
        ends = [
            i.closed_at for i in self._book.revisions if i.cut and i.closed_at and i.closed_at - i.onset >= RELEARN_MS
        ]
        if ends:
            self._relearning_until = (ends[-1] + RELEARN_MS) // self._rules.bucket_ms
            self._detector.baseline.relearn(self._shares.over_channels)

    def _stand(self, closed: ClosedBucket, sight: Sight, now: int) -> None:
        """Tell how the channels stand, watch over the last of them, and remember what they carry."""
        rows, alive = self._shares.channels, self._watch.alive(closed.bucket)
        silent = {c: now - (int(self._watch.last_post[row]) + 1) * self._rules.bucket_ms for c, row in rows.items()}
        heard = {channel: ms for channel, ms in silent.items() if alive[rows[channel]]}
        unseen = [channel for channel, row in rows.items() if not sight.seen[row]]
        self.channels = states_of(heard, unseen, self._book.of_kind("outage"))
        watch_the_last(self._book, self.channels, self.windows, now)
        partial = {channel for channel, row in rows.items() if row in sight.parts}
        unusable = partial | {channel for channel, state in self.channels.items() if state not in ("alive", "quiet")}
        self._outlooks.fold(closed, unusable, stirred=bool(bursts(self.open.values())))

    def snapshot(self) -> bytes:
        """Write the whole state down."""
        state = {
            "detector": self._detector.snapshot(),
            "last_post": self._watch.last_post.tobytes(),
            "blindness": self._blindness.snapshot(),
            "terms": self._terms.snapshot(),
            "outlooks": self._outlooks.snapshot(),
            "windows": self.windows,
            "channels": self.channels,
            "partial": sorted(self._partial),
            "relearning_until": self._relearning_until,
            "open": self.open,
            "totals": dict(self.totals),
            "closed": self.closed,
            "revisions": self.revisions,
            "digest": self.digest,
        }
        return msgspec.msgpack.encode(state)

    def restore(self, data: bytes) -> None:
        """Read back what :meth:`snapshot` wrote."""
        state = msgspec.msgpack.decode(data)
        self._detector.restore(state["detector"])
        self._admission = Admission(self.names)
        self._blindness.restore(state["blindness"])
        self._terms.restore(state["terms"])
        self._outlooks.restore(state["outlooks"])
        self.windows = msgspec.convert(state["windows"], dict[str, Window])
        self.channels = state["channels"]
        self._partial = set(state["partial"])
        self._relearning_until = state["relearning_until"]
        self._book.open = msgspec.convert(state["open"], dict[str, Incident])
        self.totals = Counter(state["totals"])
        self.closed = state["closed"]
        self.revisions = state["revisions"]
        self.digest = state["digest"]
        self._watch.last_post = np.frombuffer(state["last_post"], np.int64).copy()
        self._classify()
