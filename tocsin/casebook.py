"""The casebook: which incidents are open, and how the bucket at hand revises them."""

from typing import Any

from msgspec.structs import replace

from tocsin.incidents import Incident, Kind


def key_of(kind: Kind, series: str) -> str:
    """Name the place of an incident: there is never more than one open of a kind on a series."""
    return f"{kind}:{series}"


class Casebook:
    """Open incidents, and the revisions that were made since they were last handed on.

    Attributes:
        open: By :func:`key_of`.
        revisions: In order.
    """

    def __init__(self) -> None:
        self.open: dict[str, Incident] = {}
        self.revisions: list[Incident] = []

    def find(self, kind: Kind, series: str) -> Incident | None:
        """Find an open incident."""
        return self.open.get(key_of(kind, series))

    def of_kind(self, *kinds: Kind) -> list[Incident]:
        """List the open incidents of some kinds."""
        return [incident for incident in self.open.values() if incident.kind in kinds]

    def begin(self, kind: Kind, series: str, onset: int, **fields: Any) -> Incident:
        """Open an incident; its identifier follows from what it is and when it began."""
        incident = Incident(id=f"{kind}:{series}:{onset}", revision=0, kind=kind, series=series, onset=onset, **fields)
        return self.revise(incident)

    def revise(self, incident: Incident, **changes: Any) -> Incident:
        """Make a new revision of an open incident; all that a bucket changes in it is one revision."""
        made = next((at for at, revision in enumerate(self.revisions) if revision.id == incident.id), None)
        number = incident.revision + 1 if made is None else self.revisions[made].revision
        revised = replace(incident, revision=number, **changes)
        self.open[key_of(incident.kind, incident.series)] = revised
        if made is None:
            self.revisions.append(revised)
        else:
            self.revisions[made] = revised
        return revised

    def update(self, incident: Incident, **changes: Any) -> Incident:
        """Go on counting: a change that is told with the next revision."""
        updated = replace(incident, **changes)
        self.open[key_of(incident.kind, incident.series)] = updated
        return updated

    def end(self, incident: Incident, at: int, **changes: Any) -> Incident:
        """Close an incident.

        Args:
            incident: As it is in the book.
            at: Epoch ms of the recovery.
            changes: Other fields to be changed with it.
        """
        ended = self.revise(incident, closed_at=at, **changes)
        del self.open[key_of(incident.kind, incident.series)]
        return ended

    def hand_on(self) -> list[Incident]:
        """Take the revisions out of the book."""
        revisions, self.revisions = self.revisions, []
        return revisions
