"""Exact intervals for the mean of a Poisson count, without a library of statistics."""

import math
from collections.abc import Callable


def interval(count: int, tail: float = 0.025) -> tuple[float, float]:
    """Bound the mean of which a count was drawn.

    Args:
        count: What was counted.
        tail: Probability left out on either side.

    References:
        Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 1936.
    """
    top = 10.0 + count + 10 * math.sqrt(count + 1)
    low = _root(lambda mean: 1 - _at_most(count - 1, mean) > tail, top) if count else 0.0
    return low, _root(lambda mean: _at_most(count, mean) < tail, top)


def _at_most(count: int, mean: float) -> float:
    """Probability that a Poisson variable of this mean is no larger."""
    if mean == 0:
        return 1.0
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


def _root(is_beyond: Callable[[float], bool], top: float) -> float:
    low, high = 0.0, top
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return high
