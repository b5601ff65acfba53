"""Turning points: since when does a series stray, when is it back, and since when?

The expectation was frozen while the incident lasted, and the world may have moved on meanwhile: so what comes back is
granted the drift of the expectation. But it must be back in every part of the window that is looked at, or flapping
would close an incident again and again.
"""

import math
from dataclasses import dataclass

import numpy as np

from tocsin.detect.baseline import Floats, Ints
from tocsin.detect.tails import rarity

PARTS = 5
LEAST_BACK = 0.5  # of what was expected, however much the expectation may have drifted
LEAST_HEARD = 4.0  # posts expected in a stretch, of which chance alone would hardly leave none
SURE = 10.0  # nats: so rarely chance makes an outage look as if it were over, at one look
AMPLE = 15.0  # nats that a channel which is back should have to show
SILENT = 0.25  # of what was expected: a stretch with less than that is still silent


@dataclass(frozen=True)
class Recent:
    """The last blocks of one series, the newest first.

    Attributes:
        observed: Posts in each block.
        expected: Posts expected in each.
        block: Buckets in each.
    """

    observed: Ints
    expected: Floats
    block: int

    @property
    def buckets(self) -> int:
        """How many buckets all blocks hold."""
        return self.block * len(self.observed)

    @property
    def total(self) -> tuple[int, float]:
        """Observed and expected posts in all of them."""
        return int(self.observed.sum()), float(self.expected.sum())


def astray_for(recent: Recent, length: int) -> int:
    """Tell for how many buckets a series has strayed.

    The window that gives a change away is not always the one that begins with it. The change lies where the posts that
    are missing, or too many, exceed half of what is missing in that window by most.

    Args:
        recent: Reaches back as far as the change may.
        length: Buckets of the window that gave the change away, at most those of ``recent``.

    References:
        Page, "Continuous inspection schemes", Biometrika 41, 1954: the extreme of the cumulative sum dates a change.
    """
    blocks = max(1, length // recent.block)
    observed, expected = recent.observed[:blocks].sum(), max(float(recent.expected[:blocks].sum()), 1e-9)
    middle = (1 + observed / expected) / 2
    strayed = ((recent.observed - middle * recent.expected) * (1 if observed > expected else -1)).cumsum()
    return (int(strayed.argmax()) + 1) * recent.block


def level_of(observed: float, expected: float) -> float:
    """Tell which share of what was expected an outage left, never none and never all."""
    return min(max(observed / expected, 0.02), 0.9) if expected > 0 else 0.02


def enough_for(level: float) -> float:
    """Tell how many posts must be expected in a window that is to show whether an outage is over.

    Args:
        level: Share of the posts that it leaves.

    References:
        Wald, "Sequential analysis", 1947: a post of a channel that is back is worth this much evidence, on average,
        against one that is not.
    """
    return AMPLE / (math.log(1 / level) - (1 - level))


def is_beyond(recent: Recent, level: float, spread: float) -> bool:
    """Tell whether more came in a window than an outage lets through by chance.

    Args:
        recent: The window.
        level: Share of the posts that the outage left before it.
        spread: Over-dispersion of a single bucket.
    """
    observed, expected = recent.total
    mean = level * expected
    if observed <= mean:
        return False
    dispersion = np.array([max(spread / recent.buckets, 1e-9)])
    return bool(rarity(np.array([observed]), np.array([max(mean, 1e-3)]), dispersion)[0] >= SURE)


def outage_is_over(recent: Recent, spread: float, drift: float) -> bool:
    """Tell whether a channel that had gone quiet speaks again, all through a window.

    Args:
        recent: The window.
        spread: Over-dispersion of a single bucket.
        drift: Squared relative error of the expectation.
    """
    observed, expected = recent.total
    deviation = math.sqrt(expected + (spread / recent.buckets + drift) * expected * expected)
    enough = max(LEAST_BACK * expected, min(0.75 * expected, expected - 3 * deviation)) - math.sqrt(expected)
    if observed == 0 or observed < enough:
        return False
    size = -(-len(recent.observed) // PARTS)
    for at in range(0, len(recent.observed), size):
        came, part = int(recent.observed[at : at + size].sum()), float(recent.expected[at : at + size].sum())
        if came < SILENT * part - 2 * math.sqrt(SILENT * part) or (came == 0 and part >= LEAST_HEARD):
            return False
    return True


def burst_is_over(recent: Recent, spread: float, drift: float) -> bool:
    """Tell whether a series that had surged is ordinary again; arguments as for :func:`outage_is_over`."""
    observed, expected = recent.total
    deviation = math.sqrt(expected + (spread / recent.buckets + drift) * expected * expected)
    return observed <= max(1.25 * expected, expected + 3 * deviation)


def back_for(recent: Recent) -> int:
    """Tell for how many buckets a channel has been back; as for :func:`astray_for`, seen from the other side.

    The change lies where the posts that are missing, up to there, exceed half of what was expected by most.
    """
    missing = (0.5 * recent.expected - recent.observed)[::-1].cumsum()
    silent = int(missing.argmax()) + 1 if missing.max() > 0 else 0
    return (len(missing) - silent) * recent.block
