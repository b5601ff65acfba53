"""Local times that nobody can misread: a date, a clock and its zone in, one moment out; or a refusal that explains.

Nothing is guessed. A time that a clock skips or shows twice, a range that may be an offset, a missing zone: each is
refused, with what to write instead. Looser texts are explained by :mod:`tocsin.readings`.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from tocsin.wall_clock import MINUTE_MS, Fold, local, moments, offset_minutes, only_moment
from tocsin.zones import UTC_NAME, UnclearTimeError, spell_offset, zone_of

LONGEST_MS = 7 * 24 * 60 * MINUTE_MS
_YEARS = range(1971, 9999)
_UNITS_MS = {"d": 1440 * MINUTE_MS, "h": 60 * MINUTE_MS, "m": MINUTE_MS}
_FARTHEST_WEST, _FARTHEST_EAST = -12 * 60, 14 * 60  # minutes, of any zone today

_DATE = r"(?P<{0}day>\d{{4}}-\d{{2}}-\d{{2}})"
_TIME = (
    r"(?:(?P<{0}hour>\d{{2}}):(?P<{0}minute>\d{{2}})(?::(?P<{0}second>\d{{2}}))?"
    r"|(?P<{0}hour12>\d{{1,2}})(?::(?P<{0}minute12>\d{{2}}))?\s*(?P<{0}half>[ap])\.?m\.?)"
)
_OFFSET = r"(?P<{0}offset>Z|[+-]\d{{2}}:?\d{{2}})?"
_ZONE = rf"(?:\s+(?P<zone>{UTC_NAME}|[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+))?"
_BEGIN = (_DATE + r"(?:T|\s+)" + _TIME + _OFFSET).format("")
_END = (rf"\s*(?:-|–|—|/|to|until)\s*(?:{_DATE}(?:T|\s+))?" + _TIME + _OFFSET).format("end_")
_SINGLE = re.compile(_BEGIN + _ZONE, re.IGNORECASE)
_RANGE = re.compile(_BEGIN + _END + _ZONE, re.IGNORECASE)
_DATELESS = re.compile(_TIME.format("") + r"(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """What is said beside the text of a window.

    Attributes:
        zone: IANA name of the clock that the text is read from.
        duration_ms: Length of the window, where the text has no end.
        fold: Which of two is meant, where a clock shows a time twice.
        day: The date, where the text has none.
    """

    zone: str | None = None
    duration_ms: int | None = None
    fold: Fold | None = None
    day: date | None = None


@dataclass(frozen=True)
class Span:
    """A window of time ``[begin, end)`` in epoch ms."""

    begin: int
    end: int


class InexactError(UnclearTimeError):
    """A text that is not in the exact form at all."""


def read_span(text: str, wanted: Wanted) -> Span:
    """Read a window that is spelt exactly, such as ``2009-06-16 14:00-15:00``.

    Args:
        text: A date and a time, with an end or without; ISO 8601 is understood.
        wanted: What is said beside it.

    Raises:
        InexactError: When it is spelt in another way.
        UnclearTimeError: When it has no reading, or several.
    """
    text = text.strip()
    if _DATELESS.match(text) and wanted.day is not None:
        text = f"{wanted.day} {text}"
    single, ranged = _SINGLE.fullmatch(text), _RANGE.fullmatch(text)
    found = _choose(text, single, ranged, wanted)
    if wanted.day is not None and _day(text, found["day"]) != wanted.day:
        raise UnclearTimeError(f'"{text}": its date is not that of --date {wanted.day}. Leave one of them out')
    if found["zone"] and wanted.zone and found["zone"] != wanted.zone:
        raise UnclearTimeError(f'"{text}": its zone is not --zone {wanted.zone}. Leave one of them out')
    wanted = replace(wanted, zone=found["zone"] or wanted.zone)
    return _span(text, found, wanted, has_end=found is ranged)


def read_moment(text: str, zone: str | None = None, fold: Fold | None = None) -> int:
    """Read one moment, such as ``2009-06-15T18:30Z``, to epoch ms.

    Raises:
        UnclearTimeError: When it has no reading, or several.
    """
    wanted = Wanted(zone, fold=fold)
    found = _SINGLE.fullmatch(text.strip())
    if found is None:
        raise UnclearTimeError(f'"{text}": expected a date and a time, such as 2009-06-15T18:30Z')
    if found["zone"] and zone and found["zone"] != zone:
        raise UnclearTimeError(f'"{text}": its zone is not --zone {zone}. Leave one of them out')
    return _moment(text, found, "", replace(wanted, zone=found["zone"] or zone))


def read_duration(text: str) -> int:
    """Read a duration from a minute to seven days, such as ``90m``, ``1h`` or ``1h30m``, to milliseconds.

    Raises:
        UnclearTimeError: When it is no such thing.
    """
    parts = re.fullmatch(r"(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?", text.strip())
    length = sum(int(n or 0) * unit for n, unit in zip(parts.groups(), _UNITS_MS.values(), strict=True)) if parts else 0
    if not MINUTE_MS <= length <= LONGEST_MS:
        raise UnclearTimeError(f"{text}: expected a duration from 1m to 7d, such as 90m, 1h or 1h30m")
    return length


def spell_span(span: Span, zone: tzinfo) -> str:
    """Spell a window so that it can be read back, such as ``2009-06-16 14:00-15:00``."""
    begin, end = local(span.begin, zone), local(span.end, zone)
    form = "%H:%M:%S" if begin.second or end.second else "%H:%M"
    if begin.date() == end.date():
        return f"{begin:%Y-%m-%d} {begin:{form}}-{end:{form}}"
    return f"{begin:%Y-%m-%d} {begin:{form}} - {end:%Y-%m-%d} {end:{form}}"


def _choose(text: str, single: re.Match[str] | None, ranged: re.Match[str] | None, wanted: Wanted) -> re.Match[str]:
    """Tell an end from an offset: ``14:00-07:00`` may be either."""
    if single is None or ranged is None or not _is_offset(single["offset"]):
        if chosen := ranged or single:
            return chosen
        raise InexactError(f'"{text}": expected a date and a time, such as "2009-06-16 14:00-15:00"')
    zone = single["zone"] or wanted.zone
    if wanted.duration_ms is None and zone is None:
        raise UnclearTimeError(
            f'"{text}": the part behind the minus may be an end or an offset from UTC. With an end, say whose clock it '
            "is: --zone Area/City. With an offset, say how long it takes: --duration 1h"
        )
    return ranged if wanted.duration_ms is None else single


def _span(text: str, found: re.Match[str], wanted: Wanted, *, has_end: bool) -> Span:
    begin = _moment(text, found, "", wanted)
    if has_end and wanted.duration_ms is not None:
        raise UnclearTimeError(f'"{text}": it has an end, and --duration says it again. Leave one of them out')
    if has_end:
        end = _moment(text, found, "end_", wanted)
    elif wanted.duration_ms is not None:
        end = begin + wanted.duration_ms
    else:
        raise UnclearTimeError(f'"{text}": it has no end. Write one, such as 14:00-15:00, or say --duration 1h')
    if end <= begin:
        raise UnclearTimeError(
            f'"{text}": it ends before it begins. If it ends on the next day, write both dates '
            '("2009-06-16 23:30 - 2009-06-17 00:30"), or say --duration'
        )
    if end - begin > LONGEST_MS:
        raise UnclearTimeError(f'"{text}": longer than seven days. Declare what is interrupted, not a season')
    return Span(begin, end)


def _moment(text: str, found: re.Match[str], which: str, wanted: Wanted) -> int:
    """Find the moment that the begin (``""``) or the end (``"end_"``) of a match names."""
    other = "" if which else "end_"
    parts = found.groupdict()
    day = _day(text, parts[f"{which}day"] or parts["day"])
    offset = parts[f"{which}offset"] or parts.get(f"{other}offset")
    zone = zone_of(wanted.zone) if wanted.zone else None
    clock: tzinfo | None = zone if offset is None else _fixed(text, offset)
    if clock is None:
        raise UnclearTimeError(
            f'"{text}": whose clock is it? Say --zone America/Los_Angeles (an IANA name, never PST), or write an '
            "offset: 2009-06-16T14:00-07:00"
        )
    shown = datetime.combine(day, _time(text, parts, which), tzinfo=clock)
    at = only_moment(text, shown, wanted.fold) if isinstance(clock, ZoneInfo) else moments(shown)[0]
    if zone is not None and local(at, zone).utcoffset() != local(at, clock).utcoffset():
        raise UnclearTimeError(
            f'"{text}": {offset} is not what {zone.key} keeps then, which is {spell_offset(offset_minutes(at, zone))}. '
            "Leave one of them out. (If it is an end, leave out --duration.)"
        )
    return at


def _day(text: str, spelt: str) -> date:
    try:
        day = date.fromisoformat(spelt)
    except ValueError:
        raise UnclearTimeError(f'"{text}": {spelt} is no date of the calendar; expected YYYY-MM-DD') from None
    if day.year not in _YEARS:
        raise UnclearTimeError(f'"{text}": expected a year from {_YEARS[0]} to {_YEARS[-1]}')
    return day


def _time(text: str, parts: dict[str, str | None], which: str) -> time:
    """Read the time of day; 12 am and 12 pm are refused, for people take them for either end of the day."""
    if half := parts[f"{which}half"]:
        hour, minute, second = int(parts[f"{which}hour12"] or 0), int(parts[f"{which}minute12"] or 0), 0
        if hour == 12:
            raise UnclearTimeError(f'"{text}": 12 {half}m is noon to some and midnight to others. Write 12:00 or 00:00')
        if not 1 <= hour <= 12:
            raise UnclearTimeError(f'"{text}": {hour} {half}m is no time of day. Write {hour:02d}:{minute:02d}')
        hour += 12 if half in "pP" else 0
    else:
        hour, minute, second = (int(parts[f"{which}{unit}"] or 0) for unit in ("hour", "minute", "second"))
    try:
        return time(hour, minute, second)
    except ValueError:
        raise UnclearTimeError(
            f'"{text}": {hour:02d}:{minute:02d} is no time of day. Expected 00:00 to 23:59; midnight is 00:00'
        ) from None


def _is_offset(spelt: str | None) -> bool:
    return spelt is not None and _FARTHEST_WEST <= _minutes(spelt) <= _FARTHEST_EAST and _minutes(spelt) % 60 % 15 == 0


def _minutes(offset: str) -> int:
    if offset in "Zz":
        return 0
    digits = offset[1:].replace(":", "")
    return (-1 if offset[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:]))


def _fixed(text: str, offset: str) -> timezone:
    if not _is_offset(offset):
        raise UnclearTimeError(f'"{text}": no clock keeps UTC{offset}; expected -12:00 to +14:00')
    return timezone(timedelta(minutes=_minutes(offset)))
