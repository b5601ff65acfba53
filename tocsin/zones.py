"""Names of time zones: those that are accepted, what else people write, and what that may mean.

Only IANA names such as ``Asia/Tehran`` say which clock is meant. An abbreviation does not: PST is typed in summer too,
and IST is the time of three countries. Rules of zones, and the countries they lie in, come from the IANA database.
"""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from tocsin.errors import TocsinError

UTC_NAME = "UTC"
_NAMES = 5  # zones that an error may list


class UnclearTimeError(TocsinError):
    """A time has no reading, or several. Stop, and ask whoever wrote it: guessing is how windows go wrong.

    Args:
        message: What is unclear, and what to write instead.
        accepted: Arguments that would be accepted in its place, spelt for a shell; empty if that cannot be known.
    """

    exit_code = 2

    def __init__(self, message: str, accepted: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.accepted = accepted


@dataclass(frozen=True)
class Meaning:
    """What an abbreviation may stand for.

    Attributes:
        zone: IANA name of a zone where it is used.
        minutes: East of UTC, by the letter of it; None if it names no offset, as ET does.
    """

    zone: str
    minutes: int | None


def _one(zone: str, hours: float | None) -> tuple[Meaning, ...]:
    return (Meaning(zone, None if hours is None else round(hours * 60)),)


_ABBREVIATIONS: dict[str, tuple[Meaning, ...]] = {
    "UTC": _one(UTC_NAME, 0),
    "GMT": _one("Europe/London", 0) + _one(UTC_NAME, 0),
    "PT": _one("America/Los_Angeles", None),
    "PST": _one("America/Los_Angeles", -8),
    "PDT": _one("America/Los_Angeles", -7),
    "MT": _one("America/Denver", None),
    "MST": _one("America/Denver", -7) + _one("America/Phoenix", -7) + _one("Asia/Kuala_Lumpur", 8),
    "MDT": _one("America/Denver", -6),
    "CT": _one("America/Chicago", None),
    "CST": _one("America/Chicago", -6) + _one("Asia/Shanghai", 8) + _one("America/Havana", -5),
    "CDT": _one("America/Chicago", -5) + _one("America/Havana", -4),
    "ET": _one("America/New_York", None),
    "EST": _one("America/New_York", -5) + _one("America/Panama", -5) + _one("Australia/Sydney", 10),
    "EDT": _one("America/New_York", -4),
    "AST": _one("America/Halifax", -4) + _one("Asia/Riyadh", 3),
    "ADT": _one("America/Halifax", -3),
    "AKST": _one("America/Anchorage", -9),
    "AKDT": _one("America/Anchorage", -8),
    "HST": _one("Pacific/Honolulu", -10),
    "BRT": _one("America/Sao_Paulo", -3),
    "ART": _one("America/Argentina/Buenos_Aires", -3),
    "WET": _one("Europe/Lisbon", 0),
    "WEST": _one("Europe/Lisbon", 1),
    "BST": _one("Europe/London", 1) + _one("Asia/Dhaka", 6) + _one("Pacific/Bougainville", 11),
    "CET": _one("Europe/Berlin", 1),
    "CEST": _one("Europe/Berlin", 2),
    "MET": _one("Europe/Berlin", 1),
    "EET": _one("Europe/Athens", 2) + _one("Africa/Cairo", 2),
    "EEST": _one("Europe/Athens", 3) + _one("Africa/Cairo", 3),
    "MSK": _one("Europe/Moscow", 3),
    "TRT": _one("Europe/Istanbul", 3),
    "WAT": _one("Africa/Lagos", 1),
    "CAT": _one("Africa/Maputo", 2),
    "SAST": _one("Africa/Johannesburg", 2),
    "EAT": _one("Africa/Nairobi", 3),
    "IST": _one("Asia/Kolkata", 5.5) + _one("Europe/Dublin", 1) + _one("Asia/Jerusalem", 2),
    "IDT": _one("Asia/Jerusalem", 3),
    "IRST": _one("Asia/Tehran", 3.5),
    "IRDT": _one("Asia/Tehran", 4.5),
    "GST": _one("Asia/Dubai", 4) + _one("Atlantic/South_Georgia", -2),
    "PKT": _one("Asia/Karachi", 5),
    "ICT": _one("Asia/Bangkok", 7),
    "WIB": _one("Asia/Jakarta", 7),
    "SGT": _one("Asia/Singapore", 8),
    "HKT": _one("Asia/Hong_Kong", 8),
    "AWST": _one("Australia/Perth", 8),
    "JST": _one("Asia/Tokyo", 9),
    "KST": _one("Asia/Seoul", 9),
    "ACST": _one("Australia/Adelaide", 9.5),
    "ACDT": _one("Australia/Adelaide", 10.5),
    "AEST": _one("Australia/Sydney", 10),
    "AEDT": _one("Australia/Sydney", 11),
    "NZST": _one("Pacific/Auckland", 12),
    "NZDT": _one("Pacific/Auckland", 13),
}


def zone_of(name: str) -> ZoneInfo:
    """Find a zone by its IANA name.

    Args:
        name: ``Area/City``, or ``UTC``.

    Raises:
        UnclearTimeError: When it is an abbreviation, an offset in disguise, or unknown; with names that would do.
    """
    if name == UTC_NAME or (name in _known() and not name.startswith("Etc/")):
        return ZoneInfo(name)
    if meant := meanings(name):
        raise UnclearTimeError(f"zone {name}: {used_in(name)}. {_write(m.zone for m in meant)}")
    if name.startswith("Etc/"):
        raise UnclearTimeError(f"zone {name}: its sign is the reverse of what people read. Write a city's zone, or UTC")
    if found := places(name.replace("_", " ")):
        raise UnclearTimeError(f"zone {name}: expected Area/City. {_write(found)}")
    if name.lower() in (exact := {zone.lower(): zone for zone in _known()}):
        raise UnclearTimeError(f"zone {name}: no such time zone. {_write((exact[name.lower()],))}")
    cities = {zone.rpartition("/")[2].lower(): zone for zone in sorted(_known())} | exact
    near = difflib.get_close_matches(name.lower(), cities, n=3)
    guess = _write(cities[match] for match in near) if near else "Write an IANA name, such as Asia/Tehran, or UTC"
    raise UnclearTimeError(f"zone {name}: no such time zone. {guess}")


def meanings(abbreviation: str) -> tuple[Meaning, ...]:
    """Tell what an abbreviation may stand for, the most common first; empty if it is none."""
    return _ABBREVIATIONS.get(abbreviation.upper(), ())


def used_in(abbreviation: str) -> str:
    """Say in words why an abbreviation names no clock."""
    meant = meanings(abbreviation)
    where = list(dict.fromkeys(country_of(meaning.zone) for meaning in meant if meaning.zone != UTC_NAME))
    if len(where) > 1:
        return f"{abbreviation} is used in {', '.join(where[:-1])} and {where[-1]}"
    return f"{abbreviation} is an abbreviation, and people write it in summer and winter alike"


def places(words: str) -> tuple[str, ...]:
    """Find the zones of a city or a country, such as ``Tehran``, ``los angeles`` or ``Iran``.

    Returns:
        IANA names; several for a country that has several, none if the place is not known.
    """
    return _places().get(words.strip().casefold().removeprefix("the "), ())


def city_of(zone: str) -> str:
    """Name the city that a zone is named for."""
    return zone.rpartition("/")[2].replace("_", " ")


def country_of(zone: str) -> str:
    """Name the country that a zone lies in; its own name where there is none."""
    return _countries().get(zone, zone)


def spell_offset(minutes: int) -> str:
    """Spell an offset, such as ``UTC-7`` or ``UTC+4:30``."""
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"


@cache
def _known() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name)


@cache
def _countries() -> dict[str, str]:
    """Read which country each zone lies in."""
    names = dict(row[:2] for row in _table("iso3166.tab"))
    return {zone: names[code] for code, _, zone, *_ in _table("zone.tab")}


@cache
def _places() -> dict[str, tuple[str, ...]]:
    """Gather the zones of each country and each city, by name in lower case."""
    found: dict[str, list[str]] = defaultdict(list)
    for zone, country in _countries().items():
        short = country.partition(" (")[0]  # Korea (South), Britain (UK)
        for name in dict.fromkeys((country, short, city_of(zone))):
            found[name.casefold()].append(zone)
    for name, country in {
        "usa": "united states",
        "us": "united states",
        "uk": "britain",
        "uae": "united arab emirates",
    }.items():
        found[name] = found[country]
    return {name: tuple(zones) for name, zones in found.items()}


def _table(name: str) -> list[list[str]]:
    text = (resources.files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def _write(zones: Iterable[str]) -> str:
    names = list(dict.fromkeys(zones))
    more = f" or another of {len(names)}" if len(names) > _NAMES else ""
    return f"Write {' or '.join(names[:_NAMES])}{more}"
