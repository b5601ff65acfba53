"""Stretches of time that a chart shades: when a series was out, in maintenance, unseen, or surged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from dashboards.model import Source
from tocsin import series as names
from tocsin.incidents import Incident
from tocsin.maintenance import Window

Shade = Literal["maintenance", "planned", "outage", "blind", "burst"]


@dataclass(frozen=True)
class Spell:
    """A stretch of time ``[begin, end)`` in epoch ms.

    Attributes:
        shade: What it was.
        begin: When it began.
        end: When it ended; None while it lasts.
    """

    shade: Shade
    begin: int
    end: int | None = None

    def within(self, begin: int, end: int) -> "Spell | None":
        """Cut it to a stretch of time; None if nothing is left."""
        left, right = max(self.begin, begin), min(end if self.end is None else self.end, end)
        return Spell(self.shade, left, right) if left < right else None


def spells_of(series: str, incidents: Iterable[Incident], windows: Iterable[Window]) -> list[Spell]:
    """Gather what is to be shaded on the chart of a series.

    Args:
        series: Its name.
        incidents: In their present state.
        windows: Declared maintenance.
    """
    channel = names.value_of(series) if names.dimension_of(series) == "channel" else None
    found = [
        Spell("maintenance", window.begin, window.end)
        for window in windows
        if window.channel == channel and window.state != "cancelled"
    ]
    for incident in incidents:
        if incident.series == series and incident.kind in ("outage", "burst"):
            shade: Shade = "planned" if incident.planned == "on_time" else "outage"
            found.append(Spell("burst" if incident.kind == "burst" else shade, incident.onset, incident.closed_at))
        elif incident.kind == "blind" and channel in incident.channels:
            found.append(Spell("blind", incident.onset, incident.closed_at))
    return found


def unseen(channel: str, incidents: Iterable[Incident], sources: Mapping[str, Source]) -> list[Spell]:
    """Find when nobody could see a channel: when every source that collects it was blind.

    Args:
        channel: Its name.
        incidents: In their present state.
        sources: As they stand, by name.

    Returns:
        In order of time.
    """
    blind: dict[str, list[Spell]] = {name: [] for name, source in sources.items() if channel in source.channels}
    for incident in incidents:
        if incident.kind == "blind" and channel in incident.channels:
            spell = Spell("blind", incident.onset, incident.closed_at)
            blind.setdefault(names.value_of(incident.series), []).append(spell)
    if not blind:
        return []
    common, *others = blind.values()
    for other in others:
        common = [both for one in common for two in other if (both := _both(one, two))]
    return sorted(common, key=lambda spell: spell.begin)


def _both(one: Spell, two: Spell) -> Spell | None:
    begin = max(one.begin, two.begin)
    ends = [spell.end for spell in (one, two) if spell.end is not None]
    end = min(ends, default=None)
    return Spell("blind", begin, end) if end is None or begin < end else None
