import pickle

import numpy as np
import pytest

from bench.detection.budget import Budget
from bench.detection.events import LENGTH, PER_DAY, Events
from bench.detection.measure import NOMINAL, Watch, calibrate
from bench.detection.ours import Alarms
from bench.detection.panel import Panel
from bench.detection.poisson import interval
from bench.detection.rivals import Oracle


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)])
def test_intervals_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    assert interval(count) == pytest.approx((low, high), rel=1e-3)


def test_a_calibrated_threshold_is_passed_once_in_a_thousand_days() -> None:
    maxima = np.random.default_rng(1).permutation(np.arange(3_000.0))[:, None]
    assert (maxima >= calibrate(maxima)).sum() == 2  # the third largest lies just below
    assert calibrate(np.zeros((10, 1)))[0] > 0


def test_an_alarm_stays_open_while_its_statistic_flickers() -> None:
    alarms = Alarms(np.full((2, 1), 5.0), hold=2)
    opened = [bool(alarms.step(np.array([[stat], [0.0]]))[0, 0]) for stat in (4, 5, 0, 6, 0, 0, 0, 7)]
    assert opened == [False, True, False, False, False, False, False, True]
    alarms.close(np.array([0]))
    assert not alarms.open.any()


def test_a_delay_runs_from_the_onset_to_the_first_statistic_on_the_side_of_the_event() -> None:
    factors = np.array([0.0, 5.0])
    events = Events(np.full((1, 2), 100), factors, warm_days=0)
    panel = Panel(Alarms(np.full((2, 2), NOMINAL), 1), Oracle(factors[None], 2), 2)
    watch = Watch(events, np.full((5, 2, 2), 3.0), np.array([1.0, 2.0]))
    for bucket, (drop, burst) in {99: (9.0, 9.0), 100: (2.0, 2.0), 103: (4.0, 0.0), 107: (0.0, 20.0)}.items():
        panel.ours.stat = np.array([[drop] * 2, [burst] * 2])
        panel.oracle.stat = np.array([[drop, burst]])
        watch.step(bucket, panel)
    drops, bursts = watch.delays(slice(0, 1)), watch.delays(slice(1, 2))
    assert (drops.detectors[0, 0], bursts.detectors[0, 0]) == (4, 8)
    assert (drops.oracle[0], bursts.oracle[0]) == (1, 1)
    assert (drops.nominal[0], bursts.nominal[0]) == (LENGTH, 8)


def test_everything_begins_anew_when_an_event_ends() -> None:
    events = Events(np.full((1, 1), 100), np.array([0.0]), warm_days=0)
    panel = Panel(Alarms(np.full((2, 1), 1.0), 1), Oracle(np.array([[0.0]]), 1), 1)
    panel.oracle.stat[:] = panel.ours.stat[:] = 50.0
    watch = Watch(events, np.full((5, 2, 1), 1.0), np.ones(1))
    watch.step(100 + LENGTH - 2, panel)
    assert panel.oracle.stat[0, 0] == 50
    watch.step(100 + LENGTH - 1, panel)
    assert panel.oracle.stat[0, 0] == 0
    assert (panel.ours.stat == -np.inf).all()
    assert PER_DAY > 100 + LENGTH


def test_a_budget_run_goes_on_from_its_checkpoint_as_if_nothing_had_been() -> None:
    straight, stopped = Budget(2, 3), Budget(2, 3)
    for budget in (straight, stopped):
        budget.advance()
    resumed = pickle.loads(pickle.dumps(stopped))  # noqa: S301 - written a moment ago
    for _ in range(3):
        straight.advance()
        resumed.advance()
    assert resumed.done == straight.done
    assert np.array_equal(resumed.ours.mean, straight.ours.mean)
    assert np.array_equal(resumed.ours.stat, straight.ours.stat)
