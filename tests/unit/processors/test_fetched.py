"""aiokafka's own unpacking, and ours in its place."""

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c_py
from aiokafka.structs import TopicPartition

from processors.fetched import Fetched, unpacking

POSTS, OTHER = TopicPartition("posts", 0), TopicPartition("tallies", 0)


def batch(first, *values, control=False):
    """Spell a batch of records as it is stored."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for number, value in enumerate(values):
        builder.append(number, 1_000 + first + number, b"key", value, [("header", b"x")])
    stored = bytearray(builder.build())
    stored[:8] = first.to_bytes(8, "big")
    if control:
        stored[22] |= 0x20  # of the attributes
        stored[17:21] = calc_crc32c_py(memoryview(stored)[21:]).to_bytes(4, "big")
    return bytes(stored)


def unpacked(together, place, data, begin=0):
    return unpacking(together, place, MemoryRecords(data), None, begin, None, None, True, 0)


def columns(*values, first):
    offsets = list(range(first, first + len(values)))
    return Fetched(offsets, [1_000 + offset for offset in offsets], list(values))


def test_a_batch_becomes_columns_and_is_read_from_where_it_was_asked_for():
    records = unpacked({"posts"}, POSTS, batch(0, b"a", b"b") + batch(2, b"c", None, b"e"), begin=1)
    assert next(records) == columns(b"b", first=1)
    assert records.next_fetch_offset == 2
    assert next(records) == columns(b"c", None, b"e", first=2)
    assert records.next_fetch_offset == 5
    assert list(records) == []


def test_what_a_broker_marks_for_itself_is_passed_over():
    records = unpacked({"posts"}, POSTS, batch(0, b"a") + batch(1, b"mark", control=True))
    assert list(records) == [columns(b"a", first=0)]
    assert records.next_fetch_offset == 2


def test_a_spoilt_batch_is_told():
    spoilt = bytearray(batch(4, b"abc"))
    spoilt[-2] ^= 1
    with pytest.raises(CorruptRecordException, match="posts"):
        list(unpacked({"posts"}, POSTS, bytes(spoilt), begin=4))


def test_records_of_other_topics_come_one_by_one():
    (one,) = unpacked({"posts"}, OTHER, batch(9, b"y"), begin=9)
    assert (one.topic, one.offset, one.timestamp, one.key, one.value) == ("tallies", 9, 1_009, b"key", b"y")
