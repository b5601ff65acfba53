"""Scores of one series: how far each bucket, and what led up to it, is beyond chance; between 0 and 1."""

import copy
import math
from dataclasses import dataclass

import numpy as np

from tocsin.detect.baseline import DAY_MS, SLOT_MS
from tocsin.detect.detector import Detector

ALARM = 0.5  # a score from here on is a false alarm no more often than the budget says
_FULL = 1_000_000  # a first count above this makes the unit larger: the noise of so many is nothing beside their drift
_MOST_A_SECOND = 10**8  # units; the detector's integers hold a day of them


@dataclass(frozen=True, slots=True)
class Scored:
    """What a bucket looked like.

    Attributes:
        expected: Count that was expected, before the bucket was looked at.
        lower, upper: Bounds of what is ordinary for a single bucket.
        burst: Between 0 and 1: how surely counts are above what was expected.
        outage: Likewise, below.
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
        self._threshold = math.log(2 * false_page_days * max(DAY_MS / bucket_ms, 1.0))
        self._most = _MOST_A_SECOND * max(min(bucket_ms, SLOT_MS) // 1000, 1)
        self._unit: float | None = None
        self._bucket: int | None = None
        self._detector = Detector(bucket_ms)
        self._detector.admit(["series"])
        self._before = self._detector

    def score(self, bucket: int, value: int | None) -> Scored:
        """Score a bucket, and learn from it unless it is out of the ordinary.

        Args:
            bucket: Its number since 1970: the one after the last, or the last once more, with what it holds by now.
            value: Its count; None where nobody looked.

        Returns:
            The scores, which are 0 where nobody looked.
        """
        if bucket == self._bucket:
            self._detector = copy.deepcopy(self._before)
        else:
            self._before = copy.deepcopy(self._detector)
        self._bucket = bucket
        seen = value is not None
        look = self._detector.look(bucket, np.array([self._in_units(value or 0)]), np.array([seen]))
        expected, lower, upper = (float(bound[0]) * (self._unit or 1.0) for bound in look.band())
        burst, outage = (self._squeeze(float(side[0])) for side in (look.found.up, look.found.down))
        self._detector.learn(look, np.array([seen and max(burst, outage) < ALARM]))
        return Scored(expected, lower, upper, burst if seen else 0.0, outage if seen else 0.0)

    def _in_units(self, value: int) -> int:
        if self._unit is None and value:
            self._unit = max(1.0, value / _FULL)
        return min(round(value / (self._unit or 1.0)), self._most)

    def _squeeze(self, nats: float) -> float:
        """Squeeze a statistic into 0 to 1, so that the threshold of the budget becomes one half."""
        above = max(nats, 0.0)
        return above / (above + self._threshold)
