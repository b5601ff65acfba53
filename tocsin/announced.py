"""What can be made out in a loosely written announcement: a date, times on a clock face, a note in another clock."""

import re
from dataclasses import dataclass
from datetime import date

from tocsin.zones import UnclearTimeError, meanings, places

_DAY_MINUTES = 1440
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?\s*(a\.?m\.?|p\.?m\.?|a|p|h)?(?![A-Za-z0-9])"
_RANGE = re.compile(rf"(?<![\d:.+-]){_TIME}\s*(?:-|–|—|to|until)\s*{_TIME}", re.IGNORECASE)
_SINGLE = re.compile(rf"(?<![\d:.+-]){_TIME}", re.IGNORECASE)
_NOTE = re.compile(
    rf"[(\[/,;]\s*(?P<times>{_TIME}(?:\s*(?:-|–|—|to)\s*{_TIME})?)\s+(?:(?:in|at|for)\s+)?"
    r"(?P<place>[A-Za-z][A-Za-z .'&-]*?)(?:\s+time)?\s*[)\]]?\s*$",
    re.IGNORECASE,
)
_ISO = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_WORDED = (
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>\d{{4}}))?\b", re.IGNORECASE
    ),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year>\d{{4}}))?", re.IGNORECASE),
)


@dataclass(frozen=True)
class Face:
    """Times on the face of a clock, in minutes since its midnight; the end may lie beyond the next one."""

    begin: int
    end: int | None


@dataclass(frozen=True)
class Note:
    """The same window in another clock.

    Attributes:
        words: As they were written.
        begins: What that clock may show at the beginning, in minutes since midnight.
        zones: IANA names of the zones that may be meant; empty if the place is not known.
    """

    words: str
    begins: frozenset[int]
    zones: tuple[str, ...]


def find_note(text: str) -> tuple[str, Note | None]:
    """Find a note such as ``(1:30a in Iran)`` or ``/ 17:00 EDT`` at the end, and cut it off."""
    found = _NOTE.search(text)
    if found is None:
        return text, None
    place = found["place"]
    zones = places(place) or tuple(meaning.zone for meaning in meanings(place))
    begins = frozenset(face.begin for face in find_faces(found["times"]))
    return text[: found.start()], Note(found[0].strip("()[]/,; "), begins, zones)


def find_day(text: str, today: date) -> tuple[str, date | None]:
    """Find a date, and cut it out.

    Args:
        text: As it was written.
        today: Gives the year where none is written.

    Raises:
        UnclearTimeError: When what looks like a date has several readings, or none.
    """
    if found := _ISO.search(text) or _SLASHED.search(text):
        first, second, third = map(int, found.groups())
        if found.re is _ISO:
            orders = [(first, second, third)]
        elif len(found[3]) == 4:
            orders = [(third, first, second), (third, second, first)]
        else:
            orders = [(2000 + third, first, second), (2000 + third, second, first), (2000 + first, second, third)]
    elif found := next((m for pattern in _WORDED if (m := pattern.search(text))), None):
        year = int(found["year"]) if found["year"] else today.year
        orders = [(year, _MONTHS.index(found["month"].lower()) + 1, int(found["day"]))]
    else:
        return text, None
    days = sorted({day for order in orders if (day := _date(*order)) is not None})
    if len(days) == 1:
        return f"{text[: found.start()]} {text[found.end() :]}", days[0]
    if not days:
        raise UnclearTimeError(f'"{text}": {found[0]} is no date of the calendar; expected YYYY-MM-DD')
    spelt = " or ".join(f"{day} ({day.day} {day:%B})" for day in days)
    raise UnclearTimeError(f'"{text}": {found[0]} has {len(days)} readings. Write {spelt}')


def find_faces(text: str) -> tuple[Face, ...]:
    """Find the first range of times, or the first time: each way to read it on the face of a clock.

    ``2-3p`` is read as 2 to 3 in the afternoon, ``11-1p`` as two hours around noon; of ``2:00-3:00`` nobody knows which
    half of the day is meant.
    """
    if found := _RANGE.search(text):
        parts = found.groups()
        return tuple(_faces(parts[:3], parts[3:]))
    for found in _SINGLE.finditer(text):
        if found[2] or found[3]:
            return tuple(Face(begin, None) for begin in _minutes(found.groups(), whole_day=_is_24h(found.groups())))
    return ()


def _faces(first: tuple[str | None, ...], last: tuple[str | None, ...]) -> list[Face]:
    whole_day = _is_24h(first) or _is_24h(last)
    begins, ends = _minutes(first, whole_day=whole_day), _minutes(last, whole_day=whole_day)
    faces = [Face(begin, begin + ((end - begin) % _DAY_MINUTES or _DAY_MINUTES)) for begin in begins for end in ends]
    if len(begins) == 1 or len(ends) == 1:  # where one half of the day is named, the nearest other end is meant
        return sorted(faces, key=_length)[:1]
    return [min((face for face in faces if face.begin == begin), key=_length) for begin in begins]


def _length(face: Face) -> int:
    return (face.end or face.begin) - face.begin


def _is_24h(parts: tuple[str | None, ...]) -> bool:
    hour, _, mark = parts
    return mark in {"h", "H"} or (not mark and (int(hour or 0) > 12 or (hour or "").startswith("0")))


def _minutes(parts: tuple[str | None, ...], *, whole_day: bool) -> list[int]:
    """Tell which minutes of the day a time may be: two of them if the half is not known."""
    hour, minute, mark = int(parts[0] or 0), int(parts[1] or 0), (parts[2] or "")[:1].lower()
    if minute > 59 or hour > 23 or (mark in {"a", "p"} and not 1 <= hour <= 12):
        return []
    if mark in {"a", "p"}:
        return [(hour % 12 + (12 if mark == "p" else 0)) * 60 + minute]
    return [hour * 60 + minute] if whole_day else [hour % 12 * 60 + minute, (hour % 12 + 12) * 60 + minute]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
