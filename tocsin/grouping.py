"""Grouping: one event, one page. A wider series explains what happens in the narrower ones that it is made of."""

from collections.abc import Iterable

from tocsin import series as names
from tocsin.incidents import Incident, Kind

# The wider a series, the more it explains. Crosses are not listed: they are counted, but not judged.
BREADTH = {
    "posts": 0,
    "channel": 1,
    "lang": 2,
    "region": 2,
    "keyword": 3,
    "media": 3,
    names.REPORT: 3,
    names.BACKLOG: 4,
}


def breadth(series: str) -> int:
    """Tell how narrow a series is; -1 for one that is not judged by its counts, such as a source."""
    return BREADTH.get(names.dimension_of(series), -1)


def explained_by(lasting: Iterable[Incident], kind: Kind, series: str) -> str | None:
    """Find the incident of the same kind on a wider series, the widest first; None if there is none.

    An outage that only reports tell of is a part of no other: a newspaper that is closed is not the text messages that
    are cut. The backlog of a channel belongs to its outage.

    Args:
        lasting: Incidents that last.
        kind: Of the new one.
        series: Likewise.
    """
    if kind == "backlog":
        channel = names.series("channel", names.value_of(series))
        return next((i.id for i in lasting if i.kind == "outage" and i.series == channel), None)
    if kind == "outage" and names.dimension_of(series) == names.REPORT:
        return None
    wider = [
        (breadth(incident.series), incident.id)
        for incident in lasting
        if incident.kind == kind and 0 <= breadth(incident.series) < breadth(series)
    ]
    return min(wider)[1] if wider else None


def orphans(lasting: Iterable[Incident], parent: Incident, earliest: int) -> list[Incident]:
    """Find the narrower incidents that a new one explains: those of the same event that rang a little earlier.

    Args:
        lasting: Incidents that last.
        parent: The new one.
        earliest: Onset, epoch ms, before which something is an event of its own.
    """
    return [
        incident
        for incident in lasting
        if incident.kind == parent.kind
        and incident.parent is None
        and not (parent.kind == "outage" and names.dimension_of(incident.series) == names.REPORT)
        and breadth(incident.series) > breadth(parent.series)
        and incident.onset >= earliest
    ]


def bursts(lasting: Iterable[Incident]) -> list[Incident]:
    """List the bursts that last, the widest first."""
    found = [incident for incident in lasting if incident.kind == "burst"]
    return sorted(found, key=lambda incident: (breadth(incident.series), incident.id))
