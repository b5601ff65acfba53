from random import Random

import pytest
from aiokafka.structs import TopicPartition

from processors import runs as module
from processors.fetched import Fetched
from processors.runs import MOST_BYTES
from tocsin.errors import StaleWorkerError

PLACE = TopicPartition("posts", 0)


def stored(*values, first=0):
    offsets = list(range(first, first + len(values)))
    return Fetched(offsets, [1_000 + n for n in range(len(values))], list(values))


def runs(fetched, begin):
    return module.runs(PLACE, fetched, begin)


def test_small_records_become_one_and_each_line_knows_where_it_stood():
    (run,) = runs(stored(b"a", b"b\nc", None, b"d\n", b"e", first=10), 10)
    assert (run.begin, run.end, run.value) == (10, 15, b"a\nb\nc\n\nd\n\ne")
    assert list(run.written_at) == [1_000, 1_001, 1_001, 1_002, 1_003, 1_003, 1_004]
    assert [run.place(line) for line in range(1, 8)] == [(10, 1), (11, 1), (11, 2), (12, 1), (13, 1), (13, 2), (14, 1)]


def test_a_record_by_itself_is_left_as_it_is():
    (run,) = runs(stored(b"a\nb", first=3), 3)
    assert (run.begin, run.end, run.value, run.written_at) == (3, 4, b"a\nb", 1_000)
    assert run.place(2) == (3, 2)


def test_what_was_read_before_is_left_out():
    records = stored(b"a", b"b", b"c", first=4)
    assert [(run.begin, run.value) for run in runs(records, 6)] == [(6, b"c")]
    assert list(runs(records, 7)) == []


@pytest.mark.parametrize("missing", [0, 2])
def test_a_missing_record_is_named(missing):
    records = stored(b"a", b"b", b"c", b"d")
    for column in records:
        del column[missing]
    with pytest.raises(StaleWorkerError, match=rf"posts\[0\]: offset {missing + 1} came, {missing} was expected"):
        list(runs(records, 0))


def test_a_run_is_bounded_but_a_record_is_never_cut():
    half, big = b"x" * (MOST_BYTES // 2), b"x" * (MOST_BYTES + 1)
    found = list(runs(stored(half, half, b"a", big, b"b", b"c"), 0))
    assert [(run.begin, run.end) for run in found] == [(0, 2), (2, 3), (3, 4), (4, 6)]


def test_any_cut_says_the_same_in_the_same_order():
    rnd = Random(1)
    values = [b"\n".join(b"%d" % rnd.randrange(10**60) for _ in range(rnd.randint(1, 290))) for _ in range(99)]
    found = list(runs(stored(*values), 0))
    assert len(found) > 2
    assert b"\n".join(run.value for run in found) == b"\n".join(values)
    for run in found:
        lines = run.value.split(b"\n")
        for number in range(1, len(lines) + 1):
            offset, line = run.place(number)
            assert values[offset].split(b"\n")[line - 1] == lines[number - 1]
            assert run.written_at[number - 1] == 1_000 + offset
