import numpy as np
import pytest

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


def test_a_bucket_must_be_expected_before_it_is_learned() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    with pytest.raises(ValueError, match=r"expect\(\) comes before learn\(\)"):
        baseline.learn(np.array([1]), yes())


def test_a_slot_of_which_too_little_was_seen_teaches_nothing() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    run(baseline, [10] * 120)
    for number in range(120, 120 + SLOT):
        baseline.expect(number)
        baseline.learn(np.array([500]), yes() & (number >= 120 + SLOT - 4))
    assert abs(mean(baseline, 120 + SLOT) - 10) < 0.5


def test_a_slot_seen_in_part_is_taken_for_what_was_seen_of_it() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    for number in range(120):
        seen = number % 10 < 6
        baseline.expect(number)
        baseline.learn(np.array([10 if seen else 0]), yes() & seen)
    assert mean(baseline, 120) == pytest.approx(10, rel=0.01)


def test_a_gap_of_many_slots_is_stepped_over() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    run(baseline, [10] * DAY)
    assert abs(mean(baseline, 2 * DAY + DAY // 2) - 10) < 1


def test_series_do_not_learn_from_each_other() -> None:
    rng = np.random.default_rng(5)
    counts = rng.poisson([2.0, 30.0, 9.0], size=(300, 3))
    together, alone = Baseline(MINUTE), Baseline(MINUTE)
    together.grow(3)
    alone.grow(1)
    for number, row in enumerate(counts):
        together.expect(number)
        together.learn(row, yes(3))
    run(alone, counts[:, 1].tolist())
    ours, theirs = alone.expect(300), together.expect(300)
    assert (ours.mean[0], ours.spread[0], ours.drift[0]) == (theirs.mean[1], theirs.spread[1], theirs.drift[1])


def test_a_series_that_appears_within_the_first_hour_may_well_be_old() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    run(baseline, [10] * 30)
    baseline.grow(2)
    assert baseline.expect(30).known.tolist() == [True, False]


def test_the_level_is_learned_anew_where_it_must_be_and_the_profile_of_the_day_stays() -> None:
    baseline = Baseline(MINUTE)
    baseline.grow(1)
    day = [4] * (DAY // 2) + [20] * (DAY // 2)
    run(baseline, day * 2)
    run(baseline, [2] * 360, first=2 * DAY)
    assert mean(baseline, 2 * DAY + 360) < 3
    baseline.relearn(yes())
    assert abs(mean(baseline, 2 * DAY + 360) - 4) < 0.5


def test_expectations_that_keep_failing_are_trusted_less() -> None:
    steady, moody = Baseline(MINUTE), Baseline(MINUTE)
    for baseline, swing in ((steady, 0.0), (moody, 0.5)):
        baseline.grow(1)
        run(baseline, [int(20 * (1 + swing * (-1) ** (number // SLOT))) for number in range(DAY)])
    assert moody.expect(DAY).drift[0] > 5 * steady.expect(DAY).drift[0]


def test_folding_the_same_buckets_again_gives_the_same_bits() -> None:
    counts = np.random.default_rng(3).poisson(7, 700).tolist()
    first, second = Baseline(MINUTE), Baseline(MINUTE)
    for baseline in (first, second):
        baseline.grow(1)
        run(baseline, counts)
    for name, array in vars(first).items():
        if isinstance(array, np.ndarray):
            assert array.tobytes() == getattr(second, name).tobytes(), name
