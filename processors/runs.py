"""Records of one partition put together, so that small ones cost what their posts cost and no more."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from processors.fetched import Fetched
from tocsin.errors import StaleWorkerError

# In a run, unless a single record has more: some three hundred posts. What a run is decoded to should fit into a cache.
MOST_BYTES = 1 << 16


@dataclass(frozen=True)
class Run:
    """Consecutive records of a partition, as one.

    Attributes:
        begin: Offset of the first.
        values: What is in each.
        timestamps: Of each, epoch ms.
    """

    begin: int
    values: Sequence[bytes]
    timestamps: Sequence[int]

    @property
    def end(self) -> int:
        """Offset behind the last."""
        return self.begin + len(self.values)

    @property
    def value(self) -> bytes:
        """Their lines."""
        return b"\n".join(self.values)

    @property
    def written_at(self) -> "int | WrittenAt":
        """When the record that each line came in was written, epoch ms; a single number if it is one record."""
        return self.timestamps[0] if len(self.values) == 1 else WrittenAt(self)

    @cached_property
    def firsts(self) -> list[int]:
        """Number of the first line of each record, from 1. Few runs are asked for it: only some lines are."""
        return list(accumulate((value.count(b"\n") + 1 for value in self.values), initial=1))

    def record_of(self, line: int) -> int:
        """Tell in the how-manieth record a line stood, from 0."""
        return bisect_right(self.firsts, line) - 1

    def place(self, line: int) -> tuple[int, int]:
        """Tell in which record a line stood, by its offset, and as the how-manieth of its lines."""
        record = self.record_of(line)
        return self.begin + record, line - self.firsts[record] + 1


class WrittenAt(Sequence[int]):
    """When the record that each line of a run came in was written, epoch ms, looked up when somebody asks."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __len__(self) -> int:
        return self._run.firsts[-1] - 1

    def __getitem__(self, index: Any) -> Any:
        return self._run.timestamps[self._run.record_of(index + 1)]


def runs(place: Any, fetched: Fetched, begin: int) -> Iterator[Run]:
    """Put records together.

    Args:
        place: Topic and partition.
        fetched: Of that partition.
        begin: Offset of the first that is wanted; what lies before was read already, for Faust may deliver a record
            twice around a rebalance.

    Raises:
        StaleWorkerError: A record is missing.
    """
    read = bisect_left(fetched.offsets, begin)
    for expected, offset in enumerate(fetched.offsets[read:], begin):
        if offset != expected:
            where = f"{place.topic}[{place.partition}]"
            raise StaleWorkerError(f"{where}: offset {offset} came, {expected} was expected")
    values = [value or b"" for value in fetched.values[read:]]
    timestamps = fetched.written_at[read:]
    ends = list(accumulate(map(len, values)))
    first = size = 0
    while first < len(values):
        last = max(first + 1, bisect_right(ends, size + MOST_BYTES))
        yield Run(begin + first, values[first:last], timestamps[first:last])
        first, size = last, ends[last - 1]
