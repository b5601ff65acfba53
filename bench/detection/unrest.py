"""Posts of a channel in slots of ten minutes, in weeks of unrest. The same seed gives the same channel."""

import numpy as np

from tocsin.forecast import Floats

PER_HOUR, PER_DAY = 6, 144
DAILY, SLOW, WALK = 0.8, 0.2, 0.1  # of the logarithm: amplitude, slow noise, and the step from one day to the next
SHAPE = 50.0  # of the gamma-distributed rates around which counts are Poisson


def unrest(seed: int, hourly: float, days: int, *, weekend: float = 1.0, nights: float = 0.7) -> Floats:
    """Draw a daily rhythm, a level that wanders, slow noise, bursts, and negative-binomial counts.

    Args:
        seed: Of all of it.
        hourly: Posts on average, but for the bursts.
        days: How many.
        weekend: Level of two days in seven.
        nights: Share of the evenings with a burst, all about the same hour; a third as many come at any time.
    """
    rng, slots = np.random.default_rng(seed), days * PER_DAY
    place = np.arange(slots)
    log = DAILY * np.sin(2 * np.pi * place / PER_DAY + rng.uniform(0, 2 * np.pi))
    log += np.repeat(rng.normal(0, WALK, days).cumsum(), PER_DAY)
    slow, keep = 0.0, np.exp(-1 / (6 * PER_HOUR))
    for at, push in enumerate(rng.normal(0, SLOW * np.sqrt(1 - keep * keep), slots)):
        slow = keep * slow + push
        log[at] += slow
    log[place // PER_DAY % 7 >= 5] += np.log(weekend)
    evening = rng.uniform(15, 22)
    for day in range(days):
        for share, hour in ((nights, evening + rng.normal()), (nights / 3, rng.uniform(0, 24))):
            begin, length = round((day * 24 + hour) * PER_HOUR), int(rng.integers(6, 24))
            if rng.random() < share:
                log[begin : begin + length] += rng.normal(1.0, 0.5)
    return rng.poisson(rng.gamma(SHAPE, hourly / PER_HOUR * np.exp(log) / SHAPE)).astype(np.float64)
