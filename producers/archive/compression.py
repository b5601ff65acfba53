"""Plain files and those of gzip, bzip2 and zstandard, told apart by their first bytes, and read in bounded memory.

What has been unpacked before a file turns out to be damaged is handed over first; only then the error is raised.
"""

import bz2
import gzip
import zlib
from collections.abc import Generator
from typing import IO, Protocol, cast

import zstandard

GZIP_MAGIC, BZIP2_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd"
# What `zstd -d` accepts without --long; one frame may ask for gigabytes, and every reader would have to find them.
MAX_WINDOW_BYTES = 128 * 1024**2
DAMAGES = (OSError, EOFError, zlib.error, zstandard.ZstdError)  # what reading a broken file may raise
_SKIPPABLE_MAGIC = b"\x2a\x4d\x18"  # behind one byte from 0x50 to 0x5f; pzstd begins with one


class Reader(Protocol):
    """Unpacked bytes."""

    def read1(self, size: int, /) -> bytes:
        """Read at least one byte and at most ``size``; none at the end.

        Raises:
            OSError: Or another of ``DAMAGES``, when the file breaks off or is damaged.
        """


def unpacking(file: IO[bytes]) -> Reader:
    """Read a file from where it stands, unpacked if its first bytes say that it is packed.

    Args:
        file: Seekable.
    """
    start = file.tell()
    magic = file.read(4)
    file.seek(start)
    if magic.startswith(GZIP_MAGIC):
        return gzip.GzipFile(fileobj=file)
    if magic.startswith(BZIP2_MAGIC):
        return bz2.BZ2File(file)
    if magic == ZSTD_MAGIC or (magic[1:] == _SKIPPABLE_MAGIC and magic[0] >> 4 == 5):
        return _ZstdReader(file)
    return cast("Reader", file)


class _ZstdReader:
    """Frames of zstandard, one after the other; unlike the library's reader it notices when the last breaks off."""

    def __init__(self, file: IO[bytes]) -> None:
        self._packed = _Packed(file)
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
        self._unpacked = decompressor.stream_reader(cast("IO[bytes]", self._packed), read_across_frames=True)

    def read1(self, size: int, /) -> bytes:
        data = self._unpacked.read1(size)
        if not data and self._packed.frames.is_inside:
            raise EOFError("the last frame breaks off")
        return data


class _Packed:
    """What the library reads from. It must not lead back to the library's reader, which no garbage collector sees."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._is_padded = False
        self.frames = _FrameWalk()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.frames.follow(data)
        if not data and self.frames.is_between_blocks and not self._is_padded:
            # The library asks for more before it hands over the rest of the last block. A byte too few to mean
            # anything, where the header of another block would begin, makes it do so.
            self._is_padded = True
            return b"\0"
        return data


class _FrameWalk:
    """Walks over packed bytes from header to header, and so knows whether they end where a frame ends.

    References:
        RFC 8878, section 3.1: frames and blocks of zstandard.
    """

    def __init__(self) -> None:
        self.is_inside = False
        self._is_in_block = False
        self._steps = self._walk()
        self._missing = next(self._steps)  # bytes until the next header is whole
        self._header = b""

    @property
    def is_between_blocks(self) -> bool:
        """Whether a frame has begun, and the next thing in it has not."""
        return self.is_inside and not self._is_in_block and not self._header

    def follow(self, data: bytes) -> None:
        """Walk on over the next bytes of the file."""
        at = 0
        while at < len(data):
            step = min(self._missing, len(data) - at)
            # Headers are at most 17 bytes; of longer stretches, which are skipped, nothing is kept.
            self._header = (self._header + data[at : at + min(step, 32)])[:32]
            at += step
            self._missing -= step
            while not self._missing:
                header, self._header = self._header, b""
                self._missing = self._steps.send(header)
        self.is_inside = self.is_inside or bool(self._header)

    def _walk(self) -> Generator[int, bytes, None]:
        """Yield how many bytes come next, and be sent the first of them."""
        while True:
            self.is_inside = False
            magic = yield 4
            self.is_inside = True
            if magic != ZSTD_MAGIC:  # to be skipped; if it is nothing at all, the library will say so
                yield int.from_bytes((yield 4), "little")
                continue
            (flags,) = yield 1
            yield _header_bytes(flags)
            last = False
            while not last:
                block = int.from_bytes((yield 3), "little")
                last, kind, size = bool(block & 1), block >> 1 & 3, block >> 3
                self._is_in_block = True
                yield 1 if kind == 1 else size  # 1: a single byte, repeated
                self._is_in_block = False
            yield 4 if flags & 4 else 0  # the checksum


def _header_bytes(flags: int) -> int:
    """Tell how long the rest of a frame's header is: window, number of the dictionary, size of the content."""
    single = flags >> 5 & 1
    return (1 - single) + (0, 1, 2, 4)[flags & 3] + (single, 2, 4, 8)[flags >> 6]
