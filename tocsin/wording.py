"""How an incident is told to people: the same words on a terminal, on a page and in a page."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from tocsin.incidents import Incident, Kind

# Each kind is told by its sign, and by its colour to those who see colours.
SIGNS: Mapping[str, str] = {
    "burst": "▲",
    "outage": "▼",
    "planned": "◦",
    "blind": "◌",
    "backlog": "↺",
    "exposed": "⚑",
    "term": "◆",
}
_UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
# Control characters but for tab and line feed, what embeds or overrides a direction of writing, and half surrogates.
_STEERING = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


def printable(text: str) -> str:
    """Spell out what could steer a terminal, or turn what is around it about: no input may, wherever it is quoted.

    Args:
        text: Of whatever origin; line breaks and tabs in it stay.
    """
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


def clock(at: int | None) -> str:
    """Spell an event time in UTC, to the minute."""
    return "-" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def kind_of(incident: Incident) -> Kind | Literal["planned"]:
    """Name what an incident is for people: an outage inside a declared window is ``planned``."""
    return "planned" if incident.planned == "on_time" else incident.kind


def tell(incident: Incident) -> str:
    """Say in a sentence why an incident rang."""
    observed, expected = incident.observed, incident.expected
    if incident.kind == "blind":
        return f"collector silent: nobody knows about {', '.join(incident.channels) or 'its channels'}"
    if incident.kind == "backlog":
        return f"{observed:,} posts came late or twice where {expected:,.0f} were expected"
    if incident.kind == "exposed":
        return f"maintenance is declared on the last channel: {', '.join(incident.channels)} cannot be heard"
    if incident.kind == "burst":
        share = f", {incident.reposts / observed:.0%} reposts" if observed else ""
        doubts = "".join(f", {n:,} with {group}" for group, n in incident.doubted.items())
        people = f"{incident.peak_authors} authors at the peak"
        return f"{observed:,} posts where {expected:,.0f} were expected, {people}{share}{doubts}"
    lies = incident.planned or "unannounced"
    planned = "" if lies == "unannounced" else f", maintenance: {lies.replace('_', ' ')}"
    reports = f", {incident.reports:,} posts report it" if "reports" in incident.evidence else ""
    left = f", only {incident.standing[0]} is left" if incident.standing else ", no channel is left"
    alone = left if incident.severity == "critical" else ""
    if not incident.cut:
        return f"{observed:,} people report it where {expected:,.0f} were expected{planned}{alone}"
    return f"{observed:,} posts where {expected:,.0f} were expected, {incident.lost:,} lost{reports}{planned}{alone}"


def duration(length_ms: int) -> str:
    """Spell a duration by its two largest units, such as ``1 h 20 min``."""
    seconds = round(abs(length_ms) / 1000)
    if not seconds:
        return f"{length_ms} ms" if length_ms else "0 s"
    parts = []
    for unit, length in _UNITS:
        count, seconds = divmod(seconds, length)
        parts.append((count, unit))
    first = next(i for i, (count, _) in enumerate(parts) if count)
    said = " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)
    return f"-{said}" if length_ms < 0 else said
