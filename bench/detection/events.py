"""Events: one a day and series, at a random bucket far from both ends of the day."""

from dataclasses import dataclass

import numpy as np

from bench.detection.world import Floats, Ints

PER_DAY = 8_640  # buckets of ten seconds
LENGTH = 2_160  # buckets: six hours
MARGIN = 1_500


@dataclass(frozen=True)
class Events:
    """When the rate of which series changes by how much.

    Attributes:
        onsets: Bucket at which the event of each day and series begins, (days, series).
        factors: What the rate of each series is multiplied by.
        warm_days: Days before the first.
    """

    onsets: Ints
    factors: Floats
    warm_days: int

    def of_day(self, bucket: int) -> Ints | None:
        """Give the onsets of the day of a bucket; None while the baselines warm up."""
        day = bucket // PER_DAY - self.warm_days
        return self.onsets[day] if day >= 0 else None

    def change(self, first: int, buckets: int) -> Floats:
        """Give the multipliers of some buckets of one day, (buckets, series)."""
        onsets = self.of_day(first)
        if onsets is None:
            return np.ones((buckets, len(self.factors)))
        since = np.arange(first, first + buckets)[:, None] - onsets
        return np.where((since >= 0) & (since < LENGTH), self.factors, 1.0)


def place(rng: np.random.Generator, series: int, warm_days: int, days: int) -> Ints:
    """Draw the onsets, (days, series).

    Args:
        rng: Used for nothing else.
        series: How many.
        warm_days: Days without events at the beginning.
        days: Days with one each.
    """
    starts = (warm_days + np.arange(days, dtype=np.int64))[:, None] * PER_DAY
    return starts + rng.integers(MARGIN, PER_DAY - MARGIN - LENGTH, (days, series))
