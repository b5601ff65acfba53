"""The stream, cut into records in one way or another, and what there is to count in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import msgspec

from bench.peers.digest import Counted, of_partials, partials
from tocsin.posts import MAX_LINES, partition_of
from tocsin.settings import Settings

Record = tuple[int, bytes]  # with its partition
_AUTHOR = b'"author":"'


@dataclass(frozen=True)
class Shape:
    """The stream, cut into records in one way.

    Attributes:
        name: For people.
        records: Each with its partition.
        warm: How many of them close the first bucket.
        counted: What there is to count.
    """

    name: str
    records: list[Record]
    warm: int
    counted: Counted

    @cached_property
    def posts(self) -> int:
        """Lines in the records that are measured."""
        return sum(value.count(b"\n") + 1 for _, value in self.records[self.warm :])


def shape(name: str, records: list[Record], settings: Settings) -> Shape:
    """Count records, to know what others should find in them."""
    partitions = range(settings.partitions)
    counted = of_partials(
        partial
        for partition in partitions
        for partial in partials(settings.rules, (value for at, value in records if at == partition), partition)
    )
    first = min(number for number, _ in counted.series)
    end = (first + 1) * settings.rules.bucket_ms + settings.rules.lateness_ms
    # Every source has passed the end where one is a second beyond it, for they all speak each second.
    warm = [_passes(records, partition, end + 1000) for partition in partitions]
    return Shape(name, records, max(warm) + 1, counted)


def _passes(records: list[Record], partition: int, end: int) -> int:
    """Find the first record of a partition with a heartbeat that is not before a time."""
    return next(
        n
        for n, (at, value) in enumerate(records)
        if at == partition and any(beat >= end for beat in _heartbeats(value))
    )


def _heartbeats(value: bytes) -> Iterator[int]:
    if b'"heartbeat"' in value:
        for line in value.split(b"\n"):
            if line.startswith(b'{"heartbeat"'):
                yield msgspec.json.decode(line)["at"]


def spread(values: list[bytes], partitions: int) -> Iterator[Record]:
    """Cut a stream into records of several partitions, by author as the producers do; heartbeats go to all."""
    waiting: list[list[bytes]] = [[] for _ in range(partitions)]
    for value in values:
        for line in value.split(b"\n"):
            begin = line.find(_AUTHOR) + len(_AUTHOR)
            if begin < len(_AUTHOR):
                targets = range(partitions)
            else:
                author = line[begin : line.index(b'"', begin)].decode()
                targets = range((at := partition_of(author, partitions)), at + 1)
            for at in targets:
                waiting[at].append(line)
                if len(waiting[at]) == MAX_LINES:
                    yield at, b"\n".join(waiting[at])
                    waiting[at] = []
    yield from ((at, b"\n".join(lines)) for at, lines in enumerate(waiting) if lines)
