"""Event times on the command line: from when, and until when."""

import re

from tocsin.cli.show import utc
from tocsin.local_time import read_moment
from tocsin.zones import UnclearTimeError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_bounds(begin: str | None, end: str | None) -> tuple[int | None, int | None]:
    """Read where a stream is to be cut, to epoch ms.

    Args:
        begin: Such as ``2009-06-15T18:30Z``; a date alone is its beginning in UTC.
        end: Likewise.

    Raises:
        UnclearTimeError: When one of them can be misread, or nothing lies between them.
    """
    first, last = (None if text is None else read_bound(text) for text in (begin, end))
    if first is not None and last is not None and first >= last:
        raise UnclearTimeError(f"--from {utc(first)} --to {utc(last)}: nothing lies between them")
    return first, last


def read_bound(text: str) -> int:
    """Read one of them.

    Raises:
        UnclearTimeError: When it can be misread.
    """
    return read_moment(f"{text}T00:00Z" if _DAY.fullmatch(text.strip()) else text)
