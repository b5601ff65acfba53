import numpy as np
import pytest

from tocsin.detect.recovery import (
    Recent,
    astray_for,
    back_for,
    enough_for,
    is_beyond,
    level_of,
    outage_is_over,
)


def recent(*observed: int, expected: float = 10.0) -> Recent:
    """Buckets, the newest first."""
    return Recent(np.array(observed), np.full(len(observed), expected), 1)


def test_a_series_has_strayed_since_it_changed_not_since_the_window_began() -> None:
    assert astray_for(recent(0, 0, 0, 0, 9, 11, 10, 10), 6) == 4
    assert astray_for(recent(0, 0, 0, 0, 0, 9, 11, 10), 3) == 5
    assert astray_for(recent(40, 38, 41, 10, 9, 12), 5) == 3


def test_a_partial_loss_is_dated_by_its_own_middle() -> None:
    assert astray_for(recent(4, 6, 5, 4, 5, 10, 9, 11, 10, 10), 7) == 5


@pytest.mark.parametrize("level", [0.02, 0.25, 0.5, 0.8])
def test_the_less_is_missing_the_more_must_be_expected_to_show_that_it_is_back(level: float) -> None:
    posts = enough_for(level)
    window = recent(*[round(posts / 5)] * 5, expected=posts / 5)
    assert is_beyond(window, level, 0.0), "all that is expected is beyond chance"
    assert not is_beyond(recent(*[round(level * posts / 5)] * 5, expected=posts / 5), level, 0.0)
    assert enough_for(level) < enough_for(level + 0.1)


def test_what_an_outage_lets_through_by_luck_does_not_end_it() -> None:
    lucky = recent(6, 5, 5, 4, 6)
    assert outage_is_over(lucky, 0.1, 0.01)
    assert not is_beyond(lucky, 0.25, 0.05)
    assert is_beyond(recent(10, 9, 11, 10, 10), 0.25, 0.05)


def test_an_outage_leaves_never_nothing_and_never_all() -> None:
    assert level_of(0, 100) == 0.02
    assert level_of(300, 100) == 0.9
    assert level_of(25, 100) == 0.25
    assert level_of(0, 0) == 0.02


def test_a_channel_is_back_since_it_spoke_again() -> None:
    assert back_for(recent(10, 9, 11, 0, 0)) == 3
