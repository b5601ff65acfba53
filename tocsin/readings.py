"""Windows as people announce them, such as ``2-3p PST (1:30a in Iran)``: every reading, and what tells them apart.

That was the announcement, for 16 June 2009, of an hour which mattered to many. By the letter PST is UTC-8; on that day
California kept UTC-7. Only the note in another clock tells which was meant. So no such text is ever taken: its readings
are spelt out, held against the note, and followed by what would be accepted.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from tocsin.announced import Face, Note, find_day, find_faces, find_note
from tocsin.local_time import InexactError, Span, Wanted, read_span, spell_span
from tocsin.wall_clock import MINUTE_MS, Fold, local, moments, offset_minutes
from tocsin.zones import UTC_NAME, Meaning, UnclearTimeError, city_of, meanings, spell_offset, used_in, zone_of

_HOUR_MINUTES = 60
_HALF_A_YEAR = timedelta(days=182)
_FOLDS: tuple[Fold | None, ...] = (None, "first", "second")
_OFFSET = re.compile(r"\b(?:UTC|GMT)\s*([+-])(\d{1,2})(?::?(\d{2}))?\b", re.IGNORECASE)
_ZONE = re.compile(r"\b[A-Za-z_]+(?:/[A-Za-z_]+)+\b")
_EXACTLY = 'Expected a date, a time and a zone, such as "2009-06-16 14:00-15:00" --zone America/Los_Angeles'


@dataclass(frozen=True)
class Reading:
    """One way to read an announced window.

    Attributes:
        span: The window.
        why: What it takes the text to mean.
        zone: IANA name of the zone that it is spelt back in.
    """

    span: Span
    why: str
    zone: str


def read_window(text: str, wanted: Wanted, today: date) -> Span:
    """Read a window, or explain why it cannot be read.

    Args:
        text: As somebody wrote it.
        wanted: What is said beside it.
        today: The date on which a text without any is explained, and half a year later where clocks differ then.

    Raises:
        UnclearTimeError: Unless it is spelt exactly. With its readings as far as they are understood, and in
            ``accepted`` what to write for them; for one alone, if a note in another clock fits no other.
    """
    try:
        return read_span(text, wanted)
    except InexactError:
        raise _explain(text.strip(), wanted, today) from None


def _explain(text: str, wanted: Wanted, today: date) -> UnclearTimeError:
    """Make the refusal of a loose text."""
    rest, note = find_note(text)
    rest, written = find_day(rest, today)
    rest, meant, words = _whose(rest, wanted)
    faces = find_faces(rest)
    day = written or wanted.day
    found = {each: _read(faces, meant, words, each, wanted) for each in ((day,) if day else _seasons(today))}
    if len({tuple(reading.why for reading in readings) for readings in found.values()}) == 1:
        found = dict([next(iter(found.items()))])  # clocks are alike in both seasons
    lacks = []
    if day is None:
        told = " and ".join(map(str, found))
        lacks.append(f"a date is missing (add --date YYYY-MM-DD; the readings are for {told})")
    if not meant:
        lacks.append("it does not say whose clock it is")
    if not faces:
        lacks.append("no time is understood")
    elif faces[0].end is None and wanted.duration_ms is None:
        lacks.append("it has no end (add --duration; the readings are of an hour)")
    said = f'"{text}" is refused'
    if lacks:
        said += ": " + "; ".join(lacks)
    if not meant or not faces:
        return UnclearTimeError(f"{said}. {_EXACTLY}")
    readings = _distinct(reading for each in found.values() for reading in each)
    return _refusal(said, readings, note, [used_in(word) for word in words if len(meanings(word)) > 1])


def _seasons(today: date) -> tuple[date, date]:
    """Choose days to explain a text without a date: clocks may be put forward in one half of the year."""
    return today, today + _HALF_A_YEAR


def _read(faces: Sequence[Face], meant: list[Meaning], words: list[str], day: date, wanted: Wanted) -> list[Reading]:
    """Read all times by all meanings, on one day."""
    return _distinct(
        reading for face in faces for meaning in meant for reading in _readings(face, meaning, words, day, wanted)
    )


def _whose(text: str, wanted: Wanted) -> tuple[str, list[Meaning], list[str]]:
    """Find out whose clock may be meant: by an offset, a zone, an abbreviation; cut out the first two.

    Returns:
        The rest of the text, the meanings, and the abbreviations among the words.
    """
    meant: list[Meaning] = []
    if found := _OFFSET.search(text):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        meant.append(Meaning(UTC_NAME, -minutes if found[1] == "-" else minutes))
        text = text.replace(found[0], " ")
    if found := _ZONE.search(text):
        meant.append(Meaning(zone_of(found[0]).key, None))
        text = text.replace(found[0], " ")
    if wanted.zone:
        meant.append(Meaning(zone_of(wanted.zone).key, None))
    words = [word.upper() for word in re.findall(r"[A-Za-z]{2,5}", text) if meanings(word)]
    return text, [*meant, *(meaning for word in words for meaning in meanings(word))], words


def _readings(face: Face, meaning: Meaning, words: list[str], day: date, wanted: Wanted) -> Iterator[Reading]:
    """Read times on a clock face by the letter of an abbreviation, and by the clock of the place that uses it."""
    zone = zone_of(meaning.zone)
    shown = datetime.combine(day, time(face.begin // 60, face.begin % 60))  # zones are put to it below
    length_ms = (
        wanted.duration_ms or _HOUR_MINUTES * MINUTE_MS if face.end is None else (face.end - face.begin) * MINUTE_MS
    )
    for at in moments(shown.replace(tzinfo=zone)) if meaning.minutes is None or zone.key != UTC_NAME else ():
        keeps = spell_offset(offset_minutes(at, zone))
        name = local(at, zone).tzname() or ""
        known = f"{name} ({keeps})" if name.isalpha() and name != UTC_NAME else keeps
        why = UTC_NAME if zone.key == UTC_NAME else f"the clock of {city_of(zone.key)} on that day, {known}"
        yield Reading(Span(at, at + length_ms), why, zone.key)
    if meaning.minutes is not None:
        at = moments(shown.replace(tzinfo=timezone(timedelta(minutes=meaning.minutes))))[0]
        word = next((f"{word} by the letter, " for word in words if meaning in meanings(word)), "")
        why = f"{word}{spell_offset(meaning.minutes)}"
        yield Reading(Span(at, at + length_ms), why, UTC_NAME)


def _distinct(readings: Iterable[Reading]) -> list[Reading]:
    """Take what names the same moments as one reading, explained by the clock of a place rather than by the letter."""
    found: dict[Span, Reading] = {}
    for reading in readings:
        found.setdefault(reading.span, reading)
    return list(found.values())


def _refusal(said: str, readings: list[Reading], note: Note | None, used: list[str]) -> UnclearTimeError:
    """Spell the readings out, and what would be accepted instead."""
    lines = [f"{said}{';' if ': ' in said else ':'} {'; '.join([*used, _count(readings)])}"]
    for number, reading in enumerate(readings, 1):
        beside = f"; {_spell_times(reading.span, zone_of(_beside(reading, note)))}" if note and note.zones else ""
        lines.append(f"  {number}. {reading.why}: {_spell_times(reading.span, UTC)}{beside}")
    chosen = readings
    if note is not None and not note.zones:
        lines.append(f'Which place is meant in "{note.words}" is not known.')
    elif note is not None:
        fits = [reading for reading in readings if _fits(reading, note)]
        chosen = fits or readings
        lines.append(_verdict(readings, fits, note))
    lines.append("What would be accepted:" if len(chosen) == 1 else "What would be accepted, one for each reading:")
    return UnclearTimeError("\n".join(lines), tuple(_accepted(reading) for reading in chosen))


def _count(readings: list[Reading]) -> str:
    return (
        f"it has {len(readings)} readings:" if len(readings) != 1 else "it has one reading, yet must be spelt exactly:"
    )


def _verdict(readings: list[Reading], fits: list[Reading], note: Note) -> str:
    numbers = " and ".join(str(readings.index(reading) + 1) for reading in fits)
    if not fits:
        return f'No reading fits the note "{note.words}": ask whoever announced it.'
    if len(readings) == 1:
        return f'It fits the note "{note.words}".'
    if len(fits) == 1:
        return f'Only reading {numbers} fits the note "{note.words}".'
    return f'Readings {numbers} fit the note "{note.words}".'


def _fits(reading: Reading, note: Note) -> bool:
    return any(_face(reading.span.begin, zone_of(zone)) in note.begins for zone in note.zones)


def _beside(reading: Reading, note: Note) -> str:
    """Choose the zone of a note's place in which a reading is shown: one that fits, else the first."""
    fitting = (zone for zone in note.zones if _face(reading.span.begin, zone_of(zone)) in note.begins)
    return next(fitting, note.zones[0])


def _face(at: int, zone: tzinfo) -> int:
    shown = local(at, zone)
    return shown.hour * 60 + shown.minute


def _spell_times(span: Span, zone: tzinfo) -> str:
    """Spell a window for comparison, such as ``2009-06-16 21:00-22:00 UTC``."""
    return f"{spell_span(span, zone)} {'UTC' if zone is UTC else f'in {city_of(str(zone))}'}"


def _accepted(reading: Reading) -> str:
    """Spell a reading as arguments that are certain to be read as this."""
    for zone in (reading.zone, UTC_NAME):
        spelt = spell_span(reading.span, zone_of(zone))
        for fold in _FOLDS:
            try:
                if read_span(spelt, Wanted(zone, fold=fold)) == reading.span:
                    return f'"{spelt}" --zone {zone}' + (f" --fold {fold}" if fold else "")
            except UnclearTimeError:
                continue
    raise AssertionError(reading)  # UTC shows every moment once
