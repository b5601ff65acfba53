"""Records of one partition put together, so that small ones cost what their posts cost and no more."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from tocsin.errors import StaleWorkerError

MOST_LINES, MOST_BYTES = 1_000, 1 << 20  # in a run, unless a single record has more


class Record(Protocol):
    """What is needed of a record as the Kafka client returns it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes | None


class Run(NamedTuple):
    """Consecutive records of a partition, as one.

    Attributes:
        begin: Offset of the first.
        end: Offset behind the last.
        value: Their lines.
        written_at: Epoch ms of the record that each line came in; a single number if it is one record.
        firsts: Number of the first line of each record, from 1.
    """

    begin: int
    end: int
    value: bytes
    written_at: int | list[int]
    firsts: list[int]

    def place(self, line: int) -> tuple[int, int]:
        """Tell in which record a line stood, by its offset, and as the how-manieth of its lines."""
        record = bisect_right(self.firsts, line) - 1
        return self.begin + record, line - self.firsts[record] + 1


def runs(records: Sequence[Record], begin: int) -> Iterator[Run]:
    """Put records together.

    Args:
        records: Of one partition, in the order of the log.
        begin: Offset of the first that is wanted; what lies before was read already, for Faust may deliver a record
            twice around a rebalance.

    Raises:
        StaleWorkerError: A record is missing.
    """
    together: list[Record] = []
    firsts: list[int] = []
    lines = size = 0
    for record in records:
        if record.offset < begin + len(together):
            continue
        if record.offset > begin + len(together):
            where = f"{record.topic}[{record.partition}]"
            raise StaleWorkerError(f"{where}: offset {record.offset} came, {begin + len(together)} was expected")
        value = record.value or b""
        more = value.count(b"\n") + 1
        if together and (lines + more > MOST_LINES or size + len(value) > MOST_BYTES):
            yield _run(together, firsts, lines)
            begin += len(together)
            together, firsts, lines, size = [], [], 0, 0
        together.append(record)
        firsts.append(lines + 1)
        lines += more
        size += len(value)
    if together:
        yield _run(together, firsts, lines)


def _run(records: list[Record], firsts: list[int], lines: int) -> Run:
    begin, end = records[0].offset, records[-1].offset + 1
    if len(records) == 1:
        return Run(begin, end, records[0].value or b"", records[0].timestamp, firsts)
    written = [record.timestamp for record in records]
    if lines > len(records):
        lasts = [*firsts[1:], lines + 1]
        written = [at for at, first, last in zip(written, firsts, lasts, strict=True) for _ in range(last - first)]
    return Run(begin, end, b"\n".join([record.value or b"" for record in records]), written, firsts)
