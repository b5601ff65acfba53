"""Sorting more than fits into memory: sorted runs go to files without a name, and are merged again."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

import msgspec

from tocsin.errors import ArchiveError

RUN_BYTES = 64 * 1024**2
MAX_RUNS = 64  # files that are open at once
_OVERHEAD_BYTES = 500  # of an entry in memory, beside its line

Entry = tuple[Any, ...]

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Entry] = msgspec.msgpack.Decoder(tuple)


def in_order(entries: Iterable[Entry], run_bytes: int = RUN_BYTES) -> Iterator[Entry]:
    """Sort entries, in about as much memory as one run takes.

    The files cannot be found by others, and vanish with the process, however it ends.

    Args:
        entries: Tuples of texts, integers and bytes, which can be compared; the last is a line.
        run_bytes: How much of them is held in memory.

    Yields:
        The entries, from least to greatest.

    Raises:
        ArchiveError: When the disk is full.
    """
    runs: list[IO[bytes]] = []
    run: list[Entry] = []
    size = 0
    try:
        for entry in entries:
            run.append(entry)
            size += len(entry[-1]) + _OVERHEAD_BYTES
            if size >= run_bytes:
                run.sort()
                runs.append(_spill(run))
                run, size = [], 0
                if len(runs) == MAX_RUNS:
                    runs = [_merged(runs)]
        run.sort()
        yield from heapq.merge(*map(_read, runs), run)
    finally:
        for file in runs:
            file.close()


def _merged(runs: list[IO[bytes]]) -> IO[bytes]:
    merged = _spill(heapq.merge(*map(_read, runs)))
    for file in runs:
        file.close()
    return merged


def _spill(run: Iterable[Entry]) -> IO[bytes]:
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the sorting, which closes it
        for entry in run:
            packed = _encoder.encode(entry)
            file.write(len(packed).to_bytes(4, "little") + packed)
    except OSError as error:
        raise ArchiveError(
            f"{tempfile.gettempdir()}: no room for sorting: {error.strerror}. Name another folder in TMPDIR"
        ) from error
    return file


def _read(file: IO[bytes]) -> Iterator[Entry]:
    file.seek(0)
    while head := file.read(4):
        yield _decoder.decode(file.read(int.from_bytes(head, "little")))
