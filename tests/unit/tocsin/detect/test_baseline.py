import numpy as np

from tocsin.detect.baseline import FLOOR, ONE, Baseline, Bools

MINUTE = 60_000
SLOT, DAY = 10, 1_440  # buckets


def yes(rows: int = 1) -> Bools:
    return np.ones(rows, np.bool_)


def run(baseline: Baseline, counts: list[int], first: int = 0, quiet: bool = True) -> None:
    for number, count in enumerate(counts, first):
        baseline.expect(number)
        baseline.learn(np.array([count]), yes() & quiet)


def mean(baseline: Baseline, bucket: int) -> float:
    return float(baseline.expect(bucket).mean[0]) / ONE


def test_nothing_is_known_before_the_first_slot_is_over() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    assert not baseline.expect(0).known[0]
    run(baseline, [6] * SLOT)
    assert baseline.expect(SLOT).known[0]
    assert mean(baseline, SLOT) == 6


def test_the_profile_of_the_day_is_expected_again_the_next_day() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    day = [2] * (DAY // 2) + [20] * (DAY // 2)
    run(baseline, day * 3)
    assert abs(mean(baseline, 3 * DAY + DAY // 4) - 2) < 0.3
    run(baseline, day[: DAY // 2 + DAY // 4], first=3 * DAY)
    assert abs(mean(baseline, 3 * DAY + DAY // 2 + DAY // 4) - 20) < 2


def test_the_level_of_the_last_hours_moves_the_profile_but_no_further_than_twofold() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    run(baseline, [10] * (3 * DAY))
    run(baseline, [15] * 360, first=3 * DAY)
    assert abs(mean(baseline, 3 * DAY + 360) - 15) < 1.5
    run(baseline, [100] * 60, first=3 * DAY + 360)
    assert abs(mean(baseline, 3 * DAY + 450) - 20) < 0.5


def test_what_is_not_quiet_is_not_learned() -> None:
    frozen, idle = Baseline(MINUTE), Baseline(MINUTE)
    for baseline in (frozen, idle):
        baseline.grow(1)
        run(baseline, [10] * DAY)
    run(frozen, [500] * 180, first=DAY, quiet=False)
    run(idle, [10] * 180, first=DAY)
    assert abs(mean(frozen, DAY + 180) - mean(idle, DAY + 180)) < 1


def test_a_series_that_is_frozen_for_hours_keeps_its_expectation() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    run(baseline, [10] * 120)
    run(baseline, [0] * 300, first=120, quiet=False)
    expectation = baseline.expect(420)
    assert expectation.known[0]
    assert abs(float(expectation.mean[0]) / ONE - 10) < 1


def test_a_series_that_appears_later_has_a_history_of_zeros() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    run(baseline, [10] * 180)
    baseline.grow(2)
    expectation = baseline.expect(180)
    assert expectation.known.tolist() == [True, True]
    assert expectation.mean[1] == FLOOR


def test_counts_that_stray_more_than_chance_widen_the_spread() -> None:
    rng = np.random.default_rng(1)
    steady, wild = Baseline(MINUTE), Baseline(MINUTE)
    for baseline, shape in ((steady, 1e6), (wild, 2.0)):
        baseline.grow(1)
        run(baseline, [int(rng.poisson(20 * rng.gamma(shape, 1 / shape))) for _ in range(2 * DAY)])
    assert steady.expect(2 * DAY).spread[0] < 0.02
    assert 0.3 < wild.expect(2 * DAY).spread[0] < 0.8
