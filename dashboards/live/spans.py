"""Which part of the past a chart shows, and how finely: it never reads or draws more than a screen can hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.model import By, Status

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
SPANS: Mapping[str, tuple[str, int | None]] = {
    "auto": ("Fitting the speed", None),
    "15m": ("15 minutes", 15 * MINUTE_MS),
    "1h": ("1 hour", HOUR_MS),
    "6h": ("6 hours", 6 * HOUR_MS),
    "1d": ("1 day", DAY_MS),
    "all": ("All of it", None),
}
MOST_READ = 1_500  # keys of one series
MOST_DRAWN = 240  # points of one line
FEWEST_DRAWN = 60  # a beginning stream grows into the picture instead of filling it with a single bucket
_PASSES_S = 20.0  # what is seen should take so long to pass
_RESOLUTIONS: tuple[By, ...] = ("bucket", "minute", "hour")


@dataclass(frozen=True)
class Stretch:
    """A stretch of event time, as it is read and drawn.

    Attributes:
        by: Resolution in which it is read.
        step: Length of what is read, ms.
        group: How many of them make one point.
        begin: Start of the first point, epoch ms.
        end: Up to where all is counted, epoch ms.
        left: Where the axis begins, epoch ms.
    """

    by: By
    step: int
    group: int
    begin: int
    end: int
    left: int

    @property
    def starts(self) -> range:
        """What must be read."""
        return range(self.begin, self.end, self.step)

    @property
    def width(self) -> int:
        """Length of a point, ms."""
        return self.step * self.group


def fitting(status: Status, pace: float | None, now: int) -> str:
    """Choose the span at which what is seen does not rush by.

    Args:
        status: How far the stream has come.
        pace: Event time for each second of the wall clock; None if unknown.
        now: Wall clock, epoch ms.
    """
    if pace is None:
        pace = 1.0 if abs(now - status.closed_through) < HOUR_MS else float("inf")
    for name in ("1h", "6h", "1d"):
        if (SPANS[name][1] or 0) / 1000 >= pace * _PASSES_S:
            return name
    return "all"


def stretch(status: Status, span: str) -> Stretch:
    """Lay out what a chart shows.

    Args:
        status: How far the stream has come.
        span: A name of :data:`SPANS` except ``auto``.
    """
    end, whole = status.closed_through, status.closed_through - status.began
    length = min(SPANS[span][1] or whole, whole)
    by = next((by for by in _RESOLUTIONS if length / status.step(by) <= MOST_READ), _RESOLUTIONS[-1])
    step = status.step(by)
    group = -(-length // (step * MOST_DRAWN)) or 1
    begin = max(end - length, end - MOST_READ * MOST_DRAWN * step) // (step * group) * (step * group)
    return Stretch(by, step, group, begin, end, left=min(end - length, end - FEWEST_DRAWN * step))
