"""What successive looks tell of time: how fast event time goes, and whether anything still moves."""

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Literal

Pulse = Literal["nothing", "waiting", "moving", "stale", "disconnected"]

_KEPT = 12  # changes that are remembered
_PACED = 6  # the newest of them tell the speed
_KEPT_S = 60.0
LEAST_PATIENCE_S = 10.0
_LIVE_MS = 300_000  # event time that is no further from the wall clock is the present


@dataclass(frozen=True)
class Freshness:
    """Whether what is shown still holds.

    Attributes:
        pulse: ``nothing`` has been closed yet; ``moving``; ``waiting`` for the first change since we look; ``stale``
            when none comes; ``disconnected`` when Redis does not answer.
        silent_s: For how long nothing has changed, in seconds.
        pace: Event time for each second of the wall clock; None if unknown.
        live: Whether event time is the present.
        trouble: Why Redis does not answer.
    """

    pulse: Pulse
    silent_s: float
    pace: float | None = None
    live: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class Watch:
    """Remembers when event time moved.

    Attributes:
        opened: When the first look was taken; monotonic seconds, as all times here.
        marks: Times at which more was closed, and up to where, epoch ms; the newest last.
        first: Where event time stood at the first look, epoch ms; None while nothing is closed.
        trouble: What went wrong with the last look, and since when looks go wrong.
    """

    opened: float
    marks: tuple[tuple[float, int], ...] = ()
    first: int | None = None
    trouble: tuple[str, float] | None = None

    def on_look(self, at: float, closed_through: int | None) -> "Watch":
        """Fold a look in."""
        seen = replace(self, trouble=None)
        if closed_through is None:
            return replace(seen, first=None, marks=())
        last = self.marks[-1][1] if self.marks else self.first
        if last is None and at > self.opened:
            return replace(seen, first=closed_through, marks=((at, closed_through),))
        if last is None or closed_through < last:  # another stream has begun
            return replace(seen, opened=at, first=closed_through, marks=())
        if closed_through == last:
            return seen
        kept = [mark for mark in self.marks if mark[0] > at - _KEPT_S] or self.marks[-1:]
        return replace(seen, marks=(*kept, (at, closed_through))[-_KEPT:])

    def on_trouble(self, at: float, words: str) -> "Watch":
        """Fold a look in that found nobody."""
        return replace(self, trouble=(words, self.trouble[1] if self.trouble else at))

    def fresh(self, at: float, now: int, bucket_s: float) -> Freshness:
        """Tell whether what is shown still holds.

        Args:
            at: Monotonic seconds.
            now: Wall clock, epoch ms.
            bucket_s: Width of a bucket, in seconds.
        """
        moved, closed = self.marks[-1] if self.marks else (self.opened, self.first)
        live = closed is not None and abs(now - closed) < _LIVE_MS
        pace, silent = self._pace(), at - moved
        if self.trouble:
            return Freshness("disconnected", at - self.trouble[1], pace, live, self.trouble[0])
        if closed is None:
            return Freshness("nothing", silent)
        pulse: Pulse = "moving" if self.marks else "waiting"
        return Freshness("stale" if silent > self._patience(bucket_s if live else 0.0) else pulse, silent, pace, live)

    def _pace(self) -> float | None:
        if len(self.marks) < 2:
            return None
        (began, first), *_, (ended, last) = self.marks[-_PACED:]
        return (last - first) / 1000 / (ended - began)

    def _patience(self, usual_s: float) -> float:
        """How long nothing may close before that means something: three times as long as usual, or ten seconds."""
        times = [at for at, _ in self.marks]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        return max(LEAST_PATIENCE_S, 3 * (median(gaps) if gaps else usual_s))
