"""Lines of many series that grow side by side, put one series behind the other: in a file, for memory is bounded."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryFile

from tocsin import openmetrics
from tocsin.backfill import Key, place_of
from tocsin.errors import ArchiveError
from tocsin.present import GAUGES


class Runs:
    """Text by series, in a file that is gone with this object.

    Args:
        folder: Where the file lies.

    Attributes:
        samples: How many lines are in it.

    Raises:
        ArchiveError: When nothing can be written there.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - it stays open as long as this object
        except OSError as error:
            raise ArchiveError(f"{folder}: cannot be written to: {error.strerror}") from error
        self._end = 0
        self._places: dict[Key, list[tuple[int, int]]] = {}  # where the text of each series lies, and how long it is
        self.samples = 0

    def add(self, texts: Mapping[Key, str]) -> None:
        """Take more text in, which goes behind what there is of each series."""
        for key, text in texts.items():
            data = text.encode()
            self._places.setdefault(key, []).append((self._end, len(data)))
            self._end += self._file.write(data)
            self.samples += text.count("\n")

    def whole(self) -> Iterator[bytes]:
        """Yield the whole text, family by family in their order, and in each series by series."""
        family = ""
        for key in sorted(self._places, key=place_of):
            if key[0] != family:
                family = key[0]
                yield openmetrics.heading(family, GAUGES[family][0]).encode()
            for begin, length in self._places[key]:
                self._file.seek(begin)
                yield self._file.read(length)
        yield openmetrics.END.encode()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()
