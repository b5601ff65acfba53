"""Rival statistics, for many series side by side.

All but the oracle are given the expectation of Tocsin's own baseline, so that only the statistics differ. Each keeps
its present values in ``stat``: (2, series), drops first and bursts second, -inf where there is nothing to say.
"""

from typing import Protocol

import numpy as np

from bench.detection.world import ALPHA, Bools, Floats, Ints

DROPS = (0.02, 0.1, 0.2, 0.35, 0.5, 0.65)
BURSTS = (1.5, 2.0, 3.0, 5.0, 8.0, 16.0, 50.0)
MINUTE = 6  # buckets
LEAST_FACTOR = 1e-3  # an oracle that is certain of utter silence would be silenced by one stray post


class Rival(Protocol):
    """What a rival can do."""

    stat: Floats

    def step(self, bucket: int, counts: Ints, mean: Floats, quiet: Bools) -> None:
        """Fold one bucket, whose counts were expected to be ``mean``; only what is quiet may be learned from."""

    def forget(self, rows: Ints) -> None:
        """Begin anew for some series, as an operator does whose incident is over."""


def llr(counts: Ints, mean: Floats, alpha: float, factor: Floats) -> Floats:
    """Log-likelihood ratio of counts for negative binomials of mean ``factor * mean`` against ``mean``."""
    r = 1 / alpha
    return counts * np.log(factor) - (counts + r) * np.log((factor * mean + r) / (mean + r))


class Oracle:
    """CUSUM that knows the true rate of each bucket, the dispersion, and the size of the change beforehand.

    No detector can be given more; among those with as many false alarms, it is quickest (Lorden's criterion).

    Args:
        factors: What the rate is multiplied by: (changes, 1), or (1, series) for one of each series' own.
        series: How many.

    References:
        Page, "Continuous inspection schemes", Biometrika 41, 1954; Moustakides, "Optimal stopping times for detecting
        changes in distributions", Ann. Statist. 14, 1986.
    """

    def __init__(self, factors: Floats, series: int) -> None:
        self._factors = np.maximum(factors, LEAST_FACTOR)
        self.stat = np.zeros((len(factors), series))

    def step(self, counts: Ints, true_mean: Floats) -> None:
        """Fold one bucket."""
        self.stat += llr(counts, true_mean, ALPHA, self._factors)
        np.maximum(self.stat, 0.0, out=self.stat)

    def forget(self, rows: Ints) -> None:
        """Begin anew."""
        self.stat[:, rows] = 0.0


class PoissonFocus:
    """Poisson-FOCuS form: the largest Poisson log-likelihood ratio over all windows that end now.

    FOCuS maximises over every size of change too; here a bank of CUSUMs stands for it, one for each size of a grid,
    which is the approximation that its authors compare with and which it improves upon only slightly.

    References:
        Ward et al., "Poisson-FOCuS: An efficient online method for detecting count bursts with application to gamma
        ray burst detection", JASA 119(547), 2024; Lucas, "Counted data CUSUM's", Technometrics 27, 1985.
    """

    def __init__(self, series: int) -> None:
        factors = np.array(DROPS + BURSTS)[:, None]
        self._gain, self._cost = np.log(factors), factors - 1
        self._sums = np.zeros((len(factors), series))
        self.stat = np.zeros((2, series))

    def step(self, bucket: int, counts: Ints, mean: Floats, quiet: Bools) -> None:
        """Fold one bucket."""
        del bucket, quiet
        self._sums += counts * self._gain
        self._sums -= mean * self._cost
        np.maximum(self._sums, 0.0, out=self._sums)
        self.stat = np.stack([self._sums[: len(DROPS)].max(axis=0), self._sums[len(DROPS) :].max(axis=0)])

    def forget(self, rows: Ints) -> None:
        """Begin anew."""
        self._sums[:, rows] = 0.0
        self.stat[:, rows] = 0.0


class Minutes:
    """Counts and expectations of the last minutes, for statistics that are looked at once a minute."""

    def __init__(self, series: int, minutes: int) -> None:
        self.counts = np.zeros((minutes, series))  # a ring; which minute is the newest does not matter to sums
        self.means = np.zeros((minutes, series))
        self._count, self._mean = np.zeros(series), np.zeros(series)
        self._minute = 0

    def step(self, bucket: int, counts: Ints, mean: Floats) -> bool:
        """Fold one bucket; tells whether it ends a minute."""
        self._count += counts
        self._mean += mean
        if (bucket + 1) % MINUTE:
            return False
        self._minute = bucket // MINUTE
        self.counts[self._minute % len(self.counts)] = self._count
        self.means[self._minute % len(self.means)] = self._mean
        self._count[:] = self._mean[:] = 0.0
        return True

    def slots(self, first: int, last: int) -> Ints:
        """Tell where the minutes from ``first`` to ``last`` before the newest are, both included."""
        return (self._minute - np.arange(first, last + 1)) % len(self.counts)


