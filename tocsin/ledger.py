"""What has been read but may not be committed yet, in the order of the log.

Records may be committed once every bucket that they touched is safe. Committing out of order would commit too
far, so they wait for all before them. Each entry knows the position of the tally before its records: whoever
starts again from there counts exactly as if nothing had happened.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Entry(Generic[State]):
    """A run of records that is not committed.

    Attributes:
        offset: Of its first record.
        newest: The newest bucket that it touched.
        before: State of the reader before it.
    """

    offset: int
    newest: int
    before: State


@dataclass
class Ledger(Generic[State]):
    """Entries in the order of their offsets."""

    entries: deque[Entry[State]] = field(default_factory=deque)

    def hold(self, entry: Entry[State]) -> None:
        """Add the records that were just read."""
        self.entries.append(entry)

    def release(self, safe: int) -> bool:
        """Let go of the entries at the head that touched no bucket after ``safe``; tells whether there were any."""
        before = len(self.entries)
        while self.entries and self.entries[0].newest <= safe:
            self.entries.popleft()
        return len(self.entries) < before

    @property
    def head(self) -> Entry[State] | None:
        """The first records that must be read again after a crash; None when all is committed."""
        return self.entries[0] if self.entries else None
