"""Packing archives: with zstandard, with gzip, or not at all. The same content gives the same bytes."""

import gzip
from typing import IO, Protocol, cast

import zstandard


class Packer(Protocol):
    """Packs bytes into a file."""

    def write(self, data: bytes, /) -> object:
        """Take in bytes."""

    def flush(self) -> object:
        """Hand everything over, so that a reader can unpack it."""

    def finish(self) -> None:
        """Write the end, and leave the file open."""


def packing(file: IO[bytes], suffix: str) -> Packer:
    """Pack what is written to a file.

    Args:
        file: Stays open in the end.
        suffix: Of its name: ``.zst``, ``.gz``; anything else is written as it is.
    """
    kind = {".zst": _Zstd, ".gz": _Gzip}.get(suffix, _Plain)
    return cast("Packer", kind(file))


class _Plain:
    def __init__(self, file: IO[bytes]) -> None:
        self.write = file.write
        self.flush = file.flush

    def finish(self) -> None:
        pass


class _Gzip(gzip.GzipFile):
    """Neither name nor time in its header: the same content gives the same bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0)

    def finish(self) -> None:
        self.close()


class _Zstd:
    """One frame, with a checksum."""

    def __init__(self, file: IO[bytes]) -> None:
        packer = zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(file, closefd=False)
        self.write = packer.write
        self.flush = packer.flush
        self.finish = packer.close
