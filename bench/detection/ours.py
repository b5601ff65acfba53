"""Tocsin's own detector, with alarms that open and close."""

import numpy as np

from bench.detection.world import Bools, Floats, Ints
from tocsin.detect.baseline import ONE
from tocsin.detect.detector import Detector


class Alarms:
    """Alarms of many series and both sides.

    One opens when a statistic reaches its threshold and closes when it has stayed below for ``hold`` buckets. The real
    judge looks at the counts instead, to tell when a series is back; for false alarms this comes to the same.

    Args:
        thresholds: (2, series), drops first.
        hold: Buckets.
    """

    def __init__(self, thresholds: Floats, hold: int) -> None:
        self._thresholds = thresholds
        self._hold = hold
        self._below = np.full(thresholds.shape, hold + 1, np.int64)  # buckets since a statistic was last above

    @property
    def open(self) -> Bools:
        """Which are open: (2, series)."""
        return self._below <= self._hold

    def step(self, stat: Floats) -> Bools:
        """Fold the statistics of one bucket; tells which alarms it opened."""
        above = stat >= self._thresholds
        opened = above & ~self.open
        self._below = np.where(above, 0, self._below + 1)
        return opened

    def close(self, rows: Ints) -> None:
        """Close the alarms of some series."""
        self._below[:, rows] = self._hold + 1


class Ours:
    """The detector and its alarms. A series learns while it has no alarm open.

    Args:
        bucket_ms: Width of a bucket.
        alarms: Their number of series is the detector's.
        series: How many.

    Attributes:
        stat: (2, series), drops first, in nats.
        mean: What was expected of each series.
        quiet: Which series learned from the last bucket.
    """

    def __init__(self, bucket_ms: int, alarms: Alarms, series: int) -> None:
        self.detector = Detector(bucket_ms)
        self.detector.admit(f"series={number:07}" for number in range(series))
        self.alarms = alarms
        self.stat = np.full((2, series), -np.inf)
        self.mean = np.zeros(series)
        self.quiet: Bools = np.ones(series, np.bool_)
        self._seen = np.ones(series, np.bool_)

    def step(self, bucket: int, counts: Ints) -> Bools:
        """Fold one bucket; tells which alarms it opened."""
        look = self.detector.look(bucket, counts, self._seen)
        self.stat = np.stack([look.found.down, look.found.up])
        self.mean = look.expectation.mean / ONE
        opened = self.alarms.step(self.stat)
        self.quiet = ~np.any(self.alarms.open, axis=0)
        self.detector.learn(look, self.quiet)
        return opened

    def forget(self, rows: Ints) -> None:
        """Begin anew for some series, as after an incident."""
        for row in rows.tolist():
            self.detector.scan.forget(row)
        self.alarms.close(rows)
        self.stat[:, rows] = -np.inf
