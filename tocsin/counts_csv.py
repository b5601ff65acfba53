"""A series of counts as CSV: what researchers have of a stream, and what they get back.

Nothing is opened here: lines come in, and text goes out.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from tocsin.detect.scores import Scored
from tocsin.errors import ArchiveError

MOST = 10**12
# A clock that is put back repeats an hour. Whatever goes back further is not in order.
BACK_MS = 2 * 3_600_000
_MILLISECONDS_FROM, _MILLISECONDS_TO = 10**11, 10**14  # an epoch time is seconds below, and nonsense beyond
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER = ("timestamp", "value", "expected", "lower", "upper", "burst_score", "outage_score")
_WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a series.

    Attributes:
        line: Where it ends in the file, from 1.
        timestamp, text: Its time and its value as they are spelt there.
        at_ms: Its time, epoch ms; one without a zone is taken for UTC.
        value: Its count, rounded; None where the value is empty: nobody looked.
        rounded: Whether the value had a fraction.
    """

    line: int
    timestamp: str
    text: str
    at_ms: int
    value: int | None
    rounded: bool


@dataclass(frozen=True)
class Columns:
    """Which columns hold what; matched without regard to case where none is spelt exactly so."""

    time: str = "timestamp"
    value: str = "value"


def read_counts(lines: Iterable[str], name: str, columns: Columns) -> list[Row]:
    """Read a series.

    Args:
        lines: Of the CSV, the header first.
        name: Of the file, for errors.
        columns: Names of the two that matter.

    Returns:
        All rows, in their order; at least one.

    Raises:
        ArchiveError: When a column is missing, or a row cannot be used; tells the line and the field.
    """
    rows = list(_rows(lines, name, columns))
    if not rows:
        raise ArchiveError(f"{name}: there is no row of counts in it; expected a header, and a row for each bucket")
    return rows


def write_scores(rows: Iterable[tuple[Row, Scored]]) -> str:
    """Spell rows with their scores as CSV; time and value stay as they were spelt."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for row, scored in rows:
        band = (f"{bound:.3f}" for bound in (scored.expected, scored.lower, scored.upper))
        writer.writerow((row.timestamp, row.text, *band, f"{scored.burst:.6f}", f"{scored.outage:.6f}"))
    return text.getvalue()


def _rows(lines: Iterable[str], name: str, columns: Columns) -> Iterator[Row]:
    reader = csv.reader(lines, strict=True)
    header: list[str] | None = None
    newest: Row | None = None
    try:
        for cells in reader:
            if not cells:
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                time, value = (_find(wanted, header, name) for wanted in (columns.time, columns.value))
                continue
            place = f"{name} line {reader.line_num}"
            if len(cells) != len(header):
                raise ArchiveError(f"{place}: expected {len(header)} fields as in the header, got {len(cells)}")
            at_ms = _time(cells[time], f'{place}: field "{header[time]}"')
            count, rounded = _count(cells[value], f'{place}: field "{header[value]}"')
            row = Row(reader.line_num, cells[time], cells[value], at_ms, count, rounded)
            newest = _check_order(row, newest, f'{place}: field "{header[time]}"')
            yield row
    except csv.Error as error:
        raise ArchiveError(f"{name} line {reader.line_num}: not CSV: {error}") from error


def _find(wanted: str, header: Sequence[str], name: str) -> int:
    """Find a column: as it is spelt, or else without regard to case."""
    exact = [at for at, column in enumerate(header) if column == wanted]
    found = exact or [at for at, column in enumerate(header) if column.casefold() == wanted.casefold()]
    if len(found) == 1:
        return found[0]
    trouble = "is there more than once" if found else "is missing"
    raise ArchiveError(
        f"{name}: column {wanted} {trouble}; there are: {', '.join(header)}. "
        "Name the two that matter with --time-column and --value-column"
    )


def _time(text: str, field: str) -> int:
    """Read a time, as ISO 8601 or since 1970, to epoch ms."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _iso_time(text, field)
    if not (number.is_finite() and abs(number) < _MILLISECONDS_TO):
        raise ArchiveError(f'{field}: expected seconds or milliseconds since 1970, got "{text}"')
    return int(number if abs(number) >= _MILLISECONDS_FROM else number * 1000)


def _iso_time(text: str, field: str) -> int:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ArchiveError(
            f"{field}: expected a time such as 2009-06-15 16:00:00, 2009-06-15T16:00:00Z or 1245081600 "
            f'(seconds or milliseconds since 1970), got "{text}"'
        ) from None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (time - _EPOCH) // timedelta(milliseconds=1)


def _count(text: str, field: str) -> tuple[int | None, bool]:
    """Read a count; tells also whether it had to be rounded."""
    if not text.strip():
        return None, False
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not (number.is_finite() and 0 <= number <= MOST):
        raise ArchiveError(
            f'{field}: expected a number from 0 to {MOST:,}, got "{text}". Leave it empty where nothing was observed'
        )
    whole = number.quantize(_WHOLE, ROUND_HALF_UP)
    return int(whole), whole != number


def _check_order(row: Row, newest: Row | None, field: str) -> Row:
    """Let a row go back as far as a clock is put back; returns the newest row."""
    if newest is None or row.at_ms >= newest.at_ms:
        return row
    if row.at_ms < newest.at_ms - BACK_MS:
        raise ArchiveError(
            f'{field}: "{row.timestamp}" is more than {BACK_MS // 3_600_000} hours before "{newest.timestamp}" '
            f"in line {newest.line}. Sort the rows by time"
        )
    return newest
