"""The scan: is any of many windows that end now too full, or too empty, to be chance?

Windows of 1 to 16 buckets, then eight to an octave up to 64, then four to an octave up to 1,024, each looked at as
often as an eighth of its length passes. The statistic is the negative log of the tail probability of a window's
count under a negative binomial whose dispersion has two parts: one that averages out over a window's buckets, and
one, the error of the expectation itself, that does not. Without the second such scans raise false alarms by the
hundred.

References:
    Naus, "The distribution of the size of the maximum cluster of points on a line", JASA 60, 1965, for scan
    statistics. Boole's inequality gives the price of many windows: with a threshold of log(ARL), all windows
    together ring at most once in ARL buckets.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.baseline import ONE, Bools, Expectation, Floats, Ints
from tocsin.detect.recovery import Recent, astray_for
from tocsin.detect.tails import rarity

FINE = 64  # buckets of which every running total is kept
COARSE = (16, 32, 64, 128)  # lengths of the blocks of which the last eight are kept
BLOCKS = 8
LEAST = 20  # posts: below this a window is too thin to page anybody
GLIMPSE = 2.5  # standard deviations below which a window cannot matter, and is not looked at closely
SLACK = 3.2  # standard deviations of the expectation that the second arm grants in advance
PATIENT = 0.2  # share of the false alarms that is left to the second arm, see surprise()
CHUNK = 2048  # series at a time, so that the work stays in the processor's cache


@dataclass(frozen=True)
class Windows:
    """Windows that are looked at together, because they are due together and made of the same blocks.

    Attributes:
        lengths: In buckets, ascending.
        every: They are looked at when so many buckets have passed.
        block: Length of the blocks they are made of; 1 for single buckets.
    """

    lengths: Ints
    every: int
    block: int


WINDOWS = (
    Windows(np.arange(1, 17), 1, 1),
    Windows(np.concatenate([np.arange(18, 33, 2), np.arange(36, 65, 4)]), 2, 1),
    *(Windows(np.arange(5, 9) * block, block, block) for block in COARSE),
)
KINDS = sum(len(group.lengths) for group in WINDOWS)


@dataclass(frozen=True)
class _Due:
    """Windows that one look takes in: those of single buckets together where both are due, for that costs less.

    Attributes:
        lengths: In buckets, ascending.
        prices: Of looking at so many kinds of windows, in nats, by length.
        block: Length of the blocks they are made of.
    """

    lengths: Ints
    prices: Floats
    block: int


def _due(*groups: Windows) -> _Due:
    prices = [math.log(KINDS / group.every) for group in groups for _ in group.lengths]
    return _Due(np.concatenate([group.lengths for group in groups]), np.array(prices), groups[0].block)


_SINGLE, _BOTH = _due(WINDOWS[0]), _due(*WINDOWS[:2])
_BLOCKS = [(group.every, _due(group)) for group in WINDOWS[2:]]


class Found:
    """What the scan found in one bucket, for each series.

    Attributes:
        up: How unlikely the fullest window is by chance, in nats, less the price of looking at so many; -inf when
            no window is remarkable.
        up_buckets: Length of that window.
        down, down_buckets: Likewise for the emptiest.
    """

    def __init__(self, rows: int) -> None:
        self.up = np.full(rows, -np.inf)
        self.down = np.full(rows, -np.inf)
        self.up_buckets = np.zeros(rows, np.int64)
        self.down_buckets = np.zeros(rows, np.int64)


class Scan:
    """Running totals of what came and of what was expected, for many series, at the ends of buckets and blocks.

    The totals may wrap around: only their differences over a window count, and these fit.
    """

    def __init__(self) -> None:
        self.observed = np.zeros(0, np.int64)
        self.expected = np.zeros(0, np.int64)
        self.anchored = np.zeros(0, np.int64)  # likewise, by the slowest predictor: for the long windows
        self.fine_observed = np.zeros((FINE, 0), np.int64)
        self.fine_expected = np.zeros((FINE, 0), np.int64)
        self.coarse_observed = np.zeros((len(COARSE), BLOCKS, 0), np.int64)
        self.coarse_expected = np.zeros((len(COARSE), BLOCKS, 0), np.int64)
        self.run = np.zeros(0, np.int64)  # buckets up to now without a gap: no window reaches back beyond them
        self._expected_by: Expectation | None = None
        self._dispersions: dict[tuple[int, int, int], tuple[Floats, Floats, Floats]] = {}  # by that expectation

    def grow(self, rows: int) -> None:
        """Make room for more series."""
        for name, array in vars(self).items():
            if not isinstance(array, np.ndarray):
                continue
            more = np.zeros((*array.shape[:-1], rows - array.shape[-1]), array.dtype)
            setattr(self, name, np.concatenate([array, more], axis=-1))

    def forget(self, row: int) -> None:
        """Drop the past of a series, so that an incident that is over does not ring again."""
        self.run[row] = 0

    def push(self, bucket: int, observed: Ints, expectation: Expectation, seen: Bools) -> None:
        """Add a bucket. What nobody saw counts neither as observed nor as expected, and ends every window.

        Args:
            bucket: Its number; blocks are aligned to it.
            observed: Posts.
            expectation: Of this bucket.
            seen: Which series were observed.
        """
        for at, block in enumerate(COARSE):
            if bucket % block == 0:
                self.coarse_observed[at, bucket // block % BLOCKS] = self.observed
                self.coarse_expected[at, bucket // block % BLOCKS] = self.anchored
        self.fine_observed[bucket % FINE] = self.observed
        self.fine_expected[bucket % FINE] = self.expected
        self.observed += np.where(seen, observed, 0)
        self.expected += np.where(seen, expectation.mean, 0)
        self.anchored += np.where(seen, expectation.anchor, 0)
        self.run = np.where(seen, self.run + 1, 0)

    def look(self, bucket: int, expectation: Expectation) -> Found:
        """Look at the windows that are due with a bucket.

        Args:
            bucket: The one that was pushed last.
            expectation: Spread and drift of each series.

        Returns:
            The fullest and the emptiest window of each series. Compare with the log of the wanted run length.
        """
        found = Found(len(self.run))
        due = [_SINGLE if (bucket + 1) % WINDOWS[1].every else _BOTH]
        due += [windows for every, windows in _BLOCKS if not (bucket + 1) % every]
        for windows in due:
            for start in range(0, len(self.run), CHUNK):
                self._look_at(windows, bucket, slice(start, start + CHUNK), expectation, found)
        return found

    def _look_at(self, windows: _Due, bucket: int, part: slice, expectation: Expectation, found: Found) -> None:
        lengths = windows.lengths[:, None]
        spread, drift, dispersion = self._dispersion(windows, part, expectation)
        observed, expected = self._totals(windows, bucket, part)
        mean = np.maximum(expected / ONE, 1e-3)
        surplus = observed - mean
        # Most windows are ordinary: for them a glance at the variance is enough, and the logarithms are saved.
        odd = surplus * surplus > GLIMPSE**2 * mean * (1.0 + dispersion * mean)
        if not odd.any():
            return
        odd &= lengths <= self.run[part]
        for best, buckets, side in (
            (found.up[part], found.up_buckets[part], odd & (surplus > 0) & (observed >= LEAST)),
            (found.down[part], found.down_buckets[part], odd & (surplus < 0) & (mean >= LEAST)),
        ):
            at, row = np.nonzero(side)
            if len(at):
                score = np.full(side.shape, -np.inf)
                score[at, row] = surprise(observed[at, row], mean[at, row], spread[at, row], drift[row])
                score[at, row] -= windows.prices[at]
                _keep_best(best, buckets, score, windows.lengths)

    def _dispersion(self, windows: _Due, part: slice, expectation: Expectation) -> tuple[Floats, Floats, Floats]:
        """Tell spread, drift and their sum for windows; the same as long as nothing else is expected."""
        if self._expected_by is not expectation:
            self._expected_by = expectation
            self._dispersions.clear()
        key = len(windows.lengths), windows.block, part.start
        if key not in self._dispersions:
            spread = expectation.spread[part] / windows.lengths[:, None]
            drift = (expectation.drift if windows.block == 1 else expectation.anchor_drift)[part]
            self._dispersions[key] = spread, drift, spread + drift
        return self._dispersions[key]

    def _totals(self, windows: _Due, bucket: int, part: slice) -> tuple[Ints, Ints]:
        """Count what came and what was expected in windows that end with a bucket: arrays (windows, series)."""
        since = bucket + 1 - windows.lengths
        if windows.block == 1:
            order = since % FINE
            observed, expected = self.fine_observed[order, part], self.fine_expected[order, part]
            return self.observed[part] - observed, self.expected[part] - expected
        at, order = COARSE.index(windows.block), since // windows.block % BLOCKS
        observed, expected = self.coarse_observed[at, order, part], self.coarse_expected[at, order, part]
        return self.observed[part] - observed, self.anchored[part] - expected

    def recent(self, row: int, bucket: int, buckets: int) -> Recent | None:
        """Read about the last so many buckets of one series, rounded up to whole blocks.

        Returns:
            None in a bucket that ends no block of the length that is needed.
        """
        if buckets <= FINE:
            block, expected_now = 1, self.expected[row]
            observed, expected = self.fine_observed[:, row], self.fine_expected[:, row]
        else:
            at, block = next((i, block) for i, block in enumerate(COARSE) if buckets <= block * BLOCKS)
            expected_now = self.anchored[row]
            observed, expected = self.coarse_observed[at, :, row], self.coarse_expected[at, :, row]
        if (bucket + 1) % block:
            return None
        order = [((bucket + 1) // block - back) % len(observed) for back in range(1, -(-buckets // block) + 1)]
        return Recent(_steps(self.observed[row], observed[order]), _steps(expected_now, expected[order]) / ONE, block)

    def strayed(self, row: int, bucket: int, length: int) -> int:
        """Tell for how many buckets a series has strayed, given the window that gave it away; see ``astray_for``.

        It looks back twice as far as that window, but not beyond what was seen, and not into coarser blocks.
        """
        most = FINE if length <= FINE else next(block for block in COARSE if length <= block * BLOCKS) * BLOCKS
        recent = self.recent(row, bucket, max(length, min(2 * length, most, int(self.run[row]))))
        return length if recent is None else astray_for(recent, length)


def _steps(now: Any, before: NDArray[Any]) -> NDArray[Any]:
    """Tell by how much a running sum has grown in each of some steps, the last first."""
    sums = np.empty(len(before) + 1, before.dtype)
    sums[0], sums[1:] = now, before
    return sums[:-1] - sums[1:]


def surprise(observed: Ints, mean: Floats, spread: Floats, drift: Floats) -> Floats:
    """Score windows as too full or too empty, each by the better of two arms.

    The first arm takes the drift of the expectation as more dispersion, which is quick where a drop is deep. The
    second grants it three standard deviations in advance and then counts every post: over a long window it sees
    a loss of half that the first arm would forgive.

    Args:
        observed: Counts.
        mean: Expected counts, positive, and different from the observed.
        spread: Dispersion that is left in a window of this length.
        drift: Squared relative error of the expectation.

    Returns:
        Nats, at least 0.
    """
    full, slack = observed > mean, np.exp(SLACK * np.sqrt(drift))
    shifted = np.where(full, mean * slack, mean / slack)
    beyond = np.where(full, observed > shifted, observed < shifted)
    patient = np.where(beyond, rarity(observed, np.where(beyond, shifted, mean), spread), 0.0)
    quick = rarity(observed, mean, spread + drift)
    best: Floats = np.maximum(quick + math.log(1 - PATIENT), patient + math.log(PATIENT))
    return np.maximum(best, 0.0)


def _keep_best(best: Floats, buckets: Ints, score: Floats, lengths: Ints) -> None:
    row = score.argmax(axis=0)
    top = score.max(axis=0)
    better = top > best
    best[better] = top[better]
    buckets[better] = lengths[row[better]]
