"""Posts of a channel in slots of ten minutes, in weeks of unrest."""

import numpy as np

from tocsin.forecast import Floats

PER_HOUR, PER_DAY = 6, 144


def unrest(seed: int, hourly: float, days: int, *, weekend: float = 1.0, nights: float = 0.7) -> Floats:
    """Draw a daily rhythm, a level that wanders, slow noise, evenings of unrest, and negative-binomial counts.

    Args:
        seed: Of all of it.
        hourly: Posts on average, but for the unrest.
        days: How many.
        weekend: Level of two days in seven.
        nights: Share of the days with unrest.
    """
    rng = np.random.default_rng(seed)
    slots = days * PER_DAY
    place = np.arange(slots)
    log = 0.8 * np.sin(2 * np.pi * place / PER_DAY + rng.uniform(0, 2 * np.pi))
    log += np.repeat(rng.normal(0, 0.1, days).cumsum(), PER_DAY)
    slow, keep = rng.normal(0, 0.15), np.exp(-1 / 36)
    for at, push in enumerate(rng.normal(0, 0.15 * np.sqrt(1 - keep * keep), slots)):
        slow = keep * slow + push
        log[at] += slow
    log[place // PER_DAY % 7 >= 5] += np.log(weekend)
    evening = rng.uniform(15, 22)
    for day in np.flatnonzero(rng.random(days) < nights).tolist():
        begin = round((day * 24 + evening + rng.normal()) * PER_HOUR)
        log[begin : begin + int(rng.integers(6, 24))] += rng.normal(1.0, 0.5)
    return rng.poisson(rng.gamma(50.0, hourly / PER_HOUR * np.exp(log) / 50.0)).astype(np.float64)
