"""Reading lines from plain or gzipped files, in bounded memory, and knowing how far one has come."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tocsin.errors import ArchiveError


class LineFile:
    """The lines of a file. It can be read again and again, each time from the start.

    Args:
        path: NDJSON; gzipped when its first bytes say so, whatever its name.
        longest: Bytes of a line beyond which the rest of it is skipped, so that no line can fill the memory.

    Raises:
        ArchiveError: When there is no such file.
    """

    def __init__(self, path: Path, longest: int) -> None:
        self.path = path
        self._longest = longest
        self._file: IO[bytes] | None = None
        self._done = 0
        try:
            self.size = path.stat().st_size
            with path.open("rb") as file:
                self._gzipped = file.read(2) == b"\x1f\x8b"
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
        with self.path.open("rb") as self._file:
            lines: IO[bytes] = gzip.GzipFile(fileobj=self._file) if self._gzipped else self._file  # type: ignore[assignment]  # it is one in all but name
            try:
                while line := lines.readline(self._longest):
                    number += 1
                    yield number, line.removesuffix(b"\n")
                    while not line.endswith(b"\n") and len(line) == self._longest:
                        line = lines.readline(self._longest)
            except (OSError, EOFError, zlib.error) as error:
                raise ArchiveError(f"{self.path}: unreadable after line {number}: {error}. Is it complete?") from error
            finally:
                self._done = self._file.tell()
