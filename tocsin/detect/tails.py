"""Tails of the negative binomial: how rarely chance alone strays so far."""

import numpy as np

from tocsin.detect.baseline import Floats, Ints


def deviance(observed: Ints, mean: Floats, dispersion: Floats) -> Floats:
    """Half the negative-binomial deviance of counts: the log-likelihood ratio of the best rate to the expected.

    Args:
        observed: Counts.
        mean: Expected counts, positive.
        dispersion: alpha in variance = mean + alpha * mean**2, positive.

    Returns:
        Nats, at least 0.

    References:
        McCullagh and Nelder, "Generalized Linear Models", 2nd edition, 1989, for the deviance.
    """
    r = 1.0 / dispersion
    gain = observed * np.log(np.maximum(observed, 1) / mean)
    return gain - (observed + r) * np.log((observed + r) / (mean + r))


def rarity(observed: Ints, mean: Floats, dispersion: Floats) -> Floats:
    """Tell how rarely chance alone brings a count as far from its mean, or farther, on the same side.

    The probability of the count itself is exp(-deviance) over the Gaussian factor of Stirling's formula, with
    Gosper's 1/6, which makes it exact for none; the counts beyond it are a geometric series in good approximation.

    Args:
        observed: Counts.
        mean: Expected counts, positive.
        dispersion: alpha in variance = mean + alpha * mean**2, positive.

    Returns:
        The negative log of the tail probability, in nats, at least 0; within 0.3 where it exceeds 5, for
        dispersions up to 0.1.

    References:
        Bahadur and Rao, "On deviations of the sample mean", Ann. Math. Statist. 31, 1960, for the correction of the
        exponential bound; Gosper, "Decision procedure for indefinite hypergeometric summation", PNAS 75, 1978.
    """
    r = 1.0 / dispersion
    gaussian = 0.5 * np.log(2 * np.pi * (observed + 1 / 6) * (1 + dispersion * observed))
    lower = observed * (mean + r) / (mean * (observed - 1 + r))  # how much rarer each next lower count is
    upper = (observed + r) * mean / ((observed + 1) * (mean + r))
    ratio = np.where(observed < mean, lower, upper)
    tail: Floats = np.log(np.maximum(1 - ratio, 1e-9))
    return np.maximum(deviance(observed, mean, dispersion) + gaussian + tail, 0.0)
