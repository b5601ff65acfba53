"""Scores of one series: how far each bucket, and what led up to it, is beyond chance; between 0 and 1.

An outage is judged by the detector alone. A burst is judged three times: by the count, by the mean count of six
hours, and by the detector, each against the largest of its own in each of the last days. The three opinions are
averaged in nats, and what goes on is not news: an event rings when it begins.

References:
    Vovk and Wang, "Combining p-values via averaging", Biometrika 107(4), 2020: e times the geometric mean of p-values
    is one, however they depend on one another.
"""

import copy
import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from tocsin.detect.baseline import DAY_MS, HOUR_MS, SLOT_MS
from tocsin.detect.detector import Detector, Look
from tocsin.detect.extremes import Extremes, Novelty
from tocsin.detect.recovery import outage_is_over
from tocsin.detect.scan import FINE

ALARM = 0.5  # a score from here on is a false alarm no more often than the budget says
LEVELS_MS = (0, 6 * HOUR_MS)  # over which counts are averaged; 0 for a single bucket
USUAL = 0.45  # standard deviation of the log of daily maxima: one day's is often 1.6 times another's
LEAST_BACK = 3  # buckets that must be ordinary, for an outage to be over; and at least ten minutes
_GUMBEL = math.pi / math.sqrt(6)  # standard deviation of the Gumbel law: of the daily maxima of nats
_FULL = 1_000_000  # a first count above this makes the unit larger: the noise of so many is nothing beside their drift
_MOST_A_SECOND = 10**8  # units; the detector's integers hold a day of them
_REPLAYED = 64  # buckets that are looked at again, at most, when one is scored a second time out of the blue


@dataclass(frozen=True, slots=True)
class Scored:
    """What a bucket looked like.

    Attributes:
        expected: Count that was expected, before the bucket was looked at.
        lower, upper: Bounds of what is ordinary for a single bucket.
        burst: Between 0 and 1: how surely counts are above what was expected, as they were not yet before.
        outage: How surely they are below.
    """

    expected: float
    lower: float
    upper: float
    burst: float
    outage: float


