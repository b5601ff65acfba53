"""How far counts stray from what is expected: the spread of a single bucket, and the drift of the expectation itself.

Both are estimated by moments from the errors that were made on the series, and drawn towards what is usual for series
in general, the more the less the series can tell.

References:
    McCullagh and Nelder, "Generalized Linear Models", 2nd edition, 1989, for moments of over-dispersed counts; Efron
    and Morris, "Stein's estimation rule and its competitors", JASA 68, 1973, for drawing estimates together.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST_DRIFT, CAUTION_SLOTS = 0.1, 8  # what is assumed at first, and with the weight of how many slots
CAUTION_LASTS = 72  # slots, after which it weighs half
USUAL_DRIFT = 0.015  # of series in general; those with few posts cannot tell their own
LEAST_DRIFT, MOST_DRIFT = 0.004, 0.5
USUAL_SPREAD, SPREAD_BUCKETS = 0.2, 200  # what is assumed, with the weight of how many buckets
LEAST_SPREAD, MOST_SPREAD = 0.005, 2.0
LEAST_MEAN = 0.05  # posts per bucket: below that, errors are those of single posts


def estimate_spread(excess: Floats, weight: Floats, mean: Floats) -> Floats:
    """Estimate over-dispersion: alpha in variance = mean + alpha * mean**2 of a single bucket.

    Args:
        excess: Sum of squared errors of buckets, less their means.
        weight: Sum of their squared means.
        mean: Posts per bucket that are expected now.
    """
    prior = SPREAD_BUCKETS * np.maximum(mean, LEAST_MEAN) ** 2
    spread: Floats = np.clip((excess + USUAL_SPREAD * prior) / (weight + prior), LEAST_SPREAD, MOST_SPREAD)
    return spread


def estimate_drift(excess: Floats, weight: Floats, mean: Floats, buckets: int) -> Floats:
    """Estimate the squared relative error of an expectation, beyond chance.

    What is returned is one standard error more than the estimate: too small a drift costs false alarms, too large a one
    a little delay. The variance of what one slot tells is 2 * (noise + drift)**2, as of any squared normal error; over
    the squared drift of series in general, it is the number of slots that the usual drift weighs.

    Args:
        excess: Sum of squared errors of slots, less what chance explains.
        weight: Sum of the squares of what was expected in them.
        mean: Posts per slot that are expected now.
        buckets: In a slot.

    References:
        Efron and Morris, 1973.
    """
    mean = np.maximum(mean, LEAST_MEAN * buckets)
    noise = 1 / mean + 0.1 / buckets
    trust = 2 * ((noise + USUAL_DRIFT) / USUAL_DRIFT) ** 2
    known = weight / mean**2
    caution = CAUTION_SLOTS / (1 + known / CAUTION_LASTS)
    slots = known + caution + trust
    drift = np.maximum((excess / mean**2 + FIRST_DRIFT * caution + USUAL_DRIFT * trust) / slots, LEAST_DRIFT)
    return np.minimum(drift + (noise + drift) * np.sqrt(2 / slots), MOST_DRIFT)
