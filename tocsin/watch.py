"""The watch: which series are looked at for what, and how far one must stray to ring."""

import math

import numpy as np

from tocsin import series as names
from tocsin.clocks import Rules
from tocsin.detect.baseline import DAY_MS, Bools
from tocsin.detect.detector import Detector
from tocsin.grouping import BREADTH

ALIVE_MS = 7 * DAY_MS  # a series that has been silent for longer takes no part of the false-alarm budget


class Watch:
    """Knows which rows are watched, and shares the false-alarm budget out over them.

    Args:
        rules: Width of a bucket.
        false_page_days: One false page in so many days, over everything watched.
        detector: Whose rows they are.

    Attributes:
        burstable: Rows that are watched for rising.
        droppable: Rows that are watched for falling.
        threshold: What a window must exceed to ring, in nats; it follows from the budget and from what is watched.
        last_post: Bucket of the last post of each row.
    """

    def __init__(self, rules: Rules, false_page_days: int, detector: Detector) -> None:
        self._rules = rules
        self._false_page_days = false_page_days
        self._detector = detector
        self.burstable = self.droppable = np.zeros(0, np.bool_)
        self.last_post = np.zeros(0, np.int64)
        self.threshold = math.inf

    def classify(self) -> None:
        """Tell, of every series, on which sides it is watched."""
        known = self._detector.names
        dimensions = [names.dimension_of(name) if "|" not in name else "" for name in known]
        self.burstable = np.array([dimension in BREADTH for dimension in dimensions], np.bool_)
        self.droppable = np.array([dimension == "channel" for dimension in dimensions], np.bool_)
        more = np.zeros(len(known) - len(self.last_post), np.int64)
        self.last_post = np.concatenate([self.last_post, more])

    def share_budget(self, bucket: int) -> None:
        """Share the false-alarm budget out over every side that is watched of a series that is alive.

        References:
            Boole's inequality: with a threshold of log(sides * buckets), that many looks ring falsely once.
        """
        alive = self.alive(bucket)
        watched = int((self.burstable & alive).sum() + (self.droppable & alive).sum())
        buckets = self._false_page_days * DAY_MS / self._rules.bucket_ms
        self.threshold = math.log(max(watched, 1) * buckets)

    def alive(self, bucket: int) -> Bools:
        """Tell which rows have had a post within the last days."""
        return np.asarray(bucket - self.last_post <= ALIVE_MS // self._rules.bucket_ms)
