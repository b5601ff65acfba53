"""Chance that falls the same way on every machine.

Only uniform draws and plain arithmetic, which IEEE 754 fixes to the last bit. ``math.exp`` and its kin are left to
each C library to round.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import TypeVar

Chance = Callable[[], float]
T = TypeVar("T")

_CHUNK = 16.0


def poisson(rate: float, chance: Chance) -> int:
    """Draw a Poisson number.

    Args:
        rate: Its mean, 0 or more.
        chance: Uniform in [0, 1).

    References:
        Knuth, "The Art of Computer Programming", vol. 2, 3.4.1, in chunks so that nothing underflows.
    """
    count = 0
    while rate > 0:
        floor, product = (_CHUNK_FLOOR if rate >= _CHUNK else exp_of_minus(rate)), chance()
        rate -= _CHUNK
        while product > floor:
            count += 1
            product *= chance()
    return count


def exp_of_minus(x: float) -> float:
    """Compute exp(-x) for 0 <= x <= 16, to about 12 digits, by arithmetic alone."""
    y = x / 1024
    result = 1 - y * (1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5 * (1 - y / 6)))))
    for _ in range(10):
        result *= result
    return result


_CHUNK_FLOOR = exp_of_minus(_CHUNK)


def drawing(weights: Mapping[T, float], chance: Chance) -> Callable[[], T]:
    """Draw values by weight.

    Args:
        weights: Weight by value; the order matters.
        chance: Uniform in [0, 1).

    Returns:
        What draws one value whenever it is called.
    """
    sums = list(accumulate(weights.values()))
    whole = sums[-1]
    values = list(weights)
    values.append(values[-1])  # the product below may be rounded up to the whole
    return lambda: values[bisect_right(sums, chance() * whole)]
