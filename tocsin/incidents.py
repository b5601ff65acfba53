"""Incidents: one event, one record, from its onset to its recovery."""

from typing import Any, Literal

from msgspec import Struct, structs

from tocsin.maintenance import Planned

Kind = Literal["burst", "outage", "blind", "backlog", "exposed", "term"]
Severity = Literal["critical", "warning", "info"]


class Incident(Struct, frozen=True, omit_defaults=True):
    """One state of one incident. Every change makes a new revision; the id never changes.

    Attributes:
        id: ``kind:series:onset``, the same for the same input.
        revision: From 1.
        kind: ``burst``, ``outage``, ``blind`` (the collector is silent, so nobody knows), ``backlog`` (late and
            duplicate posts come in a flood), ``exposed`` (maintenance is declared on the last channel that stands), or
            ``term`` (a word that hardly anybody used before).
        series: What surged or fell silent; ``source=...`` for a blind collector, ``backlog=...`` for the channel of a
            backlog, ``report=...`` for an outage that is known from reports alone, ``term=...`` for a word.
        onset: Epoch ms, dated back to the beginning of the window that gave it away.
        detected_at: Event time by which it was known, epoch ms.
        closed_at: Epoch ms of the recovery; None while it lasts.
        expected: Posts expected since the onset, as far as counted.
        observed: Posts counted since the onset. For a term or reports, this and what was expected are the distinct
            authors of each bucket, added up over the buckets (of a term: in which it was news).
        peak: Most posts in one bucket.
        peak_authors: Most distinct authors in one bucket.
        reposts: Reposts among the observed.
        score: Log-likelihood ratio of the window that gave it away, in nats.
        planned: For an outage: how it lies to the declared maintenance windows.
        evidence: For an outage, what tells of it: its ``volume``, ``reports`` of it elsewhere, or both.
        reports: For an outage: posts elsewhere that report it, since it was detected.
        standing: For an outage: the channels that were alive when it was detected, or when fewer were. For an exposed
            channel: itself.
        channels: For a blind source: its channels. For an exposed channel: those that are down or unseen.
        doubted: For a burst of a keyword: how many of the posts since it was detected also speak of a rumour, or deny
            something, by group. Evidence, not proof.
        parent: The incident of a wider series that explains this one.
    """

    id: str
    revision: int
    kind: Kind
    series: str
    onset: int
    detected_at: int
    closed_at: int | None = None
    expected: float = 0.0
    observed: int = 0
    peak: int = 0
    peak_authors: int = 0
    reposts: int = 0
    score: float = 0.0
    planned: Planned | None = None
    evidence: tuple[str, ...] = ()
    reports: int = 0
    standing: tuple[str, ...] | None = None
    channels: tuple[str, ...] = ()
    doubted: dict[str, int] = {}
    parent: str | None = None

    @property
    def cut(self) -> bool:
        """Whether it is the outage of a channel that we collect, known by its volume."""
        return "volume" in self.evidence

    @property
    def lost(self) -> int:
        """Posts that an outage is estimated to have cost, so far; 0 where only reports tell of it."""
        return max(0, round(self.expected) - self.observed) if self.cut else 0

    @property
    def pages(self) -> bool:
        """Whether somebody should be woken: not for what a wider incident explains or what was announced.

        Nor for a backlog, which is the past; nor for a word, however new: that people speak of something is a lead, not
        yet a state of the world.
        """
        return self.parent is None and self.planned != "on_time" and self.kind not in ("backlog", "term")

    @property
    def severity(self) -> Severity:
        """How bad it is: critical where at most one channel is left to speak, info where nobody is woken."""
        if not self.pages:
            return "info"
        return "warning" if self.standing is None or len(self.standing) > 1 else "critical"


def to_record(incident: Incident) -> dict[str, Any]:
    """Spell an incident out for readers, with all fields and what follows from them; times in epoch ms."""
    following = {"lost": incident.lost, "pages": incident.pages, "severity": incident.severity}
    return {**structs.asdict(incident), **following}
