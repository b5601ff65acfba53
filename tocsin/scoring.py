"""Incidents held against the truth of a stream: what was missed, and what was told and is not so."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tocsin import series as names
from tocsin.incidents import Incident
from tocsin.truth import Truth

# For so long after an event, what rings may still be of it: expectations take time to settle.
GRACE_MS = 3_600_000
EARLY_BUCKETS = 15  # an onset is dated back, and may be dated back too far
# How far the end of an incident may lie from that of its event, in buckets. Reports and backlogs fade, and so slowly
# that nobody can say when they are over.
END_BUCKETS = {"outage": 15, "blind": 5, "backlog": 45, "exposed": 15}


@dataclass
class Score:
    """How a judgement fares.

    Attributes:
        due: How much should have been told: series of events on which they must show.
        missed: What of that was not told, in words.
        told: How much was told: incidents that stand for themselves, and whatever is false.
        false: What was told and is not so, by the incident's id, in words. An incident of which its end, plan, evidence
            or severity is wrong is false.
        false_pages: How many of these have woken somebody.
        onset_errors: By event that has an incident of its own: by how many buckets its onset is dated too late;
            below 0, too early.
        delays: By event that was told: how many buckets passed from its begin until it was known; 0 for a burst that
            was under way already.
    """

    due: int = 0
    missed: list[str] = field(default_factory=list)
    told: int = 0
    false: dict[str, str] = field(default_factory=dict)
    false_pages: int = 0
    onset_errors: dict[str, float] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)

    @property
    def wrong(self) -> bool:
        """Whether anything is."""
        return bool(self.missed or self.false)

    @property
    def recall(self) -> float:
        """Share of what should have been told that was; 1 if nothing should have been."""
        return 1 - len(self.missed) / self.due if self.due else 1.0

    @property
    def precision(self) -> float:
        """Share of what was told that is so; 1 if nothing was told."""
        return 1 - len(self.false) / self.told if self.told else 1.0


def score(revisions: Iterable[Incident], events: Sequence[Truth], end: int, bucket_ms: int) -> Score:
    """Hold incidents against the truth.

    Outages, blindness, backlogs and exposed windows must be told exactly: one incident for each event and series,
    nothing else, with the right end, and with the plan, evidence and severity that the truth gives. A burst must be
    told on each series that its event names, and may be told wherever the event allows, or as the child of another.
    Terms may be anything while something happens.

    Args:
        revisions: Of all incidents, in order; the last of each id counts.
        events: What is true.
        end: Of the stream, epoch ms: an event that lasts until then does not end.
        bucket_ms: Width of a bucket.
    """
    return _Scorer(_Told(revisions), events, end, bucket_ms).run()


class _Told:
    """The last revision of each incident, and what was true of any of them.

    What was critical, or paged, has woken somebody, whatever is said of it once other channels are back.
    """

    def __init__(self, revisions: Iterable[Incident]) -> None:
        last: dict[str, Incident] = {}
        self.critical: set[str] = set()
        self.paged: set[str] = set()
        for revision in revisions:
            last[revision.id] = revision
            if revision.severity == "critical":
                self.critical.add(revision.id)
            if revision.pages:
                self.paged.add(revision.id)
        self.incidents = sorted(last.values(), key=lambda incident: (incident.onset, incident.id))


class _Scorer:
    def __init__(self, told: _Told, events: Sequence[Truth], end: int, bucket_ms: int) -> None:
        self._told = told
        self._events = sorted(events, key=lambda event: event.begin)
        self._end = end
        self._bucket_ms = bucket_ms
        self._explained: set[str] = set()
        self._score = Score()

    def run(self) -> Score:
        score = self._score
        for event in self._events:
            for series in event.must:
                score.due += 1
                if not (self._find_burst if event.kind == "burst" else self._find)(event, series):
                    score.missed.append(f"{event.name}: no {event.kind} of {series}")
        for incident in self._told.incidents:
            if incident.id not in self._explained and not any(_allows(event, incident) for event in self._events):
                score.false[incident.id] = "nothing explains it"
        of_themselves = {i.id for i in self._told.incidents if i.kind != "term" and i.parent is None}
        score.told = len(of_themselves | score.false.keys())
        score.false_pages = len(self._told.paged & score.false.keys())
        return score

    def _find_burst(self, event: Truth, series: str) -> bool:
        kind = event.kind
        found = [i for i in self._told.incidents if (i.kind, i.series) == (kind, series) and _overlaps(i, event, 0)]
        if found:
            known = min(self._buckets(max(0, incident.detected_at - event.begin)) for incident in found)
            self._score.delays[event.name] = min(known, self._score.delays.get(event.name, known))
        return bool(found)

    def _find(self, event: Truth, series: str) -> bool:
        """Find the one incident that is of an event and of no other, and look at all of it."""
        for incident in self._told.incidents:
            if (incident.kind, incident.series) != (event.kind, series) or incident.id in self._explained:
                continue
            if not _is_of(incident, event, self._bucket_ms):
                continue
            self._explained.add(incident.id)
            self._score.onset_errors[event.name] = self._buckets(incident.onset - event.begin)
            self._score.delays[event.name] = self._buckets(incident.detected_at - event.begin)
            if wrong := [*self._wrong(incident, event), *self._wrong_end(incident, event)]:
                self._score.false[incident.id] = f"{event.name}: {', '.join(wrong)}"
            return True
        return False

    def _wrong(self, incident: Incident, event: Truth) -> Iterator[str]:
        if event.planned is not None and incident.planned != event.planned:
            yield f"is {incident.planned}, not {event.planned}"
        if event.evidence and incident.evidence != event.evidence:
            yield f"has evidence {incident.evidence}, not {event.evidence}"
        if event.critical is not None and (incident.id in self._told.critical) != event.critical:
            yield "is not critical" if event.critical else "is critical"

    def _wrong_end(self, incident: Incident, event: Truth) -> Iterator[str]:
        if event.end >= self._end:
            if incident.closed_at is not None:
                yield f"ended {self._buckets(self._end - incident.closed_at):.0f} buckets too early"
            return
        lasts = incident.closed_at is None
        off = self._buckets((self._end if incident.closed_at is None else incident.closed_at) - event.end)
        if event.evidence == ("reports",):  # they fade from half-way on
            early, late = self._buckets(event.end - event.begin) / 2, self._buckets(GRACE_MS)
        else:
            early = late = END_BUCKETS[event.kind]
        if lasts and off > late:
            yield "has not ended"
        elif not lasts and not -early <= off <= late:
            yield f"ended {off:+.0f} buckets after the event"

    def _buckets(self, ms: int) -> float:
        return ms / self._bucket_ms


def _is_of(incident: Incident, event: Truth, bucket_ms: int) -> bool:
    """Tell whether an incident of the right kind and series is of an event, by its times."""
    return _overlaps(incident, event, 0) and event.begin - EARLY_BUCKETS * bucket_ms <= incident.onset < event.end


def _overlaps(incident: Incident, event: Truth, grace_ms: int) -> bool:
    closed = incident.closed_at
    return incident.detected_at < event.end + grace_ms and (closed is None or closed > event.begin)


def _allows(event: Truth, incident: Incident) -> bool:
    """Tell whether an event explains an incident that is not its own."""
    if incident.kind not in {"burst", "term"} or not _overlaps(incident, event, GRACE_MS):
        return False
    if incident.kind == "term" or incident.series in event.may or names.dimension_of(incident.series) in event.may:
        return True
    return event.kind == "burst" and (incident.series in event.must or incident.parent is not None)
