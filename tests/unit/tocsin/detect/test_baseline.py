import numpy as np
import pytest

from tocsin.detect.baseline import FLOOR, ONE, Baseline, Bools

MINUTE = 60_000
SLOT, DAY = 10, 1_440  # buckets


def grow(baseline: Baseline, rows: int, parent: int = -1) -> None:
    """Make room for as many series in all."""
    baseline.grow(np.full(rows - len(baseline.parent), parent))


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
    grow(baseline, 1)
    assert not baseline.expect(0).known[0]
    run(baseline, [6] * SLOT)
    assert baseline.expect(SLOT).known[0]
    assert mean(baseline, SLOT) == 6


def test_the_profile_of_the_day_is_expected_again_the_next_day() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    day = [2] * (DAY // 2) + [20] * (DAY // 2)
    run(baseline, day * 3)
    assert abs(mean(baseline, 3 * DAY + DAY // 4) - 2) < 0.3
    run(baseline, day[: DAY // 2 + DAY // 4], first=3 * DAY)
    assert abs(mean(baseline, 3 * DAY + DAY // 2 + DAY // 4) - 20) < 2


def test_the_level_of_the_last_hours_moves_the_profile() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    run(baseline, [10] * (3 * DAY))
    run(baseline, [15] * 360, first=3 * DAY)
    assert abs(mean(baseline, 3 * DAY + 360) - 15) < 1.5


def test_the_anchor_has_not_yet_followed_a_drop_that_others_took_for_the_level() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    run(baseline, np.random.default_rng(2).poisson(10, 3 * DAY).tolist())
    run(baseline, [5] * 60, first=3 * DAY)
    expectation = baseline.expect(3 * DAY + 60)
    assert float(expectation.anchor[0]) / ONE > 8.5
    assert float(expectation.mean[0]) / ONE < 8


def test_weekends_are_expected_again_after_two_weeks() -> None:
    baseline = Baseline(10 * MINUTE)
    grow(baseline, 1)
    days = [[100] * 144] * 5 + [[40] * 144] * 2
    run(baseline, [count for day in days * 4 for count in day])
    run(baseline, [100] * (5 * 144), first=28 * 144)
    run(baseline, [40] * 72, first=33 * 144)
    assert abs(float(baseline.expect(33 * 144 + 72).anchor[0]) / ONE - 40) < 15  # at noon on Saturday
    run(baseline, [40] * 72 + [40] * 144 + [100] * 72, first=33 * 144 + 72)
    assert abs(float(baseline.expect(35 * 144 + 72).anchor[0]) / ONE - 100) < 15  # and on Monday


def test_a_new_series_follows_the_rhythm_of_the_wider_one_that_it_is_a_part_of() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    rhythm = (40 + 20 * np.sin(np.arange(2 * DAY) * 2 * np.pi / DAY)).astype(int)
    run(baseline, (rhythm[:DAY] * 10).tolist())
    grow(baseline, 2, parent=0)
    baseline.relearn(np.array([False, True]))
    baseline.days[:, 1] = 0
    for number in range(DAY, DAY + DAY // 2):
        baseline.expect(number)
        baseline.learn(np.array([rhythm[number] * 10, rhythm[number]]), yes(2))
    alone = Baseline(MINUTE)
    grow(alone, 1)
    run(alone, rhythm[DAY : DAY + DAY // 2].tolist(), first=DAY)
    later = DAY + DAY // 2 + 5  # on the way down
    ours, theirs = float(baseline.expect(later).anchor[1]) / ONE, float(alone.expect(later).anchor[0]) / ONE
    assert abs(ours - rhythm[later]) < 1 < abs(theirs - rhythm[later])


def test_what_is_not_quiet_is_not_learned() -> None:
    frozen, idle = Baseline(MINUTE), Baseline(MINUTE)
    for baseline in (frozen, idle):
        grow(baseline, 1)
        run(baseline, [10] * DAY)
    run(frozen, [500] * 180, first=DAY, quiet=False)
    run(idle, [10] * 180, first=DAY)
    assert abs(mean(frozen, DAY + 180) - mean(idle, DAY + 180)) < 1


def test_a_series_that_is_frozen_for_hours_keeps_its_expectation() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    run(baseline, [10] * 120)
    run(baseline, [0] * 300, first=120, quiet=False)
    expectation = baseline.expect(420)
    assert expectation.known[0]
    assert abs(float(expectation.mean[0]) / ONE - 10) < 1


def test_a_series_that_appears_later_has_a_history_of_zeros() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    run(baseline, [10] * 180)
    grow(baseline, 2)
    expectation = baseline.expect(180)
    assert expectation.known.tolist() == [True, True]
    assert expectation.mean[1] == FLOOR


def test_counts_that_stray_more_than_chance_widen_the_spread() -> None:
    rng = np.random.default_rng(1)
    steady, wild = Baseline(MINUTE), Baseline(MINUTE)
    for baseline, shape in ((steady, 1e6), (wild, 2.0)):
        grow(baseline, 1)
        run(baseline, [int(rng.poisson(20 * rng.gamma(shape, 1 / shape))) for _ in range(2 * DAY)])
    assert steady.expect(2 * DAY).spread[0] < 0.03
    assert 0.3 < wild.expect(2 * DAY).spread[0] < 0.8


def test_a_slot_of_which_too_little_was_seen_teaches_nothing() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    run(baseline, [10] * 120)
    for number in range(120, 120 + SLOT):
        baseline.expect(number)
        baseline.learn(np.array([500]), yes() & (number >= 120 + SLOT - 4))
    assert abs(mean(baseline, 120 + SLOT) - 10) < 0.5


def test_a_slot_seen_in_part_is_taken_for_what_was_seen_of_it() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    for number in range(120):
        seen = number % 10 < 6
        baseline.expect(number)
        baseline.learn(np.array([10 if seen else 0]), yes() & seen)
    assert mean(baseline, 120) == pytest.approx(10, rel=0.01)


def test_a_gap_of_many_slots_is_stepped_over() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    run(baseline, [10] * DAY)
    assert abs(mean(baseline, 2 * DAY + DAY // 2) - 10) < 1


def test_series_do_not_learn_from_each_other() -> None:
    rng = np.random.default_rng(5)
    counts = rng.poisson([2.0, 30.0, 9.0], size=(300, 3))
    together, alone = Baseline(MINUTE), Baseline(MINUTE)
    grow(together, 3)
    grow(alone, 1)
    for number, row in enumerate(counts):
        together.expect(number)
        together.learn(row, yes(3))
    run(alone, counts[:, 1].tolist())
    ours, theirs = alone.expect(300), together.expect(300)
    assert (ours.mean[0], ours.spread[0], ours.drift[0]) == (theirs.mean[1], theirs.spread[1], theirs.drift[1])


def test_a_series_that_appears_within_the_first_hour_may_well_be_old() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    run(baseline, [10] * 30)
    grow(baseline, 2)
    assert baseline.expect(30).known.tolist() == [True, False]


def test_the_level_is_learned_anew_where_it_must_be_and_the_profile_of_the_day_stays() -> None:
    baseline = Baseline(MINUTE)
    grow(baseline, 1)
    day = [4] * (DAY // 2) + [20] * (DAY // 2)
    run(baseline, day * 2)
    run(baseline, [2] * 360, first=2 * DAY)
    before = mean(baseline, 2 * DAY + 360)
    baseline.relearn(yes())
    assert before < mean(baseline, 2 * DAY + 360) < 4.5


def test_expectations_that_keep_failing_are_trusted_less() -> None:
    steady, moody = Baseline(MINUTE), Baseline(MINUTE)
    for baseline, swing in ((steady, 0.0), (moody, 0.5)):
        grow(baseline, 1)
        run(baseline, [int(20 * (1 + swing * (-1) ** (number // SLOT))) for number in range(DAY)])
    assert moody.expect(DAY).drift[0] > 5 * steady.expect(DAY).drift[0]


def test_folding_the_same_buckets_again_gives_the_same_bits() -> None:
    counts = np.random.default_rng(3).poisson(7, 700).tolist()
    first, second = Baseline(MINUTE), Baseline(MINUTE)
    for baseline in (first, second):
        grow(baseline, 1)
        run(baseline, counts)
    for name, array in vars(first).items():
        if isinstance(array, np.ndarray):
            assert array.tobytes() == getattr(second, name).tobytes(), name
