"""Partials of all partitions in, closed buckets out: once, whole, and in order."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from tocsin import series as names
from tocsin.audience import unite
from tocsin.bounds import MOST_SOURCES
from tocsin.clocks import Clock
from tocsin.crowds import WINDOW, Crowds, Ignored, Terms
from tocsin.errors import LostStateError, lost
from tocsin.masks import Counts
from tocsin.partials import Partial
from tocsin.posts import Notice
from tocsin.terms import TermCounts

LOOK_BACK = WINDOW - 1  # buckets before the one that closes, whose terms are needed too


class ClosedBucket(Struct, frozen=True, omit_defaults=True):
    """Everything that is known of one bucket, over all partitions. Nothing can change it any more.

    Attributes:
        bucket: Its number: event time // bucket width.
        counts: Series -> (posts, distinct authors, reposts). What came late or twice is in ``backlog=CHANNEL`` alone.
        clocks: Of each source, as it stood when the bucket closed.
        late: Posts per channel that came too late since the bucket before.
        duplicates: Likewise, copies not counted again.
        rejected: Likewise, unusable lines by reason.
        notices: Likewise, maintenance notices.
        terms: Its terms; None if there was none.
        people: Channel -> a sketch of its authors; see :mod:`tocsin.audience`.
    """

    bucket: int
    counts: Counts = {}
    clocks: dict[str, Clock] = {}
    late: dict[str, int] = {}
    duplicates: dict[str, int] = {}
    rejected: dict[str, int] = {}
    notices: list[Notice] = []
    terms: Terms | None = None
    people: dict[str, bytes] = {}


def ignore_nothing(words: Sequence[str]) -> list[int]:
    """Take every word for a term."""
    return [0] * len(words)


class Merger:
    """Puts partials together until every partition has passed a bucket.

    Args:
        partitions: How many partitions must pass.
        closed: The last bucket already closed by an earlier merger; None at the very beginning. Then the partials of
            the ``LOOK_BACK`` buckets up to it must come once more, for the terms in them.
        ignored: Tells which words are no terms, by anything but 0.
    """

    def __init__(self, partitions: int, closed: int | None = None, ignored: Ignored = ignore_nothing) -> None:
        self._partitions = partitions
        self.closed = closed
        self._reached: dict[int, int] = {} if closed is None else dict.fromkeys(range(partitions), closed)
        self._waiting: dict[int, deque[Partial]] = {partition: deque() for partition in range(partitions)}
        self._crowds = Crowds(ignored)
        self._terms: dict[int, dict[int, TermCounts]] = {}  # by bucket and partition

    @property
    def reached(self) -> dict[int, int]:
        """The last bucket that each partition has passed, of those heard from."""
        return self._reached

    def add(self, partial: Partial) -> Iterator[ClosedBucket]:
        """Fold one partial.

        A recomputed partial comes later in the log than the one it repeats, so the first is kept.

        Args:
            partial: In the order of the log.

        Returns:
            The buckets that every partition has passed now, in order; to be exhausted before the next call.

        Raises:
            LostStateError: A bucket is missing between this partial and the one before.
        """
        if not 0 <= partial.partition < self._partitions:
            raise LostStateError(
                f"a partial of partition {partial.partition} came, but there should be {self._partitions} partitions: "
                "set TOCSIN_PARTITIONS to what the topic has"
            )
        self._keep_terms(partial)
        reached = self._reached.get(partial.partition)
        if reached is not None and partial.through <= reached:
            return iter(())
        if reached is not None and partial.first > reached + 1:
            raise lost(
                f"partition {partial.partition}: buckets {reached + 1} to {partial.first - 1} are missing between what "
                "was stored and what comes next"
            )
        self._reached[partial.partition] = partial.through
        self._waiting[partial.partition].append(partial)
        return self._close()

    def _close(self) -> Iterator[ClosedBucket]:
        if len(self._reached) < self._partitions:
            return
        if self.closed is None:
            self.closed = min(waiting[0].first for waiting in self._waiting.values()) - 1
        for number in range(self.closed + 1, min(self._reached.values()) + 1):
            heads = [waiting[0] for waiting in self._waiting.values() if waiting[0].first <= number]
            terms = self._crowds.close(number, [self._terms.get(number - back, {}).values() for back in range(WINDOW)])
            self._terms = {n: counted for n, counted in self._terms.items() if n > number}
            yield _merge(number, heads, terms)
            self.closed = number
            for partial in heads:
                if partial.through == number:
                    self._waiting[partial.partition].popleft()

    def _keep_terms(self, partial: Partial) -> None:
        """Keep terms until their bucket closes, and those of the last buckets that an earlier merger has closed."""
        oldest = -1 if self.closed is None else self.closed + 1 - LOOK_BACK
        for number, counted in partial.terms.items():
            if number >= oldest:
                self._terms.setdefault(number, {}).setdefault(partial.partition, counted)


def _merge(number: int, partials: list[Partial], terms: Terms | None) -> ClosedBucket:
    """Add up what the partitions say of one bucket; counters and notices belong to the last bucket of a partial."""
    people: dict[str, list[bytes]] = {}
    clocks: dict[str, Clock] = {}
    for partial in partials:
        for channel, sketched in partial.people.get(number, {}).items():
            people.setdefault(channel, []).append(sketched)
        for source, clock in partial.clocks.items():
            if source not in clocks or (clock.at, clock.since) > (clocks[source].at, clocks[source].since):
                clocks[source] = clock
    if len(clocks) > MOST_SOURCES:  # each partition keeps to it, but they may have heard of different ones
        first = sorted(clocks, key=lambda source: (clocks[source].implied, source))[:MOST_SOURCES]
        clocks = {source: clocks[source] for source in first}
    ending = [partial for partial in partials if partial.through == number]
    late = _sum(partial.late for partial in ending)
    duplicates = _sum(partial.duplicates for partial in ending)
    notices = {(notice.id, notice.at): notice for partial in ending for notice in partial.notices}
    return ClosedBucket(
        bucket=number,
        counts=_counts([partial.buckets.get(number, {}) for partial in partials], late, duplicates),
        clocks=dict(sorted(clocks.items())),
        late=late,
        duplicates=duplicates,
        rejected=_sum(partial.rejected for partial in ending),
        notices=[notices[key] for key in sorted(notices)],
        terms=terms,
        people={channel: unite(sketches) for channel, sketches in sorted(people.items())},
    )


def _counts(parts: Iterable[Counts], late: dict[str, int], duplicates: dict[str, int]) -> Counts:
    """Add up the counts of all partitions, and put beside them what came late or twice."""
    counts: Counts = {}
    for part in parts:
        for name, more in part.items():
            have = counts.get(name)
            counts[name] = (have[0] + more[0], have[1] + more[1], have[2] + more[2]) if have else more
    for channel, old in _sum((late, duplicates)).items():
        counts[names.series(names.BACKLOG, channel)] = (old, 0, 0)
    return dict(sorted(counts.items()))


def _sum(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Add up numbers by name, sorted."""
    total: dict[str, int] = {}
    for part in parts:
        for key, n in part.items():
            total[key] = total.get(key, 0) + n
    return dict(sorted(total.items()))
