import math

import numpy as np
import pytest

from bench.detection.unrest import PER_DAY, PER_HOUR, unrest
from tocsin.forecast import (
    UNKNOWN,
    UNKNOWN_APART,
    Floats,
    Growth,
    Spread,
    apart,
    foretell,
    growth,
    hindcasts,
    spread,
    weekdays,
)

WEEK = 7 * PER_DAY
CALM = np.zeros(WEEK, np.bool_)


def off(week: Floats) -> Spread:
    return spread(hindcasts(week, CALM, PER_HOUR), np.count_nonzero(~np.isnan(week)) / PER_DAY)


def said(week: Floats, ahead: int = 0) -> Floats:
    foretold = foretell(week, CALM, PER_HOUR, ahead)
    assert foretold is not None
    return foretold


def days(*levels: float) -> Floats:
    """Seven days, each with as many posts in every slot, but twice as many in its second half."""
    rhythm = np.repeat([1.0, 2.0], PER_DAY // 2)
    return np.concatenate([level * rhythm for level in levels])


def hours(slots: Floats) -> Floats:
    summed: Floats = slots.reshape(-1, PER_HOUR).sum(axis=1)
    return summed


def test_what_was_always_so_goes_on() -> None:
    week = days(*[50.0] * 7)
    inside = np.abs(np.arange(WEEK) % (PER_DAY // 2) - PER_DAY // 4) < PER_DAY // 4 - 7  # away from the steps
    assert said(week)[inside] == pytest.approx(week[inside], rel=0.03)


def test_yesterday_counts_more_than_a_week_ago() -> None:
    risen, fallen = said(days(50, 50, 50, 50, 50, 80, 80)), said(days(80, 80, 50, 50, 50, 50, 50))
    assert 65 < risen[20:50].mean() < 80
    assert 50 < fallen[20:50].mean() < 58


def test_one_burst_yesterday_is_not_expected_again_but_one_every_day_is() -> None:
    burst = np.arange(90, 102)
    once, always = days(*[50.0] * 7), days(*[50.0] * 7)
    once[burst + 6 * PER_DAY] *= 10
    for day in range(7):
        always[burst + day * PER_DAY] *= 10
    assert said(once)[burst].mean() < 1.5 * 100
    assert said(always)[burst + PER_DAY].mean() > 5 * 100


def test_what_came_in_a_burst_says_less_of_another_day_but_is_all_that_is_known_where_there_is_nothing_else() -> None:
    nights, stirred = days(*[50.0] * 7), CALM.copy()
    for day in (4, 5, 6):
        nights[day * PER_DAY + np.arange(90, 102)] *= 3
        stirred[day * PER_DAY + np.arange(90, 102)] = True
    at = np.arange(92, 100) + PER_DAY
    told, untold = foretell(nights, stirred, PER_HOUR), foretell(nights, CALM, PER_HOUR)
    assert told is not None
    assert untold is not None
    assert told[at].mean() < 1.5 * 100 < 1.8 * 100 < untold[at].mean()
    always = foretell(nights, np.ones(WEEK, np.bool_), PER_HOUR)
    assert always == pytest.approx(untold)


def test_which_of_two_hours_carries_more_is_surer_than_how_much_either_carries() -> None:
    week = unrest(3, 2_000, 7)
    shared = hindcasts(week * np.repeat(np.linspace(1, 2, 7), PER_DAY), CALM, PER_HOUR)
    assert 0 < apart(shared) < UNKNOWN_APART
    assert apart(hindcasts(np.full(WEEK, 6_000.0), CALM, PER_HOUR)) < 0.01


def test_hours_in_which_a_burst_lasted_do_not_tell_how_far_apart_calm_ones_are() -> None:
    week, stirred = days(*[600.0] * 7), CALM.copy()
    for day in (2, 4, 5):
        week[day * PER_DAY + np.arange(48, 84)] *= 4
        stirred[day * PER_DAY + np.arange(48, 84)] = True
    assert apart(hindcasts(week, stirred, PER_HOUR)) < 0.3 < apart(hindcasts(week, CALM, PER_HOUR))
    assert apart(hindcasts(week, ~CALM, PER_HOUR)) == UNKNOWN_APART, "nothing was calm"


def test_the_present_level_is_followed_and_fades() -> None:
    week = days(*[50.0] * 7)
    week[-36:] *= 2
    calm, raised = said(days(*[50.0] * 7)), said(week)
    assert raised[10] > 1.4 * calm[10]
    assert raised[10 + 3 * PER_DAY] < 1.05 * calm[10 + 3 * PER_DAY]


def test_what_nobody_knows_counts_for_nothing() -> None:
    week = days(50, 50, 1e6, 50, 50, 50, 50)
    week[2 * PER_DAY : 3 * PER_DAY] = np.nan
    assert said(week) == pytest.approx(said(days(*[50.0] * 7)), rel=0.06)


def test_a_later_beginning_is_the_same_forecast_cut_off() -> None:
    week = unrest(1, 60, 7)
    assert said(week, 30)[: WEEK - 30] == pytest.approx(said(week)[30:])


def test_times_of_day_never_seen_are_expected_to_be_like_the_others() -> None:
    week = np.full(WEEK, np.nan)
    week[-12:] = 30.0
    assert said(week) == pytest.approx(np.full(WEEK, 30.0))


def test_less_than_an_hour_foretells_nothing() -> None:
    week = np.full(WEEK, np.nan)
    week[-5:] = 30.0
    assert foretell(week, CALM, PER_HOUR) is None


def test_sparse_posts_are_not_rounded_away() -> None:
    week = np.random.default_rng(3).poisson(0.2, WEEK).astype(np.float64)
    assert said(week).mean() == pytest.approx(week.mean(), rel=0.15)


def test_it_takes_two_days_to_tell_how_far_off_it_is() -> None:
    week = unrest(2, 100, 7)
    short = week.copy()
    short[: -PER_DAY - 60] = np.nan
    assert off(short) == UNKNOWN
    assert off(week).above < UNKNOWN[1]


def test_pure_chance_leaves_little_beyond_the_noise_of_counting() -> None:
    rng = np.random.default_rng(4)
    poisson = off(rng.poisson(20.0, WEEK).astype(np.float64))
    rough = off(rng.poisson(rng.gamma(2.0, 10.0, WEEK // 6).repeat(6)).astype(np.float64))
    assert max(poisson) < 0.2
    assert min(rough) > 0.3


def test_bounds_hold_the_noise_and_never_less_than_nothing() -> None:
    exact = Spread(0.0, 0.0)
    low, high = exact.bounds(400.0)
    assert (low, high) == pytest.approx((400 - 1.2816 * 20, 400 + 1.2816 * 20))
    assert exact.bounds(0.5)[0] == 0.0
    assert Spread(0.5, 1.0).bounds(1e6) == pytest.approx((0.5e6, 2e6), rel=0.01)
    assert Spread(*UNKNOWN).bounds(0.0) == (0.0, 0.0)


def test_eighty_percent_intervals_hold_about_eighty_percent_of_the_hours_that_come() -> None:
    for hourly, seeds in ((3.0, 6), (60.0, 6), (1_000.0, 6)):
        inside = []
        for seed in range(seeds):
            series = unrest(seed, hourly, 21)
            for origin in range(WEEK, len(series) - 72 * PER_HOUR, 78):
                week = series[origin - WEEK : origin]
                spreads, foretold = off(week), hours(said(week))[:72]
                came = hours(series[origin : origin + 72 * PER_HOUR])
                bounds = map(spreads.bounds, foretold.tolist())
                inside += [low <= posts <= high for (low, high), posts in zip(bounds, came.tolist(), strict=True)]
        assert 0.7 < sum(inside) / len(inside) < 0.9, f"{hourly} posts an hour"


def test_it_is_nearer_than_yesterday() -> None:
    ours, yesterday = [], []
    for seed in range(8):
        series = unrest(seed, 200, 14)
        for origin in range(WEEK, len(series) - PER_DAY, 78):
            came = hours(series[origin : origin + PER_DAY])
            ours += (np.abs(hours(said(series[origin - WEEK : origin]))[:24] - came) / came).tolist()
            yesterday += (np.abs(hours(series[origin - PER_DAY : origin]) - came) / came).tolist()
    assert np.median(ours) < 0.9 * np.median(yesterday)


def test_a_weekend_is_found_in_the_totals_of_four_weeks() -> None:
    totals = hours(unrest(5, 100, 28, weekend=0.5, nights=0.0)).reshape(-1, 24).sum(axis=1)
    factors = weekdays(totals)
    assert factors[5:].max() < 0.75
    assert factors[:5].min() > 0.95
    assert factors[5:].mean() / factors[:5].mean() == pytest.approx(0.5, abs=0.1)


def test_chance_makes_no_weekdays() -> None:
    drawn = np.exp(np.random.default_rng(6).normal(0.0, 0.3, (50, 28))) * 1_000
    assert np.mean([np.abs(np.log(weekdays(totals))).mean() for totals in drawn]) < 0.06


def test_a_steady_trend_makes_no_weekdays() -> None:
    assert weekdays(1_000_000 * 0.9 ** np.arange(28.0)) == pytest.approx(np.ones(7), abs=1e-4)


@pytest.mark.parametrize("known", [0, 7, 13, 19])
def test_less_than_two_weeks_of_neighbours_make_no_weekdays(known: int) -> None:
    totals = np.full(28, np.nan)
    totals[28 - known :] = np.tile([9.0, 1, 1, 1, 1, 1, 1], 4)[28 - known :] * 1_000
    assert weekdays(totals) == pytest.approx(np.ones(7))


def test_authors_grow_by_the_power_that_hours_show() -> None:
    posts = np.array([50.0, 100, 200, 400, 800] * 5)
    law = growth(posts, 2.0 * posts**0.7)
    assert law.exponent == pytest.approx(0.7, abs=0.02)
    assert law.authors(400.0) == pytest.approx(2 * 400**0.7, rel=0.02)


def test_hours_that_are_all_alike_tell_the_number_but_not_the_power() -> None:
    law = growth(np.full(100, 300.0), np.full(100, 120.0))
    assert law.authors(300.0) == pytest.approx(120.0)
    assert law.exponent == pytest.approx(0.85)


def test_nobody_is_more_people_than_posts() -> None:
    assert Growth(3.0, 0.8).authors(2.0) == 2.0
    assert Growth(3.0, 0.8).authors(0.0) == 0.0
    assert growth(np.zeros(0), np.zeros(0)).authors(10.0) <= 10.0
    assert math.isfinite(growth(np.zeros(3), np.zeros(3)).scale)
