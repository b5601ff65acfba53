"""The two runs: without events, for false alarms and fair thresholds; with events, for delays."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.detection.events import LENGTH, PER_DAY, Events, place
from bench.detection.ours import Alarms
from bench.detection.panel import DETECTORS, Panel
from bench.detection.rivals import Oracle
from bench.detection.world import Cell, Floats, Ints, Stream, World, generator

CHUNK = 240  # buckets drawn at a time, a divisor of a day
RARITY = 1_000  # series-days without an event in which a side of a detector may raise one false alarm
NOMINAL = math.log(RARITY * PER_DAY)
HOLD = 256  # buckets: the longest windows are looked at every 128

Tick = Callable[[int], None]
"""Told how many buckets of all series are done."""


@dataclass(frozen=True)
class Plan:
    """How much to simulate.

    Attributes:
        cells: Kinds of series.
        factors: What events multiply rates by; below 1, drops.
        seeds: Each brings as many series again.
        null_series, null_days: For false alarms: series of a cell and seed, days after the warm-up.
        event_series, event_days: For delays: series of a cell, factor and seed, days with one event each.
        warm_days: Days to learn from, before either.
    """

    cells: tuple[Cell, ...]
    factors: tuple[float, ...]
    seeds: int
    null_series: int
    null_days: int
    event_series: int
    event_days: int
    warm_days: int

    @property
    def null_buckets(self) -> int:
        """Buckets of the run without events."""
        return (self.warm_days + self.null_days) * PER_DAY

    @property
    def event_buckets(self) -> int:
        """Buckets of the run with events."""
        return (self.warm_days + self.event_days) * PER_DAY

    @property
    def regime_day(self) -> int:
        """Day on which regimes change in the run without events."""
        return self.warm_days + self.null_days // 2


@dataclass(frozen=True)
class Maxima:
    """Daily maxima of statistics in a run without events.

    Attributes:
        detectors: (series-days, detectors, 2), drops first.
        oracle: (series-days, factors).
    """

    detectors: Floats
    oracle: Floats

    def thresholds(self) -> Floats:
        """Thresholds of equal false alarms: (detectors, 2)."""
        return calibrate(self.detectors)

    def oracle_thresholds(self) -> Floats:
        """Likewise for the oracle: one a factor."""
        return calibrate(self.oracle)


def calibrate(maxima: Floats) -> Floats:
    """Find the thresholds just above what one series-day in 1,000 exceeds; days run along the first axis."""
    rank = max(1, round(len(maxima) / RARITY))
    above: Floats = np.nextafter(np.sort(maxima, axis=0)[-rank], np.inf)
    return above


@dataclass(frozen=True)
class Delays:
    """Buckets from the onsets of the events of one cell and factor to their alarms; ``LENGTH`` if there was none.

    Attributes:
        detectors: (events, detectors), at thresholds of equal false alarms.
        oracle: (events,), likewise.
        nominal: (events,), of Tocsin's detector at the threshold that promises so few.
        oracle_threshold: The oracle's, in nats.
    """

    detectors: Ints
    oracle: Ints
    nominal: Ints
    oracle_threshold: float


def null_run(plan: Plan, tick: Tick) -> list[Maxima]:
    """Run without events; the results are in the order of the cells."""
    streams = [
        Stream(cell, np.full(plan.null_series, cell.rate), generator("null", cell.name, seed), PER_DAY, plan.regime_day)
        for cell in plan.cells
        for seed in range(plan.seeds)
    ]
    world = World(streams)
    oracle = Oracle(np.array(plan.factors)[:, None], world.series)
    panel = Panel(Alarms(np.full((2, world.series), NOMINAL), hold=0), oracle, world.series)
    detectors = np.full((plan.null_days, len(DETECTORS), 2, world.series), -np.inf)
    oracles = np.full((plan.null_days, len(plan.factors), world.series), -np.inf)
    quiet_world = np.ones((CHUNK, world.series))
    for bucket, counts, mean in _buckets(world, plan.null_buckets, lambda _: quiet_world, tick):
        panel.step(bucket, counts, mean)
        day = bucket // PER_DAY - plan.warm_days
        if day >= 0:
            np.maximum(detectors[day], panel.stats, out=detectors[day])
            np.maximum(oracles[day], oracle.stat, out=oracles[day])
    each = plan.null_series * plan.seeds
    return [
        _maxima(cell, detectors[..., at * each : (at + 1) * each], oracles[..., at * each : (at + 1) * each], plan)
        for at, cell in enumerate(plan.cells)
    ]


def _maxima(cell: Cell, detectors: Floats, oracles: Floats, plan: Plan) -> Maxima:
    """Put series and days of one cell on one axis, without the day on which a regime truly changes."""
    if cell.kind == "regime":
        change = plan.regime_day - plan.warm_days
        detectors, oracles = np.delete(detectors, change, axis=0), np.delete(oracles, change, axis=0)
    return Maxima(
        np.moveaxis(detectors, -1, 1).reshape(-1, *detectors.shape[1:-1]),
        np.moveaxis(oracles, -1, 1).reshape(-1, oracles.shape[1]),
    )


def event_run(plan: Plan, maxima: Sequence[Maxima], tick: Tick) -> dict[tuple[Cell, float], Delays]:
    """Run with one event a day in every series, each group of series at the thresholds of its cell."""
    groups = [(cell, factor) for cell in plan.cells for factor in plan.factors]
    each = plan.event_series * plan.seeds
    regime_day = plan.warm_days + plan.event_days // 2
    streams, onsets = [], []
    for cell, factor in groups:
        for seed in range(plan.seeds):
            rates = np.full(plan.event_series, cell.rate)
            streams.append(Stream(cell, rates, generator(f"event {factor:g}", cell.name, seed), PER_DAY, regime_day))
            rng = generator(f"onsets {factor:g}", cell.name, seed)
            onsets.append(place(rng, plan.event_series, plan.warm_days, plan.event_days))
    world = World(streams)
    factors = np.repeat([factor for _, factor in groups], each)
    events = Events(np.concatenate(onsets, axis=1), factors, plan.warm_days)
    both = np.stack([found.thresholds() for found in maxima], axis=-1)  # (detectors, 2, cells)
    both = np.repeat(both, len(plan.factors) * each, axis=-1)
    oracle_thresholds = np.repeat(np.concatenate([found.oracle_thresholds() for found in maxima]), each)
    panel = Panel(Alarms(both[0], HOLD), Oracle(factors[None], world.series), world.series)
    watch = Watch(events, both, oracle_thresholds)
    for bucket, counts, mean in _buckets(world, plan.event_buckets, lambda at: events.change(at, CHUNK), tick):
        panel.step(bucket, counts, mean)
        watch.step(bucket, panel)
    return {group: watch.delays(slice(at * each, (at + 1) * each)) for at, group in enumerate(groups)}


class Watch:
    """Notes how long after each onset each detector first reaches its threshold on the side of the event.

    Args:
        events: One a day and series.
        thresholds: (detectors, 2, series).
        oracle_thresholds: One a series.
    """

    def __init__(self, events: Events, thresholds: Floats, oracle_thresholds: Floats) -> None:
        self._events = events
        self._rows = np.arange(len(events.factors))
        self._side = (events.factors > 1).astype(np.int64)
        chosen = thresholds[:, self._side, self._rows]
        self._thresholds = np.concatenate([chosen, oracle_thresholds[None], np.full_like(chosen[:1], NOMINAL)])
        self._delays = np.full((len(events.onsets), *self._thresholds.shape), LENGTH)

    def step(self, bucket: int, panel: Panel) -> None:
        """Look at the statistics of one bucket, and begin anew where an event ends with it."""
        onsets = self._events.of_day(bucket)
        if onsets is None:
            return
        since = bucket - onsets
        stats = panel.stats[:, self._side, self._rows]
        stats = np.concatenate([stats, panel.oracle.stat, stats[:1]])
        delays = self._delays[bucket // PER_DAY - self._events.warm_days]
        fired = (stats >= self._thresholds) & (since >= 0) & (since < delays)
        delays[...] = np.where(fired, np.minimum(delays, since + 1), delays)
        over = self._rows[since == LENGTH - 1]
        if len(over):
            panel.forget(over)

    def delays(self, rows: slice) -> Delays:
        """Give the delays of the series of one group, all days on one axis."""
        found = np.moveaxis(self._delays[..., rows], -1, 1).reshape(-1, len(self._thresholds))
        threshold = float(self._thresholds[-2, rows.start])
        return Delays(found[:, : len(DETECTORS)], found[:, -2], found[:, -1], threshold)


def _buckets(
    world: World, buckets: int, change: Callable[[int], Floats], tick: Tick
) -> Iterator[tuple[int, Ints, Floats]]:
    for first in range(0, buckets, CHUNK):
        chunk = world.chunk(first, change(first))
        for at in range(CHUNK):
            yield first + at, chunk.counts[at], chunk.mean[at]
        tick(CHUNK)
