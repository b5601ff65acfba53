import tempfile
import tracemalloc
from random import Random

import pytest

from producers.archive import sorting
from producers.archive.sorting import in_order
from tocsin.errors import ArchiveError


def shuffled(count):
    entries = [(n // 3, str(n), b"line %d" % n) for n in range(count)]
    Random(1).shuffle(entries)
    return entries


@pytest.mark.parametrize("run_bytes", [1, 2000, 10**9])
def test_entries_come_out_in_order_however_few_fit_into_memory(run_bytes, monkeypatch):
    monkeypatch.setattr(sorting, "MAX_RUNS", 4)
    entries = shuffled(200)

    assert list(in_order(entries, run_bytes)) == sorted(entries)


def test_nothing_is_nothing():
    assert list(in_order([])) == []


def test_memory_stays_flat():
    def entries():
        rnd = Random(1)
        return ((rnd.getrandbits(60), b"x" * 1000) for _ in range(20_000))

    tracemalloc.start()
    count = sum(1 for _ in in_order(entries(), 1024**2))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 20_000
    assert peak < 5 * 1024**2


def test_a_disk_without_room_is_named_with_the_remedy(monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(ArchiveError, match=r"No space left on device\. Name another folder in TMPDIR"):
        list(in_order(shuffled(10), 1))