class Scores:
    """Scores the buckets of one series, each by itself and those before it alone.

    Counts may be as large as 10**12. Where the first that is not zero is above a million, the detector counts in
    larger units; a series that outgrows its first counts ten-thousandfold is cut off there.

    Args:
        bucket_ms: Width of a bucket in milliseconds.
        false_page_days: One false alarm in so many days, bursts and outages together.
    """

    def __init__(self, bucket_ms: int, false_page_days: int) -> None:
        day = max(DAY_MS / bucket_ms, 1.0)
        self._alarm = math.log(2 * false_page_days * day)  # nats of one bucket
        self._alarm_of_day = math.log(2 * false_page_days) + 1  # mean nats of a day; 1 for Vovk and Wang's e
        self._most = _MOST_A_SECOND * max(min(bucket_ms, SLOT_MS) // 1000, 1)
        self._unit: float | None = None
        self._past = _Past(bucket_ms, self._alarm)
        self._bursts = _Bursts(bucket_ms)

    def score(self, bucket: int, value: int | None) -> Scored:
        """Score a bucket, and learn from it unless it is out of the ordinary.

        Args:
            bucket: Its number since 1970: the one after the last, or the last once more, with what it holds by now.
            value: Its count; None where nobody looked.

        Returns:
            The scores, which are 0 where nobody looked.
        """
        look = self._past.look(bucket, None if value is None else self._in_units(value))
        expected, lower, upper = (float(bound[0]) * (self._unit or 1.0) for bound in look.band())
        burst = self._bursts.nats(bucket, value, max(float(look.found.up[0]), 0.0))
        least = self._alarm if self._past.out else 0.0
        outage = max(float(look.found.down[0]), least) if value is not None else 0.0
        return Scored(expected, lower, upper, _squeeze(burst, self._alarm_of_day), _squeeze(outage, self._alarm))

    def _in_units(self, value: int) -> int:
        if self._unit is None and value:
            self._unit = max(1.0, value / _FULL)
        return min(round(value / (self._unit or 1.0)), self._most)


class _Bursts:
    """Evidence of a burst in one series. What a bucket teaches is learned when the next one comes.

    Args:
        bucket_ms: Width of a bucket in milliseconds.
    """

    def __init__(self, bucket_ms: int) -> None:
        day = max(round(DAY_MS / bucket_ms), 1)
        lengths = sorted({max(1, level_ms // bucket_ms) for level_ms in LEVELS_MS})
        self._means = [_Mean(length) for length in lengths]
        self._levels = [Extremes(bucket_ms, USUAL) for _ in lengths]
        self._detector = Extremes(bucket_ms, _GUMBEL, math.log(day))
        self._novelty = Novelty(day)
        self._last: _Evidence | None = None

    def nats(self, bucket: int, value: int | None, up: float) -> float:
        """Tell the evidence that is news.

        Args:
            bucket: Number of a bucket.
            value: Its count; None where nobody looked.
            up: What the detector found, in nats.
        """
        if self._last is not None and self._last.bucket < bucket:
            self._learn(self._last)
        if value is None:
            self._last = _Evidence(bucket, None, [], up, 0.0, 0.0)
            return 0.0
        levels = [math.log1p(mean.of(value)) for mean in self._means]
        told = [level.nats(bucket, of) for level, of in zip(self._levels, levels, strict=True)]
        told.append(self._detector.nats(bucket, up))
        opinions = [one for one in told if one is not None]
        nats = sum(opinions) / len(opinions)
        news = self._novelty.news(bucket, nats)
        self._last = _Evidence(bucket, value, levels, up, nats, news)
        return news

    def _learn(self, last: "_Evidence") -> None:
        for mean in self._means:
            mean.push(last.value or 0)
        for level, of in zip(self._levels, last.levels, strict=False):
            level.learn(of)
        if last.value is not None:
            self._detector.learn(last.up)
            self._novelty.learn(last.bucket, last.nats, last.news)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What :class:`_Bursts` found in a bucket; no levels where nobody looked."""

    bucket: int
    value: int | None
    levels: list[float]
    up: float
    nats: float
    news: float


class _Mean:
    """Mean of the last counts. What nobody saw, or was before the first, counts as none: that feigns no burst."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._before = deque([0] * (length - 1))
        self._total = 0

    def of(self, value: int) -> float:
        """Tell the mean with one more count."""
        return (self._total + value) / self._length

    def push(self, value: int) -> None:
        """Add a count."""
        self._before.append(value)
        self._total += value - self._before.popleft()


class _Past:
    """The detector, which can be taken back by one bucket, for a bucket that has more rows than were known.

    A copy of it is dear. One is kept from some buckets ago, and these are looked at again when it is needed. Where
    the last bucket came twice the next one probably will, so a copy is made before it.

    Args:
        bucket_ms: Width of a bucket in milliseconds.
        alarm: Nats from which on nothing is learned.

    Attributes:
        out: Whether an outage lasts: it does until the series is back, also between two looks of the long windows.
    """

    def __init__(self, bucket_ms: int, alarm: float) -> None:
        self._alarm = alarm
        self._patience = max(LEAST_BACK, min(SLOT_MS // bucket_ms, FINE))
        self._detector = Detector(bucket_ms)
        self._detector.admit(["series"])
        self._copy = copy.deepcopy(self._detector)
        self._since: list[tuple[int, int | None]] = []  # buckets since that copy, and what they held
        self._again = False
        self.out = self._copy_out = False

    def look(self, bucket: int, value: int | None) -> Look:
        """Look at a bucket, the next or the last once more, and learn from it unless it is out of the ordinary."""
        again = bool(self._since) and self._since[-1][0] == bucket
        if again:
            self._take_back()
        elif self._again or len(self._since) == _REPLAYED:
            self._keep_copy()
        self._again = again
        self._since.append((bucket, value))
        return self._fold(bucket, value)

    def _take_back(self) -> None:
        self._since.pop()
        self._detector, self.out = copy.deepcopy(self._copy), self._copy_out
        for bucket, value in self._since:
            self._fold(bucket, value)
        self._keep_copy()

    def _keep_copy(self) -> None:
        if self._since:
            self._copy, self._copy_out = copy.deepcopy(self._detector), self.out
            self._since.clear()

    def _fold(self, bucket: int, value: int | None) -> Look:
        seen = np.array([value is not None])
        look = self._detector.look(bucket, np.array([value or 0]), seen)
        quiet = max(look.found.up[0], look.found.down[0]) < self._alarm
        self._detector.learn(look, seen & quiet)
        if not self.out and look.found.down[0] >= self._alarm:
            self.out = True
            self._detector.baseline.unlearn(0, bucket + 1 - int(look.found.down_buckets[0]))
        elif self.out and self._is_back(look):
            self.out = False
            self._detector.scan.forget(0)  # or what comes back to normal would ring
        return look

    def _is_back(self, look: Look) -> bool:
        recent = self._detector.scan.recent(0, look.bucket, self._patience)
        expectation = look.expectation
        return recent is not None and outage_is_over(recent, float(expectation.spread[0]), float(expectation.drift[0]))


def _squeeze(nats: float, alarm: float) -> float:
    """Squeeze evidence into 0 to 1, so that the threshold of the budget becomes one half."""
    return nats / (nats + alarm)
