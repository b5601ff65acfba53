"""What is expected of each series: a weekly profile, the present level, and how far counts stray from both.

Several simple predictors run side by side, and each series is left to the one that has predicted it best so far.
Counts and everything made of them are integers in fixed point (1/1024); errors of prediction are sums in the order
of the buckets. So folding the same buckets again gives the same bits.

References:
    Farrington et al., "A statistical algorithm for the early detection of outbreaks of infectious disease",
    JRSS A 159(3), 1996, for baselines from comparable periods; Herbster and Warmuth, "Tracking the best expert",
    Machine Learning 32, 1998, for following whichever predictor does best; Gelman et al., "Bayesian Data Analysis", 3rd
    edition, 2013, section 2.6, for a level with a prior of some posts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.dispersion import estimate_drift, estimate_spread

ONE = 1024
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
SLOT_MS = 600_000
HOURS = 168  # of the week
MEMORY_DAYS = 7
KERNEL = ((-2, 1), (-1, 2), (0, 3), (1, 2), (2, 1))
WEEK_KERNEL = range(-2, 5)
LEVEL_SLOTS = 24
# Slots over which the level is taken, where there is a profile of this time of day: the newest, and the last. The last
# two leave out all or the last hour: they serve as anchors, which a drop that no short window shows cannot drag along.
SHAPED = ((0, 1), (0, 4), (0, 24), (0, 0), (6, 24))
FLAT = ((0, 1), (0, 6))  # likewise, where there is none, or where it is no help
# The slow predictor is the safe one: a quicker one must have been better by this much to be followed.
HANDICAP = np.array([[1.2], [1.1], [1.0], [1.0], [1.0], [1.4], [1.2]])
WORST_ERROR = 0.5  # relative; what exceeds it tells of an event rather than of the predictor
FORGET = 0.85  # of the moments of errors, a day
ANCHORS, FLAT_ANCHOR = slice(3, 5), 6  # their places among the predictors
FIRST_HOUR = 6  # slots; before that, a series that is new to us may well be old
# No series is expected to be quite impossible, yet so little is never missed: in the longest window it is 16 posts.
FLOOR = ONE // 64

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass
class Expectation:
    """What is expected of each series in one bucket.

    Attributes:
        mean: Posts per bucket, in 1/1024.
        drift: Squared relative error of the mean itself, which no longer window averages away.
        anchor: Like ``mean``, but by the slowest predictor: what a long window is held against, since the others
            have followed it already.
        anchor_drift: Squared relative error of the anchor.
        spread: Over-dispersion of a single bucket: variance = mean + spread * mean**2.
        known: Whether there is any history to expect something from.
    """

    mean: Ints
    drift: Floats
    anchor: Ints
    anchor_drift: Floats
    spread: Floats
    known: Bools


@dataclass
class _Slot:
    """What is worked out once a slot, from the state at its beginning; never stored.

    Attributes:
        daily: Daily profile alone, in 1/1024 posts per bucket; 0 where none is known.
        profile: Likewise, with the weekly factor.
        has_profile: Whether one is known for this time of day.
        guesses: What each predictor expects, in 1/1024: (predictors, series).
        able: Which of them have anything to go by.
        expectation: What follows from the one that is followed.
    """

    daily: Ints
    profile: Ints
    has_profile: Bools
    guesses: Ints
    able: Bools
    expectation: Expectation


class Baseline:
    """Baselines of many series, as rows of arrays whose last axis is the series.

    Args:
        bucket_ms: Width of a bucket in milliseconds.
    """

    def __init__(self, bucket_ms: int) -> None:
        self.buckets_per_slot = max(1, SLOT_MS // bucket_ms)
        self._slot_ms = bucket_ms * self.buckets_per_slot
        slots = -(-DAY_MS // self._slot_ms)
        self.slot: int | None = None  # number of the running slot since 1970
        self.slots_done = 0
        self.seen_days = np.zeros(slots, np.uint8)
        self.parent = np.zeros(0, np.int64)
        self.profile = np.zeros((slots, 0), np.int64)
        self.days = np.zeros((slots, 0), np.uint8)
        self.week = np.zeros((HOURS, 0), np.int16)  # in 1/1024 of the daily profile; 0 where unknown
        self.ring_observed = np.zeros((LEVEL_SLOTS, 0), np.int64)
        self.ring_profile = np.zeros((LEVEL_SLOTS, 0), np.int64)
        self.ring_buckets = np.zeros((LEVEL_SLOTS, 0), np.uint16)
        self.age = np.zeros(0, np.uint16)  # slots since the rings were last moved on
        self.errors = np.zeros((len(HANDICAP), 0))
        self.error_noise = np.zeros(0)
        self.error_weight = np.zeros(0)
        self.spread_excess = np.zeros(0)
        self.spread_weight = np.zeros(0)
        self.hour_observed = np.zeros(0, np.int64)
        self.hour_daily = np.zeros(0, np.int64)
        self.sum_observed = np.zeros(0, np.int64)
        self.sum_buckets = np.zeros(0, np.int64)
        self.sum_excess = np.zeros(0)
        self._now: _Slot | None = None

    def grow(self, parents: Ints) -> None:
        """Make room for more series. After an hour, one that was never seen has a history of zeros, not none.

        Args:
            parents: Row of the wider series that each new one is a part of; -1 for none.
        """
        done = min(self.slots_done, LEVEL_SLOTS) if self.slots_done >= FIRST_HOUR else 0
        for name, array in vars(self).items():
            if isinstance(array, np.ndarray) and name != "seen_days":
                more = np.zeros((*array.shape[:-1], len(parents)), array.dtype)
                if name == "parent":
                    more[:] = parents
                if name == "days" and done:
                    more[:] = self.seen_days[:, None]
                if name == "ring_buckets":
                    more[:done] = self.buckets_per_slot
                setattr(self, name, np.concatenate([array, more], axis=-1))
        self._now = None

    def expect(self, bucket: int) -> Expectation:
        """Tell what is expected in a bucket; must be called for every bucket, in order.

        Args:
            bucket: Its number.

        Returns:
            Expectations of all series; not to be written to.
        """
        slot = bucket // self.buckets_per_slot
        if self.slot is None:
            self.slot = slot
        while slot > self.slot:
            self._end_slot(self._running())
        return self._running().expectation

    def learn(self, observed: Ints, quiet: Bools) -> None:
        """Fold the counts of the bucket that was just expected.

        Args:
            observed: Posts of each series.
            quiet: Which series may learn from it: those that were observed and are in no open incident.
        """
        mean = self._running().expectation.mean / ONE
        error = observed - mean
        self.sum_observed += np.where(quiet, observed, 0)
        self.sum_buckets += quiet
        self.sum_excess += np.where(quiet, error * error - mean, 0.0)

    def unlearn(self, row: int, since: int) -> None:
        """Take back what a series has taught its level since an incident began, before anybody knew of it.

        Args:
            row: Of the series.
            since: Bucket of the onset.
        """
        slots = min(max((self.slot or 0) - since // self.buckets_per_slot, 0), LEVEL_SLOTS)
        for ring in (self.ring_observed, self.ring_profile, self.ring_buckets):
            ring[: LEVEL_SLOTS - slots, row] = ring[slots:, row].copy()
            ring[LEVEL_SLOTS - slots :, row] = 0
        self._drop_slot(row)

    def relearn(self, rows: Bools) -> None:
        """Forget the level of some series, but not their profile."""
        for ring in (self.ring_observed, self.ring_profile, self.ring_buckets):
            ring[:, rows] = 0
        self._drop_slot(rows)

    def _drop_slot(self, rows: int | Bools) -> None:
        for total in (self.sum_observed, self.sum_buckets, self.sum_excess):
            total[rows] = 0
        self._now = None

    def _running(self) -> _Slot:
        if self._now is None:
            daily, profile, has_profile = self._profile()
            guesses, able = self._guess(profile, has_profile)
            rank = np.where(able, (self.errors + 1e-9) * HANDICAP, np.inf)
            anchor = np.where(has_profile, rank[ANCHORS].argmin(axis=0) + ANCHORS.start, FLAT_ANCHOR)
            mean, drift = self._follow(rank.argmin(axis=0), guesses)
            expectation = Expectation(
                mean,
                drift,
                *self._follow(anchor, guesses),
                estimate_spread(self.spread_excess, self.spread_weight, mean / ONE),
                np.asarray(able.any(axis=0)),
            )
            self._now = _Slot(daily, profile, has_profile, guesses, able, expectation)
        return self._now

    def _profile(self) -> tuple[Ints, Ints, Bools]:
        """Smooth the daily profile over neighbouring slots, and the weekly factor over neighbouring hours."""
        slots, slot = len(self.profile), self.slot or 0
        near = [(slot + step) % slots for step, _ in KERNEL]
        weights = np.array([[weight] for _, weight in KERNEL], np.int64) * (self.days[near] > 0)
        daily = (self.profile[near] * weights).sum(axis=0) // np.maximum(weights.sum(axis=0), 1)
        hour = slot * self._slot_ms // HOUR_MS
        factors = self.week[[(hour + step) % HOURS for step in WEEK_KERNEL]].astype(np.int64)
        known = (factors > 0).sum(axis=0)
        factor = np.where(known > 0, factors.sum(axis=0) // np.maximum(known, 1), ONE)
        has_profile = self.days[slot % slots] > 0
        daily = np.where(has_profile, daily, 0)
        return daily, daily * factor // ONE, has_profile

    def _guess(self, profile: Ints, has_profile: Bools) -> tuple[Ints, Bools]:
        """Let every predictor guess the running slot; those without any history are not able to.

        References:
            Gelman et al., 2013: the level is the mean of a Gamma posterior for a Poisson rate.
        """
        guesses, able = [], []
        prior = 20 * ONE  # of twenty posts that came as expected
        for newest, last in SHAPED:
            observed, expected = (ring[newest:last].sum(axis=0) for ring in (self.ring_observed, self.ring_profile))
            level = (observed * float(ONE) + prior) / (expected + prior)
            guesses.append(np.rint(profile * np.clip(level, 0.5, 2.0)).astype(np.int64))
            able.append(has_profile)
        # A series without a profile of its own follows the rhythm of the wider one that it is a part of.
        of_parent = np.where(self.parent >= 0, profile[self.parent], 0) if len(profile) else profile
        for newest, last in FLAT:
            observed, buckets = (ring[newest:last].sum(axis=0) for ring in (self.ring_observed, self.ring_buckets))
            pooled = self.ring_profile[newest:last].sum(axis=0)[self.parent] * (of_parent > 0)
            flat = observed * float(ONE) / np.maximum(buckets, 1)
            shared = observed * float(ONE) * of_parent / np.maximum(pooled, 1)
            guesses.append(np.rint(np.where((pooled > 0) & ~has_profile, shared, flat)).astype(np.int64))
            # What came last says nothing of now where it is long ago, but may be all there is.
            able.append((buckets > 0) & ((self.age == 0) | ~has_profile))
        return np.stack(guesses), np.stack(able)

    def _follow(self, which: Ints, guesses: Ints) -> tuple[Ints, Floats]:
        """Take the guess of one predictor for each series, and the drift that it has."""
        mean = np.maximum(np.take_along_axis(guesses, which[None], axis=0)[0], FLOOR)
        error = np.take_along_axis(self.errors, which[None], axis=0)[0]
        slot = mean / ONE * self.buckets_per_slot
        return mean, estimate_drift(error - self.error_noise, self.error_weight, slot, self.buckets_per_slot)

    def _end_slot(self, slot: _Slot) -> None:
        """Fold the running slot into profile, level and errors, and go on to the next."""
        slots, number = len(self.profile), self.slot or 0
        enough = 2 * self.sum_buckets >= self.buckets_per_slot
        self._learn_errors(slot, enough)
        self._learn_profile(number % slots, enough)
        self._learn_week(number, slot, enough)
        on_profile = np.where(slot.has_profile, slot.profile * self.sum_buckets, self.sum_observed * ONE)
        for ring, newest in (
            (self.ring_observed, self.sum_observed),
            (self.ring_profile, on_profile),
            (self.ring_buckets, self.sum_buckets),
        ):
            ring[1:] = np.where(enough, ring[:-1], ring[1:])
            ring[0] = np.where(enough, newest, ring[0])
        self.age = np.where(enough, 0, np.minimum(self.age, 2**16 - 2) + 1).astype(np.uint16)
        for total in (self.sum_observed, self.sum_buckets, self.sum_excess):
            total[:] = 0
        if number % slots == slots - 1:
            for moment in (self.errors, self.error_noise, self.error_weight, self.spread_excess, self.spread_weight):
                np.multiply(moment, FORGET, out=moment)
        self.slot = number + 1
        self.slots_done += 1
        self._now = None

    def _learn_errors(self, slot: _Slot, enough: Bools) -> None:
        buckets = np.maximum(self.sum_buckets, 1)
        usable = enough & slot.expectation.known
        mean = slot.expectation.mean / ONE
        self.spread_excess += np.where(usable, self.sum_excess, 0.0)
        self.spread_weight += np.where(usable, mean * mean * buckets, 0.0)
        predicted = mean * buckets
        errors = self.sum_observed - slot.guesses * buckets / ONE
        followed = self.sum_observed - predicted  # who cannot guess yet is taken to err like the one that is followed
        worst = WORST_ERROR * predicted
        self.errors += np.where(usable, np.clip(np.where(slot.able, errors, followed), -worst, worst) ** 2, 0.0)
        spread = np.clip(self.spread_excess / np.maximum(self.spread_weight, 1e-9), 0.0, 2.0)
        self.error_noise += np.where(usable, predicted + spread * predicted * predicted / buckets, 0.0)
        self.error_weight += np.where(usable, predicted * predicted, 0.0)

    def _learn_profile(self, here: int, enough: Bools) -> None:
        self.seen_days[here] = min(int(self.seen_days[here]) + 1, MEMORY_DAYS)
        weight = np.minimum(self.days[here] + np.int64(1), MEMORY_DAYS)
        step = self.sum_observed * ONE // np.maximum(self.sum_buckets, 1) - self.profile[here]
        self.profile[here] += np.where(enough, (step + weight // 2) // weight, 0)
        self.days[here] = np.where(enough, weight, self.days[here])

    def _learn_week(self, number: int, slot: _Slot, enough: Bools) -> None:
        """At the end of each hour, compare it with what the daily profile alone says."""
        usable = enough & slot.has_profile
        self.hour_observed += np.where(usable, self.sum_observed, 0)
        self.hour_daily += np.where(usable, slot.daily * self.sum_buckets, 0)
        hour = number * self._slot_ms // HOUR_MS
        if (number + 1) * self._slot_ms // HOUR_MS == hour:
            return
        prior = 100 * ONE
        ratio = (self.hour_observed * float(ONE) + prior) / (self.hour_daily + prior)
        factor = np.rint(np.clip(ratio, 0.25, 4.0) * ONE).astype(np.int16)
        old = self.week[hour % HOURS]
        old = np.where(old > 0, old, ONE)
        self.week[hour % HOURS] = np.where(self.hour_daily > 0, (old + factor) // 2, self.week[hour % HOURS])
        self.hour_observed[:] = 0
        self.hour_daily[:] = 0
