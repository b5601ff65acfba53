"""Incidents as a list for people: what lasts first, the newest first, and what a wider one explains folded under it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tocsin import series as names
from tocsin.incidents import Incident, Severity
from tocsin.wording import SIGNS, duration, kind_of, tell

MOST_OVER = 12  # incidents that are over and still listed
MOST_TERMS = 24

_PAGES: Mapping[bool, str] = {True: "yes", False: "no: nobody is to be woken"}


@dataclass(frozen=True)
class Told:
    """An incident.

    Attributes:
        id: Never changes.
        kind: For people: a planned outage is ``planned``.
        sign: Of the kind.
        dimension: Of its series, such as ``channel``; empty for the total.
        value: Of its series, such as ``sms``.
        since: Onset, epoch ms.
        until: Recovery, epoch ms; None while it lasts.
        severity: How bad it is.
        pages: Whether somebody should be woken, in words.
        why: A sentence.
        evidence: What it rests on: names and values.
        detected: When it was known, epoch ms.
        folded: Those that it explains.
    """

    id: str
    kind: str
    sign: str
    dimension: str
    value: str
    since: int
    until: int | None
    severity: Severity
    pages: str
    why: str
    evidence: tuple[tuple[str, str], ...]
    detected: int
    folded: tuple["Told", ...] = ()


@dataclass(frozen=True)
class Term:
    """A word that is news: how many people used it at a time, and since when, epoch ms."""

    word: str
    authors: int
    since: int


def told(incidents: Mapping[str, Incident]) -> tuple[tuple[Told, ...], tuple[Told, ...], int]:
    """List incidents.

    Args:
        incidents: In their present state, by id.

    Returns:
        What lasts; the newest of what is over; and how many more of those there are.
    """
    explained: dict[str, list[Incident]] = {}
    first: list[Incident] = []
    for incident in incidents.values():
        if incident.kind == "term":
            continue
        if incident.parent in incidents:
            explained.setdefault(incident.parent or "", []).append(incident)
        else:
            first.append(incident)
    lasting = [incident for incident in first if incident.closed_at is None]
    over = [incident for incident in first if incident.closed_at is not None]
    shown = _newest(over)[:MOST_OVER]
    return (
        tuple(_tell(incident, explained) for incident in _newest(lasting)),
        tuple(_tell(incident, explained) for incident in shown),
        len(over) - len(shown),
    )


def _newest(incidents: Iterable[Incident]) -> list[Incident]:
    return sorted(incidents, key=lambda incident: (-incident.detected_at, incident.id))


def _tell(incident: Incident, explained: Mapping[str, list[Incident]]) -> Told:
    kind = kind_of(incident)
    return Told(
        id=incident.id,
        kind=kind,
        sign=SIGNS[kind],
        dimension=names.dimension_of(incident.series) if "=" in incident.series else "",
        value=names.value_of(incident.series) or "all posts",
        since=incident.onset,
        until=incident.closed_at,
        severity=incident.severity,
        pages=_PAGES[incident.pages],
        why=_capital(tell(incident)),
        evidence=tuple(_evidence(incident)),
        detected=incident.detected_at,
        folded=tuple(_tell(other, explained) for other in _newest(explained.get(incident.id, ()))),
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _evidence(incident: Incident) -> Iterator[tuple[str, str]]:
    """Name what an incident rests on; what has no meaning for its kind is left out."""
    yield "known after", duration(incident.detected_at - incident.onset)
    if incident.kind not in ("blind", "exposed"):
        unit = "people" if names.dimension_of(incident.series) == names.REPORT else "posts"
        yield "observed", f"{incident.observed:,} {unit}"
        yield "expected", f"{incident.expected:,.0f}"
        yield "score", f"{incident.score:,.1f} nats"
    if incident.cut:
        yield "lost", f"{incident.lost:,} posts, estimated"
    if incident.kind == "burst":
        yield "peak", f"{incident.peak:,} posts in one bucket"
        yield "authors", f"{incident.peak_authors:,} different ones in that bucket at the most"
        yield "reposts", f"{incident.reposts:,}"
    for group, posts in incident.doubted.items():
        yield f"doubts: {names.value_of(group)}", f"{posts:,} posts"
    if incident.evidence:
        yield "tells of it", " and ".join(incident.evidence)
    if "reports" in incident.evidence:
        yield "reports", f"{incident.reports:,} posts elsewhere"
    if incident.planned is not None:
        yield "maintenance", incident.planned.replace("_", " ")
    if incident.standing is not None:
        yield "still alive", ", ".join(incident.standing) or "no channel"
    if incident.channels:
        yield "channels", ", ".join(incident.channels)
    yield "revision", f"{incident.revision}"


def terms(incidents: Mapping[str, Incident]) -> tuple[tuple[Term, ...], int]:
    """List the words that are news now, those of most people first; and how many more there are."""
    lasting = [
        Term(names.value_of(incident.series), incident.peak_authors, incident.onset)
        for incident in incidents.values()
        if incident.kind == "term" and incident.closed_at is None
    ]
    lasting.sort(key=lambda term: (-term.authors, term.word))
    return tuple(lasting[:MOST_TERMS]), max(0, len(lasting) - MOST_TERMS)


def announcement(incidents: Mapping[str, Incident]) -> str:
    """Say the newest incident that pages and lasts, for those who hear the page."""
    paging = [incident for incident in incidents.values() if incident.pages and incident.closed_at is None]
    if not paging:
        return ""
    newest = _newest(paging)[0]
    return f"New incident: {kind_of(newest)}, {newest.series}. {_capital(tell(newest))}"
