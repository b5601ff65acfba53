"""Gaps: when a source was not heard, why, and whether what it told meanwhile came afterwards.

A server that resumes where it was asked to begins with something that it had told before. That is the proof: a gap is
*recovered* once something known comes again, and *lost* if the first thing after it is new.
"""

from typing import Literal

from msgspec import Struct

Outcome = Literal["recovered", "lost"]
_GENERATION_MS = 300_000


class Gap(Struct, frozen=True, kw_only=True):
    """A time in which a source was not heard. It holds neither texts nor authors.

    Attributes:
        source: Name of the collector.
        cause: Why it broke off, in words.
        begin: Event time up to which all is known, epoch ms.
        end: Event time from which all is known again, epoch ms.
        offline_ms: From when it broke off until it was heard again, by our clock.
        attempts: How often a connection was tried until one stood.
        outcome: Whether the server told afterwards what it had told meanwhile.
        posts: How many posts it probably cost: the rate before it, times its length. 0 if recovered.
    """

    source: str
    cause: str
    begin: int
    end: int
    offline_ms: int
    attempts: int
    outcome: Outcome
    posts: int


class Rate:
    """Posts a second of the last five to ten minutes of event time.

    Args:
        per_second: What an earlier run had come to.
    """

    def __init__(self, per_second: float = 0.0) -> None:
        self._before = per_second
        self._count = 0
        self._first: int | None = None
        self._last = 0

    def add(self, at: int) -> None:
        """Count a post of an event time, epoch ms."""
        if self._first is None:
            self._first = at
        elif at - self._first >= _GENERATION_MS:
            self._before, self._first, self._count = self.per_second, at, 0
        self._count += 1
        self._last = max(self._last, at)

    @property
    def per_second(self) -> float:
        """Posts a second; of the present five minutes as soon as they tell more than those before."""
        if self._first is None or self._last <= self._first:
            return self._before
        length = self._last - self._first
        share = min(1.0, length / _GENERATION_MS) if self._before else 1.0
        return share * self._count * 1000 / length + (1 - share) * self._before


class OpenGap:
    """A gap that has not ended yet.

    Args:
        source: Name of the collector.
        cause: Why it began.
        begin: Event time up to which all is known, epoch ms.
        since: When it began, epoch ms of our clock.
    """

    def __init__(self, source: str, cause: str, begin: int, since: int) -> None:
        self._source = source
        self._cause = cause
        self.begin = begin
        self._since = since
        self._attempts = 0

    def on_attempt(self) -> None:
        """Count an attempt to connect."""
        self._attempts += 1

    def close(self, outcome: Outcome, end: int, now: int, per_second: float) -> Gap:
        """End it.

        Args:
            outcome: What became of it.
            end: Event time from which all is known again, epoch ms.
            now: Epoch ms of our clock.
            per_second: How many posts there were before.
        """
        end = max(end, self.begin)
        lost = outcome == "lost"
        return Gap(
            source=self._source,
            cause=self._cause,
            begin=self.begin,
            end=end,
            offline_ms=max(0, now - self._since),
            attempts=max(1, self._attempts),
            outcome=outcome,
            posts=int(per_second * (end - self.begin) / 1000) if lost else 0,
        )
