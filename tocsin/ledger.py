"""What has been read but may not be committed yet, in the order of the log.

A record may be committed once every bucket that it touched is safe. Committing out of order would commit too
far, so a record waits for all before it. Each entry knows the position of the tally before its record: whoever
starts again from there counts exactly as if nothing had happened.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Token = TypeVar("Token")
State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Entry(Generic[Token, State]):
    """One record that is not committed.

    Attributes:
        offset: Of the record.
        newest: The newest bucket that it touched.
        token: Whatever acknowledges it.
        before: State of the reader before the record.
    """

    offset: int
    newest: int
    token: Token
    before: State


@dataclass
class Ledger(Generic[Token, State]):
    """Entries in the order of their offsets."""

    entries: deque[Entry[Token, State]] = field(default_factory=deque)

    def hold(self, entry: Entry[Token, State]) -> None:
        """Add the record that was just read."""
        self.entries.append(entry)

    def release(self, safe: int) -> list[Token]:
        """Let go of the records at the head that touched no bucket after ``safe``.

        Returns:
            Their tokens, to be acknowledged in this order.
        """
        tokens = []
        while self.entries and self.entries[0].newest <= safe:
            tokens.append(self.entries.popleft().token)
        return tokens

    @property
    def head(self) -> Entry[Token, State] | None:
        """The first record that must be read again after a crash; None when all is committed."""
        return self.entries[0] if self.entries else None
