"""The simulated world: counts of posts per bucket, whose true rate is known.

The rate of a series is its base rate times a daily cycle, a mild weekly one, and slow noise that no profile foretells;
its counts are negative binomial around that. The same seed gives the same world, whatever else is simulated beside it.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Kind = Literal["plain", "weekend", "walk", "regime"]

DAILY, WEEKLY = 0.6, 0.15 * 0.6  # amplitudes of the logarithm of the rate
ALPHA = 0.1  # variance of a bucket = mean + ALPHA * mean**2
SLOW_DAYS = 1 / 24  # correlation time of the slow noise
WEEKEND, WEEKEND_DAYS = 0.6, (5, 6)
WALK = 0.2  # standard deviation of the step that a level without a home makes in a day
REGIME = 1.5


@dataclass(frozen=True)
class Cell:
    """What series of one cell of the experiment have in common.

    Attributes:
        rate: Posts per bucket.
        sigma: Standard deviation of the slow noise.
        kind: ``weekend`` has two days a week at 60%, ``walk`` a level that wanders off for good, ``regime`` a level
            that is half as high again from one day on.
    """

    rate: float
    sigma: float = 0.1
    kind: Kind = "plain"

    @property
    def name(self) -> str:
        """Such as ``plain/5/0.1``: kind, rate, sigma."""
        return f"{self.kind}/{self.rate:g}/{self.sigma:g}"


@dataclass
class Stream:
    """Series of one cell and one seed, a chunk of buckets at a time.

    Attributes:
        cell: Of all of them.
        rates: Base rate of each.
        rng: Theirs alone.
        per_day: Buckets in a day.
        regime_day: Where the level of a ``regime`` changes.
    """

    cell: Cell
    rates: Floats
    rng: np.random.Generator
    per_day: int
    regime_day: int = 0
    _phase: Floats = field(init=False)
    _slow: Floats = field(init=False)
    _walk: Floats = field(init=False)

    def __post_init__(self) -> None:
        # Evenly spread from a random start: a few series then see all of the day, whenever their events fall.
        self._phase = self.rng.uniform(0.0, 2 * np.pi) + np.linspace(0.0, 2 * np.pi, len(self.rates), endpoint=False)
        self._slow = self.rng.normal(0.0, self.cell.sigma, len(self.rates))
        self._walk = np.zeros(len(self.rates))

    def rate(self, first: int, buckets: int) -> Floats:
        """Draw the true rates of the next buckets: (buckets, series)."""
        number = np.arange(first, first + buckets)[:, None]
        day = number // self.per_day
        log = DAILY * np.sin(2 * np.pi * (number % self.per_day) / self.per_day + self._phase)
        log += self._draw_slow(buckets)
        if self.cell.kind == "weekend":
            log += np.where(np.isin(day % 7, WEEKEND_DAYS), np.log(WEEKEND), 0.0)
        else:
            log += WEEKLY * np.sin(2 * np.pi * day / 7)
        if self.cell.kind == "walk":
            log += self._draw_walk(buckets)
        if self.cell.kind == "regime":
            log += np.where(day >= self.regime_day, np.log(REGIME), 0.0)
        return self.rates * np.exp(log)

    def counts(self, mean: Floats) -> Ints:
        """Draw negative-binomial counts: Poisson, around gamma-distributed rates."""
        return self.rng.poisson(self.rng.gamma(1 / ALPHA, mean * ALPHA))

    def _draw_slow(self, buckets: int) -> Floats:
        """Draw an autoregression of order 1, less half its variance so that the mean rate stays what it was."""
        keep = np.exp(-1 / (SLOW_DAYS * self.per_day))
        noise = self.rng.normal(0.0, self.cell.sigma * np.sqrt(1 - keep * keep), (buckets, len(self.rates)))
        for at in range(buckets):
            noise[at] += keep * self._slow
            self._slow = noise[at]
        return noise - self.cell.sigma**2 / 2

    def _draw_walk(self, buckets: int) -> Floats:
        steps = self.rng.normal(0.0, WALK / np.sqrt(self.per_day), (buckets, len(self.rates)))
        walk: Floats = self._walk + steps.cumsum(axis=0)
        self._walk = walk[-1]
        return walk


@dataclass(frozen=True)
class Chunk:
    """Some buckets of all series.

    Attributes:
        first: Number of the first bucket.
        mean: True rate without any event, (buckets, series).
        counts: What came, events and all.
    """

    first: int
    mean: Floats
    counts: Ints


class World:
    """Streams side by side, one column a series.

    Args:
        streams: In the order of the columns.
    """

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._streams = streams
        self.series = sum(len(stream.rates) for stream in streams)

    def chunk(self, first: int, change: Floats) -> Chunk:
        """Draw the next buckets.

        Args:
            first: The one after the last that was drawn.
            change: What events multiply the rates by, (buckets, series).
        """
        means, counts, column = [], [], 0
        for stream in self._streams:
            mean = stream.rate(first, len(change))
            means.append(mean)
            counts.append(stream.counts(mean * change[:, column : column + mean.shape[1]]))
            column += mean.shape[1]
        return Chunk(first, np.concatenate(means, axis=1), np.concatenate(counts, axis=1))


def generator(purpose: str, name: str, seed: int) -> np.random.Generator:
    """Make the generator of one purpose, cell and seed, which no other shares."""
    return np.random.default_rng([zlib.crc32(purpose.encode()), zlib.crc32(name.encode()), seed])
