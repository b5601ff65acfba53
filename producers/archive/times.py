"""Times as services and spreadsheets write them, in epoch milliseconds."""

import re
from datetime import UTC, datetime, timedelta

from tocsin.posts import LAST_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TWITTER = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d:\d\d:\d\d) ([+-]\d{4}) (\d{4})", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?", re.ASCII)
_FIRST_MS = 100_000_000_000  # from here on a number counts milliseconds: as such it is 1973, as seconds the year 5138


class TimeError(ValueError):
    """No time, or none that is clear; the message says what was expected."""


def epoch_ms(text: str) -> int:
    """Read a time.

    Args:
        text: ISO 8601 with a zone, Twitter's ``Sat Mar 10 14:03:15 +0000 2018``, or seconds or milliseconds since
            1970.

    Raises:
        TimeError: When it is none of them, or outside the years 1970 to 9999.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        ms = int(number) if number >= _FIRST_MS else round(number * 1000)
    else:
        ms = (_zoned(text) - _EPOCH) // timedelta(milliseconds=1)
    if not 0 <= ms <= LAST_MS:
        raise TimeError("expected a time from 1970 to 9999")
    return ms


def _zoned(text: str) -> datetime:
    if found := _TWITTER.fullmatch(text):
        month, day, clock, zone, year = found.groups()
        number = _MONTHS.index(month) + 1 if month in _MONTHS else 0
        text = f"{year}-{number:02}-{day}T{clock}{zone}"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise TimeError("expected ISO 8601 such as 2009-06-15T12:00:00Z, or seconds or ms since 1970") from None
    if at.tzinfo is None:
        raise TimeError("expected a zone behind the time, such as Z or +04:30")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise TimeError("expected a time from 1970 to 9999") from None
