"""Reading lines from plain or packed files, in bounded memory, and knowing how far one has come."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from producers.archive.compression import DAMAGES, unpacking
from producers.archive.encodings import as_utf8
from tocsin.errors import ArchiveError
from tocsin.posts import line_breaks

BLOCK_BYTES = 128 * 1024  # some hundred posts: their counting then stays in the cache
_READ_BYTES = 128 * 1024


class LineFile:
    """The lines of a file. It can be read again and again, each time from the start.

    Args:
        path: UTF-8, or UTF-16 with a byte-order mark; packed when its first bytes say so, whatever its name.
        longest: Bytes of a line beyond which the rest of it is skipped, so that no line can fill the memory.

    Attributes:
        lines: How many there are; None until it has been read to its end.

    Raises:
        ArchiveError: When there is no such file.
    """

    def __init__(self, path: Path, longest: int) -> None:
        self.path = path
        self._longest = longest
        self._file: IO[bytes] | None = None
        self._done = 0
        self.lines: int | None = None
        try:
            self.size = path.stat().st_size
            with path.open("rb") as file:
                file.read(1)  # a folder can be opened, yet not read
        except OSError as error:
            raise ArchiveError(f"{path}: cannot be read: {error.strerror}") from error

    @property
    def done(self) -> int:
        """Bytes of the file, as it lies on disk, that have been read."""
        if self._file is not None and not self._file.closed:
            self._done = self._file.tell()
        return self._done

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield line numbers, from 1, and lines without their line break.

        Raises:
            ArchiveError: When the file breaks off or is damaged; with the number of the line.
        """
        number = 0
        for block in self.blocks():
            for line in block.removesuffix(b"\n").split(b"\n"):
                number += 1
                yield number, line

    def blocks(self) -> Iterator[bytes]:
        """Yield whole lines, about 128 KiB of them at a time.

        A block ends with a line break; the last one only if the file does. Of a line that is too long the rest is
        left out. Joined, the blocks of a file without such lines are its content, in UTF-8.

        Raises:
            ArchiveError: When the file breaks off or is damaged, once all whole lines before have come out.
        """
        lines, cutter = 0, _Cutter(self._longest)
        with self.path.open("rb") as self._file:
            try:
                reader = as_utf8(unpacking(self._file))
                while data := reader.read1(min(_READ_BYTES, self._longest)):
                    cutter.add(data)
                    if cutter.size >= BLOCK_BYTES:
                        lines += cutter.lines
                        yield cutter.take()
            except DAMAGES as error:
                lines += cutter.lines
                if cutter.size:
                    yield cutter.take()
                raise ArchiveError(f"{self.path}: unreadable after line {lines}: {error}. Is it complete?") from error
            finally:
                self._done = self._file.tell()
        self.lines = lines + cutter.lines + bool(cutter.open_line)
        if rest := cutter.take() + cutter.open_line:
            yield rest


class _Cutter:
    """Puts what has been read together to whole lines, and cuts those that are too long.

    Args:
        longest: Bytes of a line. No piece that is added may be longer, so that only its first line can be too long.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._whole: list[bytes] = []
        self._open: list[bytes] = []
        self._open_size = 0
        self.size = 0
        self.lines = 0

    @property
    def open_line(self) -> bytes:
        """The line that has not ended yet."""
        return b"".join(self._open)

    def add(self, data: bytes) -> None:
        """Take in the next piece of the file."""
        first, last = data.find(b"\n"), data.rfind(b"\n")
        if first < 0:
            self._continue(data)
            return
        self._continue(data[:first])
        ended = data[first : last + 1]
        self._whole += (*self._open, ended)
        self.size += self._open_size + len(ended)
        self.lines += line_breaks(ended)
        self._open, self._open_size = [], 0
        self._continue(data[last + 1 :])

    def take(self) -> bytes:
        """Hand over the whole lines."""
        block = b"".join(self._whole)
        self._whole, self.size, self.lines = [], 0, 0
        return block

    def _continue(self, data: bytes) -> None:
        kept = data[: self._longest - self._open_size]
        if kept:
            self._open.append(kept)
            self._open_size += len(kept)
