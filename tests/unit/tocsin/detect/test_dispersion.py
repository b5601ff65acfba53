import numpy as np
import pytest

from tocsin.detect.dispersion import (
    FIRST_DRIFT,
    LEAST_DRIFT,
    MOST_DRIFT,
    USUAL_DRIFT,
    USUAL_SPREAD,
    estimate_drift,
    estimate_spread,
)


def drift(truth: float, slots: float, mean: float = 600.0) -> float:
    """Estimate from so many slots whose errors were just what the truth says."""
    weight = np.array([slots * mean**2])
    return float(estimate_drift(truth * weight, weight, np.array([mean]), 60)[0])


def test_of_a_new_series_the_spread_is_what_is_usual() -> None:
    assert estimate_spread(np.zeros(1), np.zeros(1), np.array([3.0]))[0] == pytest.approx(USUAL_SPREAD)


def test_the_spread_of_a_series_that_is_known_is_its_own() -> None:
    weight = np.array([50_000.0 * 9])
    assert estimate_spread(0.7 * weight, weight, np.array([3.0]))[0] == pytest.approx(0.7, rel=0.01)


def test_a_series_is_not_trusted_at_first_and_later_by_its_own_errors() -> None:
    assert drift(0.01, 0) > FIRST_DRIFT / 2
    assert drift(0.01, 0) > drift(0.01, 6) > drift(0.01, 100) > drift(0.01, 1_000) > 0.01
    assert drift(0.01, 1_000) == pytest.approx(0.01, rel=0.15)
    assert drift(0.09, 1_000) == pytest.approx(0.09, rel=0.15)


def test_a_series_with_few_posts_is_taken_for_a_usual_one() -> None:
    quiet, busy = drift(0.0, 600, mean=6.0), drift(0.0, 600)
    assert quiet > USUAL_DRIFT / 2 > busy
    assert busy >= LEAST_DRIFT


def test_no_drift_is_beyond_belief() -> None:
    assert drift(9.0, 500) == MOST_DRIFT
