"""What a fetch brought, in columns.

aiokafka makes an object of each record. That costs two microseconds, and as much again when the garbage collector walks
through the thousands that wait for their turn: more than all else that is done for a record of one post. So the
records of a batch are put into columns as they are unpacked.

It relies on how aiokafka 0.14 hands a fetch on: as an iterator that knows where the next fetch has to begin.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import ConsumerRecord


class Fetched(NamedTuple):
    """Records of one partition, in the order of the log.

    Attributes:
        offsets: Where they stand in the log.
        written_at: Their timestamps, epoch ms.
        values: What is in them.
    """

    offsets: list[int]
    written_at: list[int]
    values: list[bytes | None]


class _Batches(PartitionRecords):  # type: ignore[misc] # aiokafka has no types here
    """What a fetch brought of one partition, a batch at a time."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Fetched]:
        while self._records.has_next():
            batch = self._records.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            fetched = _columns(() if batch.is_control_batch else batch, self.next_fetch_offset)
            self.next_fetch_offset = batch.next_offset
            if fetched.offsets:
                yield fetched


def _columns(batch: Iterable[Any], begin: int) -> Fetched:
    """Put the records of a batch into columns; it may begin before what was asked for."""
    fetched = offsets, written_at, values = Fetched([], [], [])
    for record in batch:
        if record.offset >= begin:
            offsets.append(record.offset)
            written_at.append(record.timestamp)
            values.append(record.value)
    return fetched


def unpacking(together: Collection[str], place: Any, *args: Any) -> Any:
    """Stand in for aiokafka's class: records of some topics come in batches, those of all others one by one."""
    return (_Batches if place.topic in together else PartitionRecords)(place, *args)


def as_one(place: Any, batches: Iterable[Fetched]) -> Any:
    """Make one record of all that a fetch brought of a partition: its value is all of them, its offset the last."""
    fetched = Fetched(*(list(chain.from_iterable(column)) for column in zip(*batches, strict=True)))
    last, at = fetched.offsets[-1], fetched.written_at[-1]
    return ConsumerRecord(place.topic, place.partition, last, at, 0, None, fetched, None, -1, -1, ())