class EarsC2:
    """EARS C2 on one-minute counts: how many standard deviations of the recent past, with a guard of two minutes.

    In the kindest form that keeps its idea: the mean is the seasonal expectation, not that of the last counts, and the
    deviation is that of the last 60 errors, where the paper takes seven.

    References:
        Hutwagner et al., "The bioterrorism preparedness and response Early Aberration Reporting System (EARS)",
        Journal of Urban Health 80(2 Suppl 1), 2003.
    """

    PAST, GUARD = 60, 2

    def __init__(self, series: int) -> None:
        self._minutes = Minutes(series, 1 + self.GUARD + self.PAST)
        self.stat = np.full((2, series), -np.inf)

    def step(self, bucket: int, counts: Ints, mean: Floats, quiet: Bools) -> None:
        """Fold one bucket."""
        del quiet
        minutes = self._minutes
        if not minutes.step(bucket, counts, mean):
            return
        errors = minutes.counts - minutes.means
        past = errors[minutes.slots(1 + self.GUARD, self.GUARD + self.PAST)]
        score = errors[minutes.slots(0, 0)[0]] / np.sqrt(np.maximum((past * past).mean(axis=0), 0.25))
        self.stat = np.stack([-score, score])

    def forget(self, rows: Ints) -> None:
        """Begin anew: the errors of an event would pass for ordinary ones."""
        self._minutes.counts[:, rows] = self._minutes.means[:, rows]
        self.stat[:, rows] = -np.inf


class QuasiPoisson:
    """Farrington's form on five-minute counts: the error after the 2/3 power, with over-dispersion of its own.

    The dispersion is the mean squared Pearson error of quiet times, at least 1. The improved algorithm weighs the past
    differently but compares in the same way.

    References:
        Farrington et al., "A statistical algorithm for the early detection of outbreaks of infectious disease",
        JRSS A 159(3), 1996; Noufaily et al., "An improved algorithm for outbreak detection in multiple surveillance
        systems", Statistics in Medicine 32(7), 2013.
    """

    WINDOW, MEMORY = 5, 1_000  # minutes

    def __init__(self, series: int) -> None:
        self._minutes = Minutes(series, self.WINDOW)
        self._dispersion = np.ones(series)
        self.stat = np.full((2, series), -np.inf)

    def step(self, bucket: int, counts: Ints, mean: Floats, quiet: Bools) -> None:
        """Fold one bucket."""
        if not self._minutes.step(bucket, counts, mean):
            return
        came, mu = self._minutes.counts.sum(axis=0), np.maximum(self._minutes.means.sum(axis=0), 1e-3)
        deviation = 2 / 3 * mu ** (1 / 6) * np.sqrt(np.maximum(self._dispersion, 1.0))
        score = (came ** (2 / 3) - mu ** (2 / 3)) / deviation
        self.stat = np.stack([-score, score])
        self._dispersion += np.where(quiet, (came - mu) ** 2 / mu - self._dispersion, 0.0) / self.MEMORY

    def forget(self, rows: Ints) -> None:
        """Begin anew."""
        self._minutes.counts[:, rows] = self._minutes.means[:, rows]
        self.stat[:, rows] = -np.inf


class Ratio:
    """Five-minute counts as a share of what is usual at this time: the form of IODA's and Cloudflare Radar's alerts.

    References:
        IODA, "Detection criteria", https://ioda.inetintel.cc.gatech.edu/help: the present value against the median of
        its history; Cloudflare Radar's traffic anomalies compare likewise with the same time of earlier weeks.
    """

    WINDOW = 5  # minutes

    def __init__(self, series: int) -> None:
        self._minutes = Minutes(series, self.WINDOW)
        self.stat = np.full((2, series), -np.inf)

    def step(self, bucket: int, counts: Ints, mean: Floats, quiet: Bools) -> None:
        """Fold one bucket."""
        del quiet
        if not self._minutes.step(bucket, counts, mean):
            return
        change = self._minutes.counts.sum(axis=0) / np.maximum(self._minutes.means.sum(axis=0), 1e-3) - 1
        self.stat = np.stack([-change, change])

    def forget(self, rows: Ints) -> None:
        """Begin anew."""
        self._minutes.counts[:, rows] = self._minutes.means[:, rows]
        self.stat[:, rows] = -np.inf
