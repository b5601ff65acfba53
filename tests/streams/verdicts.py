"""Incidents held against what is true of a scenario: what was missed, and what was told and is not so. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from producers.scenario.parts import HOUR_MS, Truth
from tocsin import series as names

# For so long after an event, what rings may still be of it: expectations take time to settle.
GRACE_MS = HOUR_MS
EARLY_BUCKETS = 15  # an onset is dated back, and may be dated back too far
# How far the end of an incident may lie from that of its event, in buckets. Reports and backlogs fade, and so slowly
# that nobody can say when they are over.
END_BUCKETS = {"outage": 15, "blind": 5, "backlog": 45, "exposed": 15}


class Told(Protocol):
    """What of an incident is looked at; see :class:`tocsin.incidents.Incident`."""

    id: str
    kind: str
    series: str
    onset: int
    detected_at: int
    closed_at: int | None
    planned: str | None
    evidence: tuple[str, ...]
    parent: str | None

    @property
    def severity(self) -> str: ...


@dataclass
class Verdicts:
    """How a judgement fares.

    Attributes:
        missed: What should have been told, in words.
        false: What was told and is not so, in words.
        onset_errors: By event that has an incident of its own: by how many buckets its onset is dated too late;
            below 0, too early.
        delays: By the same events: how many buckets passed from the event's begin until it was known.
    """

    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    onset_errors: dict[str, float] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.missed or self.false)


def hold(revisions: Iterable[Told], events: Sequence[Truth], end: int, bucket_ms: int) -> Verdicts:
    """Hold incidents against the truth.

    Outages, blindness, backlogs and exposed windows must be told exactly: one incident for each event and series,
    nothing else, with the right end, plan, evidence and severity. A burst must be told on each series that its event
    names, and may be told wherever the event allows, or as the child of another. Terms may be anything while
    something happens.

    Args:
        revisions: Of all incidents, in order; the last of each id counts.
        events: What is true.
        end: Of the stream, epoch ms: an event that lasts until then does not end.
        bucket_ms: Width of a bucket.
    """
    told = _Told(revisions)
    verdicts = Verdicts()
    explained: set[str] = set()
    for event in sorted(events, key=lambda event: event.begin):
        for series in event.must:
            found = [i for i in told.incidents if (i.kind, i.series) == (event.kind, series) and i.id not in explained]
            if event.kind == "burst":
                found = [i for i in found if _overlaps(i, event, 0)]
            else:
                found = [i for i in found if _is_of(i, event, bucket_ms)][:1]
                explained.update(incident.id for incident in found)
            if not found:
                verdicts.missed.append(f"{event.name}: no {event.kind} of {series}")
            elif event.kind != "burst":
                _examine(found[0], event, told, verdicts, (end, bucket_ms))
    for incident in told.incidents:
        if incident.id not in explained and not any(_allows(event, incident) for event in events):
            verdicts.false.append(f"{incident.id}: nothing explains it")
    return verdicts


class _Told:
    """The last revision of each incident, and which of them were critical at any time.

    What was critical has woken somebody, whatever is said of it once other channels are back.
    """

    def __init__(self, revisions: Iterable[Told]) -> None:
        last: dict[str, Told] = {}
        self._every: dict[str, list[Told]] = {}
        for revision in revisions:
            last[revision.id] = revision
            self._every.setdefault(revision.id, []).append(revision)
        self.incidents = sorted(last.values(), key=lambda incident: (incident.onset, incident.id))

    def was_critical(self, incident: Told) -> bool:
        return any(revision.severity == "critical" for revision in self._every[incident.id])


def _is_of(incident: Told, event: Truth, bucket_ms: int) -> bool:
    """Tell whether an incident of the right kind and series is of an event, by its times."""
    return _overlaps(incident, event, 0) and event.begin - EARLY_BUCKETS * bucket_ms <= incident.onset < event.end


def _overlaps(incident: Told, event: Truth, grace_ms: int) -> bool:
    closed = incident.closed_at
    return incident.detected_at < event.end + grace_ms and (closed is None or closed > event.begin)


def _examine(incident: Told, event: Truth, told: _Told, verdicts: Verdicts, stream: tuple[int, int]) -> None:
    end, bucket_ms = stream
    verdicts.onset_errors[event.name] = (incident.onset - event.begin) / bucket_ms
    verdicts.delays[event.name] = (incident.detected_at - event.begin) / bucket_ms
    verdicts.false += [f"{event.name}: {incident.id} {wrong}" for wrong in _wrong(incident, event, told)]
    if wrong := _wrong_end(incident, event, end, bucket_ms):
        verdicts.false.append(f"{event.name}: {incident.id} {wrong}")


def _wrong(incident: Told, event: Truth, told: _Told) -> Iterator[str]:
    if event.kind == "outage":
        if incident.planned != event.planned:
            yield f"is {incident.planned}, not {event.planned}"
        if incident.evidence != event.evidence:
            yield f"has evidence {incident.evidence}, not {event.evidence}"
    if event.critical is not None and told.was_critical(incident) != event.critical:
        yield "is not critical" if event.critical else "is critical"


def _wrong_end(incident: Told, event: Truth, end: int, bucket_ms: int) -> str:
    if event.end >= end:
        return (
            "" if incident.closed_at is None else f"ended {(end - incident.closed_at) // bucket_ms} buckets too early"
        )
    if incident.closed_at is None:
        return "has not ended"
    off = (incident.closed_at - event.end) / bucket_ms
    if event.evidence == ("reports",):  # they fade from half-way on
        early, late = (event.end - event.begin) / 2 / bucket_ms, GRACE_MS / bucket_ms
    else:
        early = late = END_BUCKETS[event.kind]
    return "" if -early <= off <= late else f"ended {off:+.0f} buckets after the event"


def _allows(event: Truth, incident: Told) -> bool:
    """Tell whether an event explains an incident that is not its own."""
    if incident.kind not in {"burst", "term"} or not _overlaps(incident, event, GRACE_MS):
        return False
    if incident.kind == "term" or incident.series in event.may or names.dimension_of(incident.series) in event.may:
        return True
    return event.kind == "burst" and (incident.series in event.must or incident.parent is not None)
