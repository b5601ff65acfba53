import math

import numpy as np
import pytest

from bench.detection.rivals import MINUTE, EarsC2, Oracle, PoissonFocus, QuasiPoisson, Ratio, Rival, llr
from bench.detection.world import ALPHA

QUIET = np.ones(2, np.bool_)
MEAN = np.full(2, 10.0)


def feed(rival: Rival, counts: list[int], buckets: int, first: int = 0) -> None:
    for bucket in range(first, first + buckets):
        rival.step(bucket, np.array(counts), MEAN, QUIET)


def log_probability(count: int, mean: float) -> float:
    r = 1 / ALPHA
    ways = math.lgamma(count + r) - math.lgamma(r) - math.lgamma(count + 1)
    return ways + r * math.log(r / (r + mean)) + count * math.log(mean / (r + mean))


@pytest.mark.parametrize("count", [0, 3, 40])
@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_the_likelihood_ratio_is_that_of_the_probabilities(count: int, factor: float) -> None:
    ratio = llr(np.array([count]), np.array([7.0]), ALPHA, np.array([factor]))[0]
    assert ratio == pytest.approx(log_probability(count, 7.0 * factor) - log_probability(count, 7.0))


def test_the_oracle_rises_when_its_change_comes_and_rests_at_zero_before() -> None:
    oracle = Oracle(np.array([[0.0, 5.0]]), 2)
    for _ in range(20):
        oracle.step(np.array([10, 10]), MEAN)
    assert (oracle.stat == 0).all()
    oracle.step(np.array([0, 50]), MEAN)
    assert (oracle.stat > 5).all()
    oracle.forget(np.array([0]))
    assert oracle.stat[0, 0] == 0 < oracle.stat[0, 1]


def test_the_focus_form_finds_the_likelihood_ratio_of_a_change_on_its_grid() -> None:
    focus = PoissonFocus(2)
    feed(focus, [10, 10], 50)
    feed(focus, [2, 20], 30)
    assert focus.stat[0, 0] == pytest.approx(30 * (2 * math.log(0.2) + 8))
    assert focus.stat[1, 1] == pytest.approx(30 * (20 * math.log(2) - 10))
    focus.forget(np.array([0, 1]))
    assert (focus.stat == 0).all()


@pytest.mark.parametrize("kind", [EarsC2, QuasiPoisson, Ratio])
def test_what_looks_at_minutes_tells_drops_from_bursts_and_forgets(kind: type[EarsC2 | QuasiPoisson | Ratio]) -> None:
    rival = kind(2)
    feed(rival, [10, 10], MINUTE - 1)
    assert (rival.stat == -np.inf).all()
    feed(rival, [10, 10], 100 * MINUTE - MINUTE + 1, first=MINUTE - 1)
    assert (rival.stat == 0).all()
    feed(rival, [0, 20], MINUTE, first=100 * MINUTE)
    assert rival.stat[0, 0] > 0 > rival.stat[0, 1]
    assert rival.stat[1, 1] > 0 > rival.stat[1, 0]
    rival.forget(np.array([0, 1]))
    feed(rival, [10, 10], MINUTE, first=101 * MINUTE)
    assert (rival.stat == 0).all()


def test_the_ratio_is_that_of_five_minutes() -> None:
    ratio = Ratio(2)
    feed(ratio, [10, 10], 10 * MINUTE)
    feed(ratio, [0, 30], 2 * MINUTE, first=10 * MINUTE)
    assert ratio.stat[0, 0] == pytest.approx(2 / 5)
    assert ratio.stat[1, 1] == pytest.approx(2 * 2 / 5)
