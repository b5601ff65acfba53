"""Extremes of one series: how rarely does a day bring as much, by the largest of each day in the last weeks?

No model of the counts is needed for that, so heavy tails and the rhythm of the day cannot deceive it; all that it
takes for granted is that the largest of a day behaves like the largest of other days.

References:
    Gumbel, "Statistics of Extremes", 1958, for the law of maxima and its moments; Coles, "An Introduction to
    Statistical Modeling of Extreme Values", 2001, chapter 3, for block maxima and return periods.
"""

import math
from collections import deque

import numpy as np

from tocsin.detect.baseline import DAY_MS, SLOT_MS

WEEKS = 3  # whole ones, so that each day of the week counts as much
PRIOR_DAYS = 7.0  # what is assumed of the spread of maxima weighs as much as so many days
WHOLE = 0.5  # share of a day that must have been seen for its largest to count
WINSOR = 10.0  # nats: what is rarer is remembered as so rare, lest one event hide the next for weeks
_EULER = 0.5772156649  # the mean of the standard Gumbel law
_SCALE = math.sqrt(6) / math.pi  # its scale by its standard deviation


class Extremes:
    """Turns a statistic into the log of its return period, by the maxima of the days before the last 24 hours.

    Days are blocks of 24 hours that end now. The older one is, the less it weighs: 1 - (age / 3 weeks)**2, the kernel
    of Epanechnikov. A Gumbel law is fitted to them by moments; the variance is drawn to the usual one, which settles
    it while few days are known.

    Args:
        bucket_ms: Width of a bucket in milliseconds.
        usual: Standard deviation of daily maxima that is assumed beforehand.
        least: Location of the maxima that chance alone would bring, if known. It serves while no day is, and neither
            it nor ``usual`` is ever undercut: the fit may be stricter than theory, never laxer.

    References:
        Epanechnikov, "Non-parametric estimation of a multivariate probability density", Theory Probab. Appl. 14,
        1969; Dixon and Tukey, "Approximate behavior of the distribution of Winsorized t", Technometrics 10, 1968,
        for remembering outliers as less than they were.
    """

    def __init__(self, bucket_ms: int, usual: float, least: float | None = None) -> None:
        per_slot = max(1, SLOT_MS // bucket_ms)
        slots = -(-DAY_MS // (bucket_ms * per_slot))
        self._per_slot = per_slot
        self._usual = usual
        self._least = least
        self._tops = np.full((7 * WEEKS + 1, slots), -np.inf)  # the largest of each slot; the newest first
        self._weights = 1 - (np.arange(7 * WEEKS) / (7 * WEEKS)) ** 2
        self._slot: int | None = None
        self._top = -math.inf  # of the running slot
        self._law = self._fit()

    def nats(self, bucket: int, value: float) -> float | None:
        """Tell the log of the days in which such a value comes once; 0 where that is nothing special.

        Args:
            bucket: Its number, at least that of the one before.
            value: The statistic.

        Returns:
            None while there is nothing to go by.
        """
        self._go_on(bucket // self._per_slot)
        if self._law is None:
            return None
        location, scale = self._law
        return max((value - location) / scale, 0.0)

    def learn(self, value: float) -> None:
        """Remember the value of the bucket that was just looked at."""
        if self._law is not None:
            location, scale = self._law
            value = min(value, location + WINSOR * scale)
        self._top = max(self._top, value)

    def _go_on(self, slot: int) -> None:
        if self._slot is None:
            self._slot = slot
        for _ in range(slot - self._slot):
            tops = self._tops.ravel()
            tops[1:] = tops[:-1].copy()
            tops[0] = self._top
            self._top = -math.inf
        if slot != self._slot:
            self._slot = slot
            self._law = self._fit()

    def _fit(self) -> tuple[float, float] | None:
        """Fit location and scale to the days before the last."""
        seen = np.isfinite(self._tops[1:]).mean(axis=1)
        weights = self._weights * (seen >= WHOLE)
        total = float(weights.sum())
        if total == 0:
            return None if self._least is None else (self._least, self._usual * _SCALE)
        known = weights > 0
        weights, maxima = weights[known], self._tops[1:][known].max(axis=1)
        mean = float(weights @ maxima) / total
        variance = float(weights @ (maxima - mean) ** 2) / total
        days = total**2 / float(weights @ weights)
        pooled = (days * variance + PRIOR_DAYS * self._usual**2) / (days + PRIOR_DAYS)
        scale = math.sqrt(pooled) * _SCALE
        if self._least is None:
            return mean - _EULER * scale, scale
        scale = max(scale, self._usual * _SCALE)
        return max(mean - _EULER * scale, self._least), scale


class Novelty:
    """Tells what is new from what goes on: one event should ring once, however long it lasts.

    Evidence is news if within the last 24 hours there was none as strong, and no news that was evidence at all came
    near it: it must be three times as strong in nats, so the cube as rare.

    Args:
        day: Buckets in 24 hours.
    """

    TIMES = 3.0
    LEAST = 1.0  # nats; below that it is no evidence

    def __init__(self, day: int) -> None:
        self._day = day
        self._evidence: deque[tuple[int, float]] = deque()  # of the last day, each weaker than those before it
        self._news: deque[tuple[int, float]] = deque()

    def news(self, bucket: int, nats: float) -> float:
        """Tell evidence that is news; 0 if it is none."""
        for heard in (self._evidence, self._news):
            while heard and heard[0][0] < bucket - self._day:
                heard.popleft()
        strongest = self._evidence[0][1] if self._evidence else 0.0
        latest = max((old for _, old in self._news), default=0.0)
        return nats if nats > max(strongest, self.TIMES * latest) else 0.0

    def learn(self, bucket: int, nats: float, news: float) -> None:
        """Remember the evidence of a bucket, and the news that it was."""
        while self._evidence and self._evidence[-1][1] <= nats:
            self._evidence.pop()
        self._evidence.append((bucket, nats))
        if news >= self.LEAST:
            self._news.append((bucket, news))
