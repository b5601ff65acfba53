"""Archives: recorded streams, read line by line and played again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from producers.archive.csv_rows import LONGEST_LINE_BYTES as LONGEST_ROW_BYTES
from producers.archive.csv_rows import CsvRows
from producers.archive.documents import LONGEST_LINE_BYTES
from producers.archive.files import LineFile
from producers.archive.formats import IMPORTERS, Format, guess, look
from producers.archive.imported import Finder, Imported, JsonObjects
from producers.archive.importing import Found, Outcome
from producers.archive.native import NativeArchive
from producers.items import Item
from producers.pseudonyms import Pseudonyms
from tocsin.errors import ArchiveError

__all__ = ["Archive", "Format", "Wishes", "open_archive", "open_archives"]


class Archive(Protocol):
    """A recorded stream.

    Attributes:
        size: Bytes on disk.
    """

    size: int

    @property
    def done(self) -> int:
        """Bytes read so far."""

    @property
    def remarks(self) -> list[str]:
        """What was left out, and why."""

    def __iter__(self) -> Iterator[Item]:
        """Yield the lines in the order of the stream, from the start each time."""


@dataclass(frozen=True)
class Wishes:
    """What is said about archives rather than guessed.

    Attributes:
        fmt: Their format; guessed from their first lines if None.
        columns: Of CSV: the column of each field; see :func:`producers.archive.csv_rows.parse_columns`.
        channel: Of all posts; that of the service if None.
        source: Likewise.
    """

    fmt: Format | None = None
    columns: Mapping[str, str] | None = None
    channel: str | None = None
    source: str | None = None


def open_archive(path: Path, author_key: str | None = None, fmt: Format | None = None) -> Archive:
    """Open an archive.

    Args:
        path: Plain or packed.
        author_key: Secret that makes pseudonyms; needed for archives that name real authors.
        fmt: Its format; guessed from its first lines if None.

    Raises:
        ArchiveError: When it cannot be read, is empty, or resembles no format that is known.
        SettingsError: When it needs a key and none, or a short one, is given.
    """
    (archive,) = open_archives([path], author_key, Wishes(fmt))
    return archive


def open_archives(
    paths: Sequence[Path],
    author_key: str | None,
    wishes: Wishes,
    on_refused: Callable[[ArchiveError], None] = lambda _: None,
) -> list[NativeArchive | Imported]:
    """Open several archives; those that must be imported as one, so that what they share counts once.

    Args:
        paths: Plain or packed.
        author_key: Secret that makes pseudonyms; needed for archives that name real authors.
        wishes: What is known about them.
        on_refused: Told why one of several is left out: it cannot be read, is empty, or resembles no known format.

    Raises:
        ArchiveError: When the only one is refused.
        SettingsError: When a key is needed and none, or a short one, is given.
    """
    opened: list[NativeArchive | Imported] = []
    imported: list[tuple[LineFile, Finder]] = []
    for path in paths:
        try:
            layout, lines = look(path)
            fmt = wishes.fmt or ("csv" if wishes.columns and layout == "text" else guess(path, layout, lines))
        except ArchiveError as error:
            if len(paths) == 1:
                raise
            on_refused(error)
            continue
        if fmt == "native":
            opened.append(NativeArchive(path))
        elif fmt == "csv":
            imported.append(_csv(path, Pseudonyms(author_key), wishes))
        else:
            file = LineFile(path, LONGEST_LINE_BYTES)
            finder = JsonObjects(file, layout, IMPORTERS[fmt](Pseudonyms(author_key)))
            imported.append((file, _Renamed(finder, wishes)))
    return [*opened, Imported(imported)] if imported else opened


def _csv(path: Path, pseudonyms: Pseudonyms, wishes: Wishes) -> tuple[LineFile, Finder]:
    if not wishes.columns:
        raise ArchiveError(f"{path}: CSV needs --columns, such as id=tweet_id,at=created_at,author=user,text=body")
    file = LineFile(path, LONGEST_ROW_BYTES)
    return file, CsvRows(file, wishes.columns, pseudonyms, wishes.channel or "csv", wishes.source or "csv-archive")


class _Renamed:
    """Gives posts another channel or source than the service has."""

    def __init__(self, finder: Finder, wishes: Wishes) -> None:
        self._finder = finder
        self._names = {name: wish for name in ("channel", "source") if (wish := getattr(wishes, name))}

    def outcomes(self) -> Iterator[tuple[str, Outcome]]:
        if not self._names:
            return self._finder.outcomes()
        return ((place, self._renamed(outcome)) for place, outcome in self._finder.outcomes())

    def _renamed(self, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, Found):
            return outcome
        return Found(msgspec.structs.replace(outcome.post, **self._names), outcome.version)
