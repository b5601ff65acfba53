import numpy as np
import pytest

from bench.detection.events import LENGTH, MARGIN, PER_DAY, Events, place
from bench.detection.world import ALPHA, Cell, Floats, Stream, World, generator


def stream(cell: Cell, series: int = 20, regime_day: int = 0) -> Stream:
    return Stream(cell, np.full(series, cell.rate), generator("test", cell.name, 0), PER_DAY, regime_day)


def day_of(cell: Cell, day: int = 0, regime_day: int = 0) -> Floats:
    return stream(cell, 400, regime_day).rate(day * PER_DAY, 100).mean(axis=1)


def test_a_cell_is_the_same_whatever_is_simulated_beside_it() -> None:
    alone, other = Cell(5.0), Cell(1.0, 0.2)
    change = np.ones((50, 40))
    both = World([stream(other), stream(alone)]).chunk(0, change)
    single = World([stream(alone)]).chunk(0, change[:, :20])
    assert np.array_equal(both.counts[:, 20:], single.counts)
    assert np.array_equal(both.mean[:, 20:], single.mean)


def test_counts_have_the_variance_that_the_oracle_believes_in() -> None:
    mean = np.full((2_000, 100), 8.0)
    counts = stream(Cell(8.0)).counts(mean)
    assert counts.mean() == pytest.approx(8.0, rel=0.01)
    assert counts.var() == pytest.approx(8.0 + ALPHA * 64.0, rel=0.02)


def test_slow_noise_has_its_deviation_and_correlation_and_goes_on_from_chunk_to_chunk() -> None:
    cell = Cell(1.0, 0.2)
    noisy = Stream(cell, np.ones(2_000), generator("test", "slow", 0), PER_DAY)
    cycle = Stream(Cell(1.0, 0.0), np.ones(2_000), generator("test", "slow", 0), PER_DAY)
    chunks = [np.log(noisy.rate(at, 180) / cycle.rate(at, 180)) for at in (0, 180, 360)]
    assert chunks[0].std(axis=1)[0] == pytest.approx(0.2, rel=0.1)
    assert chunks[2].std(axis=1)[-1] == pytest.approx(0.2, rel=0.1)
    hour = PER_DAY // 24
    correlation = np.corrcoef(chunks[0][10], chunks[2][10])[0, 1]
    assert correlation == pytest.approx(np.exp(-360 / hour), abs=0.07)


def test_weekends_are_quieter_and_a_regime_changes_the_level_for_good() -> None:
    assert day_of(Cell(5.0, kind="weekend"), 5).mean() < 0.7 * day_of(Cell(5.0, kind="weekend"), 4).mean()
    regime = Cell(5.0, kind="regime")
    assert np.allclose(day_of(regime, 3, regime_day=3), 1.5 * day_of(regime, 3, regime_day=4))


def test_events_keep_away_from_both_ends_of_their_day_and_change_nothing_else() -> None:
    factors = np.array([0.0, 0.5, 5.0] * 50)
    events = Events(place(generator("test", "onsets", 0), len(factors), warm_days=2, days=4), factors, warm_days=2)
    within = events.onsets % PER_DAY
    assert (events.onsets // PER_DAY == np.arange(2, 6)[:, None]).all()
    assert within.min() >= MARGIN
    assert within.max() + LENGTH <= PER_DAY - MARGIN
    assert (events.change(PER_DAY, PER_DAY) == 1).all()
    change = events.change(3 * PER_DAY, PER_DAY)
    assert ((change != 1).sum(axis=0) == LENGTH).all()
    assert (change[within[1], np.arange(150)] == factors).all()
    assert (change[within[1] - 1, np.arange(150)] == 1).all()
