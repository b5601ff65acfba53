"""Where an axis has its ticks, and what is written at them."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboards.live.spans import DAY_MS, HOUR_MS, MINUTE_MS

MOST_TICKS = 6  # of a time axis; every other one stands down where a chart is narrow
_SECOND_MS = 1_000
_STEPS = (
    *(n * _SECOND_MS for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE_MS for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR_MS for n in (1, 2, 4, 6, 12)),
    *(n * DAY_MS for n in (1, 2, 4, 7, 14, 28, 56, 112, 224, 448)),
)
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_PARTS = 3  # at the least, into which rates divide a chart


@dataclass(frozen=True)
class Tick:
    """A place on an axis.

    Attributes:
        at: In percent of its length, from the left or from above.
        words: What is written there.
        day: Whether it is where a day begins, among hours.
        odd: Whether it can be left out where there is little room.
    """

    at: float
    words: str
    day: bool = False
    odd: bool = False


def time_ticks(left: int, right: int) -> tuple[Tick, ...]:
    """Divide a stretch of time.

    Args:
        left: Epoch ms, shifted to the clock that is shown, as ``right`` is.
        right: Must be later.
    """
    step = next((step for step in _STEPS if (right - left) / step <= MOST_TICKS), _STEPS[-1])
    first = -(-left // step)
    return tuple(
        _time_tick(number * step, step, (number * step - left) / (right - left), odd=number % 2 == 1)
        for number in range(first, right // step + 1)
    )


def _time_tick(at: int, step: int, share: float, *, odd: bool) -> Tick:
    shown, day = datetime.fromtimestamp(at / 1000, UTC), at % DAY_MS == 0
    if day:
        words = shown.strftime("%d %b" if step < 50 * DAY_MS else "%b %Y").lstrip("0")
    else:
        words = shown.strftime("%H:%M:%S" if step < MINUTE_MS else "%H:%M")
    return Tick(round(share * 100, 2), words, day and step < DAY_MS, odd and not day)


def rate_ticks(most: float) -> tuple[float, tuple[Tick, ...]]:
    """Divide rates from zero on.

    Args:
        most: What must have room.

    Returns:
        The rate at the upper end, and ticks from there down to zero.
    """
    raw = most / _PARTS or 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(nice * power for nice in _NICE if nice * power >= raw * (1 - 1e-9))
    parts = max(math.ceil(most / step - 1e-9), 1)
    ticks = (Tick(round(100 * (1 - part / parts), 2), _rate(part * step)) for part in range(parts, -1, -1))
    return parts * step, tuple(ticks)


def _rate(value: float) -> str:
    for least, sign in ((1e6, "M"), (1e5, "k")):
        if value >= least:
            return f"{value / (1e6 if sign == 'M' else 1e3):,.6g}{sign}"
    return f"{value:,.6g}"
