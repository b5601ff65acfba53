"""What is expected of each series: a daily profile, the present level, and how far counts stray from both.

All state is integers in fixed point (1/1024), or sums of them built with exact IEEE operations in the order of
the buckets, so that folding the same buckets again gives the same bits.

References:
    Farrington et al., "A statistical algorithm for the early detection of outbreaks of infectious disease",
    JRSS A 159(3), 1996, for baselines from comparable periods. The negative-binomial moments are textbook.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ONE = 1024
DAY_MS = 86_400_000
SLOT_MS = 600_000
LEVEL_SLOTS = 36
FIRST_HOUR = 6  # slots; before that, a series that is new to us may well be old
MEMORY_DAYS = 7
FLOOR = ONE // 50  # a series is never expected to be quite impossible: 0.02 posts a bucket
KERNEL = ((-2, 1), (-1, 2), (0, 3), (1, 2), (2, 1))

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass
class Expectation:
    """What is expected of each series in one bucket.

    Attributes:
        mean: Posts per bucket, in 1/1024.
        spread: Over-dispersion of a single bucket: variance = mean + spread * mean**2.
        drift: Squared relative error of the mean itself, which no longer window averages away.
        known: Whether there is any history to expect something from.
    """

    mean: Ints
    spread: Floats
    drift: Floats
    known: Bools


class Baseline:
    """Baselines of many series, as columns of arrays.

    Args:
        bucket_ms: Width of a bucket in milliseconds.
    """

    def __init__(self, bucket_ms: int) -> None:
        self.buckets_per_slot = max(1, SLOT_MS // bucket_ms)
        self._bucket_ms = bucket_ms
        self._slot_ms = bucket_ms * self.buckets_per_slot
        slots = -(-DAY_MS // self._slot_ms)
        self.slot: int | None = None  # number of the running slot since 1970
        self.slots_done = 0
        self.seen_days = np.zeros(slots, np.int64)
        self.profile = np.zeros((0, slots), np.int64)
        self.days = np.zeros((0, slots), np.int64)
        self.ring_observed = np.zeros((0, LEVEL_SLOTS), np.int64)
        self.ring_profile = np.zeros((0, LEVEL_SLOTS), np.int64)
        self.ring_buckets = np.zeros((0, LEVEL_SLOTS), np.int64)
        self.recent = np.zeros(0, np.int64)  # mean of the last hour that could be learned from; -1 before the first
        self.sum_observed = np.zeros(0, np.int64)
        self.sum_mean = np.zeros(0, np.int64)
        self.sum_profile = np.zeros(0, np.int64)
        self.sum_buckets = np.zeros(0, np.int64)
        self.spread_excess = np.zeros(0)
        self.spread_weight = np.zeros(0)
        self.drift_excess = np.zeros(0)
        self.drift_weight = np.zeros(0)
        self._now: tuple[Ints, Ints, Bools] | None = None

    def grow(self, rows: int) -> None:
        """Make room for more series. After an hour, one that was never seen has a history of zeros, not none."""
        done = min(self.slots_done, LEVEL_SLOTS) if self.slots_done >= FIRST_HOUR else 0
        for name, array in vars(self).items():
            if isinstance(array, np.ndarray) and name != "seen_days":
                more = np.zeros((rows - len(array), *array.shape[1:]), array.dtype)
                if name == "days" and done:
                    more[:] = self.seen_days
                if name == "ring_buckets":
                    more[:, :done] = self.buckets_per_slot
                if name == "recent" and not done:
                    more[:] = -1
                setattr(self, name, np.concatenate([array, more]))
        self._now = None

    def expect(self, bucket: int) -> Expectation:
        """Tell what is expected in a bucket; must be called for every bucket, in order.

        Args:
            bucket: Its number.

        Returns:
            Expectations of all series.
        """
        slot = bucket // self.buckets_per_slot
        if self.slot is None:
            self.slot = slot
        while slot > self.slot:
            self._end_slot()
        if self._now is None:
            self._now = self._predict()
        mean, _, known = self._now
        mu = mean / ONE
        prior = 200 * np.maximum(mu, 0.05) ** 2
        spread = np.clip((self.spread_excess + 0.2 * prior) / (self.spread_weight + prior), 0.005, 2.0)
        prior = 12 * (np.maximum(mu, 0.05) * self.buckets_per_slot) ** 2
        drift = np.clip((self.drift_excess + 0.1 * prior) / (self.drift_weight + prior), 0.004, 0.5)
        return Expectation(mean, spread, drift, known)

    def learn(self, observed: Ints, quiet: Bools) -> None:
        """Fold the counts of the bucket that was just expected.

        Args:
            observed: Posts of each series.
            quiet: Which series may learn from it: those that were observed and are in no open incident.
        """
        if self._now is None:
            raise ValueError("expect() comes before learn()")
        mean, profile, known = self._now
        self.sum_observed += np.where(quiet, observed, 0)
        self.sum_mean += np.where(quiet, mean, 0)
        self.sum_profile += np.where(quiet, profile, 0)
        self.sum_buckets += quiet
        mu = mean / ONE
        error = observed - mu
        usable = quiet & known
        self.spread_excess += np.where(usable, error * error - mu, 0.0)
        self.spread_weight += np.where(usable, mu * mu, 0.0)

    def unlearn(self, row: int, since: int) -> None:
        """Take back what a series has taught its level since an incident began, before anybody knew of it.

        Args:
            row: Of the series.
            since: Bucket of the onset.
        """
        slots = min(max((self.slot or 0) - since // self.buckets_per_slot, 0), LEVEL_SLOTS)
        for array in (self.ring_observed, self.ring_profile, self.ring_buckets):
            array[row, :slots] = 0
        for total in (self.sum_observed, self.sum_mean, self.sum_profile, self.sum_buckets):
            total[row] = 0
        self._now = None

    def relearn(self, rows: Bools) -> None:
        """Forget the level of some series, but not their daily profile."""
        for array in (self.ring_observed, self.ring_profile, self.ring_buckets):
            array[rows] = 0
        for total in (self.sum_observed, self.sum_mean, self.sum_profile, self.sum_buckets):
            total[rows] = 0
        self.recent[rows] = -1
        self._now = None

    def _predict(self) -> tuple[Ints, Ints, Bools]:
        """Expect, for the running slot: the mean, the profile alone, and whether anything is known."""
        slots = self.profile.shape[1]
        here = (self.slot or 0) % slots
        near = [(here + step) % slots for step, _ in KERNEL]
        weights = np.array([weight for _, weight in KERNEL], np.int64) * (self.days[:, near] > 0)
        weight = weights.sum(axis=1)
        profile = (self.profile[:, near] * weights).sum(axis=1) // np.maximum(weight, 1)
        # The level: six hours of what came against what the profile said, with a prior of twenty posts.
        prior = 20 * ONE
        level = (self.ring_observed.sum(axis=1) * ONE + prior) * ONE // (self.ring_profile.sum(axis=1) + prior)
        by_profile = profile * np.clip(level, ONE // 2, 2 * ONE) // ONE
        # No profile for this time of day yet: the last hour must do, or the one before an incident that froze us.
        buckets = self.ring_buckets[:, :FIRST_HOUR].sum(axis=1)
        hour = self.ring_observed[:, :FIRST_HOUR].sum(axis=1) * ONE // np.maximum(buckets, 1)
        self.recent = np.where(buckets > 0, hour, self.recent)
        has_profile = self.days[:, here] > 0
        mean = np.where(has_profile, by_profile, self.recent)
        return np.maximum(mean, FLOOR), np.where(has_profile, profile, 0), has_profile | (self.recent >= 0)

    def _end_slot(self) -> None:
        """Fold the running slot into profile, level and drift, and go on to the next."""
        slots = self.profile.shape[1]
        here = (self.slot or 0) % slots
        enough = 2 * self.sum_buckets >= self.buckets_per_slot
        seen = self.sum_observed * ONE // np.maximum(self.sum_buckets, 1)
        weight = np.minimum(self.days[:, here] + 1, MEMORY_DAYS)
        self.profile[:, here] += np.where(enough, (seen - self.profile[:, here]) // weight, 0)
        self.days[:, here] += enough
        self.seen_days[here] += 1
        self._learn_drift(enough)
        on_profile = enough & (self.sum_profile > 0)
        for ring, newest in (
            (self.ring_observed, np.where(enough, self.sum_observed, 0)),
            (self.ring_profile, np.where(on_profile, self.sum_profile, self.sum_observed * ONE * enough)),
            (self.ring_buckets, np.where(enough, self.sum_buckets, 0)),
        ):
            ring[:, 1:] = ring[:, :-1].copy()
            ring[:, 0] = newest
        for total in (self.sum_observed, self.sum_mean, self.sum_profile, self.sum_buckets):
            total[:] = 0
        if here == slots - 1:
            for moment in (self.spread_excess, self.spread_weight, self.drift_excess, self.drift_weight):
                np.multiply(moment, 0.85, out=moment)
        self.slot = (self.slot or 0) + 1
        self.slots_done += 1
        self._now = None

    def _learn_drift(self, enough: Bools) -> None:
        predicted = self.sum_mean / ONE
        error = np.clip(self.sum_observed - predicted, -0.5 * predicted, 0.5 * predicted)
        spread = np.clip(self.spread_excess / np.maximum(self.spread_weight, 1e-9), 0.0, 2.0)
        noise = predicted + spread * predicted * predicted / np.maximum(self.sum_buckets, 1)
        usable = enough & (self.slots_done > 0)
        self.drift_excess += np.where(usable, error * error - noise, 0.0)
        self.drift_weight += np.where(usable, predicted * predicted, 0.0)
