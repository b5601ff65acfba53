"""The scan: is any of many windows that end now too full, or too empty, to be chance?

Windows of 1 to 15 buckets, then of 8 to 15 blocks of 2, 4, ... 128 buckets; the longer ones are looked at only when
a block ends. The statistic is the negative-binomial deviance of a window's count, whose dispersion has two parts:
one that averages out over a window's buckets, and one, the error of the expectation itself, that does not. Without
the second part such scans raise false alarms by the hundred.

References:
    Naus, "The distribution of the size of the maximum cluster of points on a line", JASA 60, 1965, for scan
    statistics; Lorden, "Procedures for reacting to a change in distribution", Ann. Math. Statist. 42, 1971, for the
    bound exp(-threshold) per look and hence log(ARL) as the threshold.
"""

import math

import numpy as np

from tocsin.detect.baseline import ONE, Bools, Expectation, Floats, Ints
from tocsin.detect.recovery import Recent

LEVELS = 8
BLOCKS = 16
WINDOWS = 15 + 8 * (LEVELS - 1)
LEAST = 20  # posts: below this a window is too thin to page anybody


class Found:
    """What the scan found in one bucket, for each series: how much above its threshold's zero, and where.

    Attributes:
        up: Log-likelihood ratio of the fullest window less the price of looking at so many; -inf if none.
        up_buckets: Length of that window.
        down, down_buckets: Likewise for the emptiest.
    """

    def __init__(self, rows: int) -> None:
        self.up = np.full(rows, -np.inf)
        self.down = np.full(rows, -np.inf)
        self.up_buckets = np.zeros(rows, np.int64)
        self.down_buckets = np.zeros(rows, np.int64)


class Scan:
    """Counts and expectations of the last 1,920 buckets of many series, in blocks of doubling length."""

    def __init__(self) -> None:
        self.observed = np.zeros((0, LEVELS, BLOCKS), np.int64)
        self.expected = np.zeros((0, LEVELS, BLOCKS), np.int64)
        self.run = np.zeros(0, np.int64)  # buckets up to now without a gap: no window reaches back beyond them

    def grow(self, rows: int) -> None:
        """Make room for more series."""
        more = np.zeros((rows - len(self.observed), LEVELS, BLOCKS), np.int64)
        self.observed = np.concatenate([self.observed, more])
        self.expected = np.concatenate([self.expected, more.copy()])
        self.run = np.concatenate([self.run, np.zeros(rows - len(self.run), np.int64)])

    def forget(self, row: int) -> None:
        """Drop the past of a series, so that an incident that is over does not ring again."""
        self.observed[row] = 0
        self.expected[row] = 0
        self.run[row] = 0

    def push(self, bucket: int, observed: Ints, mean: Ints, seen: Bools) -> None:
        """Add a bucket. What nobody saw counts neither as observed nor as expected, and ends every window.

        Args:
            bucket: Its number; blocks are aligned to it.
            observed: Posts.
            mean: Expected posts, in 1/1024.
            seen: Which series were observed.
        """
        for level in range(LEVELS):
            slot = (bucket >> level) % BLOCKS
            if bucket % (1 << level) == 0:
                self.observed[:, level, slot] = 0
                self.expected[:, level, slot] = 0
            self.observed[:, level, slot] += np.where(seen, observed, 0)
            self.expected[:, level, slot] += np.where(seen, mean, 0)
        self.run = np.where(seen, self.run + 1, 0)

    def totals(self, bucket: int, level: int) -> tuple[Ints, Ints]:
        """Add up the last 1 to 15 blocks of a level, the newest first: arrays of shape (series, 15)."""
        order = [((bucket >> level) - back) % BLOCKS for back in range(BLOCKS - 1)]
        return self.observed[:, level, order].cumsum(axis=1), self.expected[:, level, order].cumsum(axis=1)

    def recent(self, row: int, bucket: int, buckets: int) -> Recent | None:
        """Read about the last so many buckets of one series, rounded up to whole blocks.

        Returns:
            None in a bucket that ends no block of the length that is needed.
        """
        level = next(k for k in range(LEVELS) if -(-buckets >> k) < BLOCKS)
        if (bucket + 1) % (1 << level):
            return None
        order = [((bucket >> level) - back) % BLOCKS for back in range(-(-buckets >> level))]
        return Recent(self.observed[row, level, order], self.expected[row, level, order] / ONE, 1 << level)

    def look(self, bucket: int, expectation: Expectation) -> Found:
        """Look at all windows that end with a bucket.

        Args:
            bucket: The one that was pushed last.
            expectation: Spread and drift of each series.

        Returns:
            The fullest and the emptiest window of each series. Compare with the log of the wanted run length.
        """
        found = Found(len(self.observed))
        for level in range(LEVELS):
            if (bucket + 1) % (1 << level):
                break  # no block of this or a higher level ends here
            first = 0 if level == 0 else 7
            observed, expected = (total[:, first:] for total in self.totals(bucket, level))
            lengths = np.arange(first + 1, BLOCKS, dtype=np.int64) << level
            mean = np.maximum(expected / ONE, 1e-3)
            price = math.log(2 * WINDOWS / (1 << level))
            whole = lengths <= self.run[:, None]
            up, down = (score - price for score in _surprise(observed, mean, lengths, expectation))
            _keep_best(found.up, found.up_buckets, np.where(whole & (observed >= LEAST), up, -np.inf), lengths)
            _keep_best(found.down, found.down_buckets, np.where(whole & (mean >= LEAST), down, -np.inf), lengths)
        return found


def _surprise(observed: Ints, mean: Floats, lengths: Ints, expectation: Expectation) -> tuple[Floats, Floats]:
    """Score windows as too full and as too empty, each by the better of two arms.

    The first arm takes the drift of the expectation as more dispersion, which is quick where a drop is deep. The
    second grants it three standard deviations in advance and then counts every post: over a long window it sees
    a loss of half that the first arm would forgive.
    """
    spread = expectation.spread[:, None] / lengths
    whole = deviance(observed, mean, spread + expectation.drift[:, None])
    slack = np.exp(3 * np.sqrt(expectation.drift))[:, None]
    high, low = mean * slack, mean / slack
    up = np.maximum(_one_sided(observed > mean, whole), _one_sided(observed > high, deviance(observed, high, spread)))
    down = np.maximum(_one_sided(observed < mean, whole), _one_sided(observed < low, deviance(observed, low, spread)))
    return up, down


def _one_sided(side: Bools, score: Floats) -> Floats:
    return np.where(side, score, -np.inf)


def deviance(observed: Ints, mean: Floats, dispersion: Floats) -> Floats:
    """Half the negative-binomial deviance of counts: the log-likelihood ratio of the best rate to the expected.

    Args:
        observed: Counts.
        mean: Expected counts, positive.
        dispersion: alpha in variance = mean + alpha * mean**2, positive.

    Returns:
        Nats, at least 0.
    """
    r = 1.0 / dispersion
    gain = observed * np.log(np.maximum(observed, 1) / mean)
    return gain - (observed + r) * np.log((observed + r) / (mean + r))


def _keep_best(best: Floats, buckets: Ints, score: Floats, lengths: Ints) -> None:
    column = score.argmax(axis=1)
    top = np.take_along_axis(score, column[:, None], axis=1)[:, 0]
    better = top > best
    best[better] = top[better]
    buckets[better] = lengths[column[better]]
