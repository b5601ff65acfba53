"""The whole way of a post without servers: the same tally, merger and judge, as fast as the machine allows.

What comes out is what the live pipeline would have said of the same lines, to the byte.
"""

from collections.abc import Iterable, Iterator

from tocsin.clocks import Rules
from tocsin.judge import Judge, Judgement
from tocsin.merge import ClosedBucket, Merger
from tocsin.posts import Part
from tocsin.reading import Matcher
from tocsin.tally import PartitionTally


class Counting:
    """Folds records into closed buckets.

    Args:
        rules: Of event time.
        matcher: Keyword groups.
    """

    def __init__(self, rules: Rules, matcher: Matcher) -> None:
        self._tally = PartitionTally(0, rules, matcher)
        self._merger = Merger(partitions=1, ignored=matcher.match)

    @property
    def closed(self) -> int:
        """The last closed bucket; -1 before the first."""
        return -1 if self._merger.closed is None else self._merger.closed

    def fold(self, value: bytes, parts: Iterable[Part] | None = None) -> Iterator[ClosedBucket]:
        """Fold one record.

        Args:
            value: NDJSON lines in the order of the stream, any number of them.
            parts: What they say, if they have been decoded already.

        Yields:
            The buckets that the record closes.
        """
        for partial in self._tally.fold(value, parts=parts).partials:
            yield from self._merger.add(partial)


class Offline:
    """Folds records into judgements.

    Args:
        rules: Of event time.
        matcher: Keyword groups.
        false_page_days: The false-alarm budget.
    """

    def __init__(self, rules: Rules, matcher: Matcher, false_page_days: int) -> None:
        self._counting = Counting(rules, matcher)
        self.judge = Judge(rules, false_page_days)

    @property
    def closed(self) -> int:
        """The last closed bucket; -1 before the first."""
        return self._counting.closed

    def fold(self, value: bytes, parts: Iterable[Part] | None = None) -> Iterator[Judgement]:
        """Fold one record; arguments as for :meth:`Counting.fold`.

        Yields:
            A judgement for each bucket that the record closes.
        """
        return map(self.judge.fold, self._counting.fold(value, parts))
