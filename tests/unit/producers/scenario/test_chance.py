import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.scenario.chance import drawing, exp_of_minus, poisson


@given(st.floats(0, 16))
def test_the_exponential_by_arithmetic_is_the_exponential(x):
    assert exp_of_minus(x) == pytest.approx(math.exp(-x), rel=1e-10)


@pytest.mark.parametrize("rate", [0.1, 3, 16, 45.5])
def test_poisson_numbers_have_the_mean_and_the_variance_of_their_rate(rate):
    chance = Random(1).random
    draws = [poisson(rate, chance) for _ in range(20_000)]
    mean = sum(draws) / len(draws)

    assert mean == pytest.approx(rate, rel=0.05)
    assert sum((n - mean) ** 2 for n in draws) / len(draws) == pytest.approx(rate, rel=0.05)


def test_nothing_happens_at_rate_zero():
    assert poisson(0, Random(1).random) == 0


def test_values_come_as_often_as_their_weights_say():
    draw = drawing({"often": 3.0, "never": 0.0, "seldom": 1.0}, Random(1).random)
    draws = [draw() for _ in range(10_000)]

    assert draws.count("often") == pytest.approx(7_500, rel=0.05)
    assert "never" not in draws
