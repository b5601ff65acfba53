"""Tables of posts: CSV, with a map that says which column is what."""

import csv
from collections import deque
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Self

from producers.archive.files import LineFile
from producers.archive.importing import (
    FieldError,
    Found,
    Outcome,
    Skipped,
    identity,
    language,
    moment,
    series_value,
    written,
)
from producers.pseudonyms import Pseudonyms
from tocsin.errors import ArchiveError
from tocsin.posts import Post

FIELDS = ("id", "at", "author", "text", "lang", "region", "repost", "channel", "source")
REQUIRED = ("at", "author", "text")
LONGEST_LINE_BYTES = 1024**2
_SEPARATORS = ",;\t|"
_TRUE = {"1", "true", "t", "yes", "y"}


def parse_columns(text: str) -> dict[str, str]:
    """Read a map of columns, such as ``id=tweet_id,at=created_at,author=user,text=body``.

    Returns:
        The columns by field.

    Raises:
        ArchiveError: When it names no field, one twice, or not all that a post needs.
    """
    columns: dict[str, str] = {}
    for pair in text.split(","):
        field, equals, column = (part.strip() for part in pair.partition("="))
        if field not in FIELDS or not equals or not column or field in columns:
            raise ArchiveError(
                f"--columns: {pair.strip() or 'nothing'}: expected FIELD=COLUMN, each field once; "
                f"fields are {', '.join(FIELDS)}"
            )
        columns[field] = column
    if missing := [field for field in REQUIRED if field not in columns]:
        raise ArchiveError(f"--columns: {', '.join(missing)} missing; needed are {', '.join(REQUIRED)}")
    return columns


def header_of(line: bytes) -> list[str]:
    """Read the names of the columns."""
    text = line.decode(errors="replace").strip()
    try:
        return [name.strip() for name in next(csv.reader([text], delimiter=_separator(text)), [])]
    except csv.Error:
        return [text]


class CsvRows:
    """The rows of a file as posts.

    Args:
        file: A header, then rows; separated by comma, semicolon, tab or bar, whichever its header has most of.
        columns: Column of each field; see :func:`parse_columns`.
        pseudonyms: Name the authors.
        channel: Of posts that name none.
        source: Likewise.
    """

    def __init__(
        self, file: LineFile, columns: Mapping[str, str], pseudonyms: Pseudonyms, channel: str, source: str
    ) -> None:
        self._file = file
        self._columns = columns
        self._pseudonyms = pseudonyms
        self._channel = channel
        self._source = source

    def outcomes(self) -> Iterator[tuple[str, Outcome]]:
        """Yield what each row gives, with its place: the line that it begins in."""
        lines = _Lines(self._file)
        header = next((line for line in lines if line.strip()), "")
        names = header_of(header.encode(errors="replace"))
        if missing := [f"{column} (for {field})" for field, column in self._columns.items() if column not in names]:
            reason = f"no column {', '.join(missing)}; there are: {', '.join(names)}"
            yield f":{lines.number}", Skipped("unreadable", reason)
            return
        at = {field: names.index(column) for field, column in self._columns.items()}
        rows: Iterator[list[str]] = iter(())
        while True:
            lines.begin_row()
            place = f":{lines.number + 1}"
            try:
                row = next(rows, None)
            except csv.Error as error:
                yield place, Skipped("bad_field", f"row: {error}")
                lines.keep_only_first()
                row = None
            if row:
                yield place, self._outcome(row, at)
            elif row is None:
                if lines.is_at_end:
                    break
                rows = csv.reader(lines, delimiter=_separator(header), strict=True)
        if lines.fault is not None:
            yield f":{lines.number + 1}", lines.fault

    def _outcome(self, row: list[str], at: Mapping[str, int]) -> Outcome:
        cells = {field: row[position] for field, position in at.items() if position < len(row)}
        if any("\udc80" <= letter <= "\udcff" for cell in cells.values() for letter in cell):
            return Skipped("bad_encoding", "expected UTF-8")
        try:
            return Found(self._post(cells))
        except FieldError as error:
            return Skipped("bad_field", f"column {error}")

    def _post(self, cells: Mapping[str, str]) -> Post:
        time, author, text = (cells.get(field) for field in REQUIRED)
        name = self._columns
        return Post(
            id=identity(name["id"], cells.get("id", "").strip()) if "id" in name else _made_up(time, author, text),
            at=moment(name["at"], time),
            source=cells.get("source", "").strip() or self._source,
            channel=cells.get("channel", "").strip().lower() or self._channel,
            author=self._pseudonyms.of(identity(name["author"], author and author.strip())),
            text=written(name["text"], text),
            lang=language(cells.get("lang", "").strip()),
            region=series_value(cells.get("region", "").strip()),
            repost=cells.get("repost", "").strip().lower() in _TRUE,
        )


class _Lines:
    """The lines of a table, some of which can be read again: a quote that is never closed must cost its own row only.

    Attributes:
        number: Of the line read last.
        fault: What is wrong with the file, once its end has been reached.
    """

    def __init__(self, file: LineFile) -> None:
        self._lines = iter(file)
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self.number = 0
        self.is_at_end = False
        self.fault: Skipped | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        self._row.append(line)
        self.number += 1
        return line

    def begin_row(self) -> None:
        """Forget the lines of the rows before."""
        self._row = []

    def keep_only_first(self) -> None:
        """Give out again all lines of this row but the first."""
        self._again.extendleft(reversed(self._row[1:]))
        self.number -= len(self._row[1:])
        self.is_at_end = self.is_at_end and not self._again

    def _read(self) -> str:
        try:
            _, raw = next(self._lines, (0, None))
        except ArchiveError:
            raw = None
            self.fault = Skipped("cut_off", "the file breaks off or is damaged here; nothing after it was read")
        if raw is None:
            self.is_at_end = True
            raise StopIteration
        return raw.decode(errors="surrogateescape") + "\n"


def _made_up(*cells: str | None) -> str:
    """Make an id of a row that has none: rows that are the same in all that matters are the same post."""
    return blake2b("\0".join(map(str, cells)).encode(errors="surrogatepass"), digest_size=12).hexdigest()


def _separator(header: str) -> str:
    return max(_SEPARATORS, key=header.count)
