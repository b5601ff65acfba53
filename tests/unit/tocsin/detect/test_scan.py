import math

import numpy as np
import pytest

from tocsin.detect.baseline import ONE, Expectation
from tocsin.detect.scan import BLOCKS, LEAST, LEVELS, Found, Scan, deviance


def expectation(rows: int = 1, spread: float = 0.01, drift: float = 0.004) -> Expectation:
    return Expectation(np.full(rows, ONE), np.full(rows, spread), np.full(rows, drift), np.ones(rows, np.bool_))


def scanned(counts: list[int], mean: float, seen: list[bool] | None = None) -> tuple[Scan, Found]:
    """Push the counts of one series, and look at the last bucket."""
    scan = Scan()
    scan.grow(1)
    for bucket, count in enumerate(counts):
        watched = np.array([seen[bucket] if seen else True])
        scan.push(bucket, np.array([count]), np.array([int(mean * ONE)]), watched)
    return scan, scan.look(len(counts) - 1, expectation())


def test_a_count_that_is_just_as_expected_surprises_nobody() -> None:
    assert deviance(np.array([50]), np.array([50.0]), np.array([0.1]))[0] == pytest.approx(0)


def test_without_dispersion_the_deviance_is_that_of_poisson() -> None:
    surprise = deviance(np.array([30]), np.array([10.0]), np.array([1e-9]))[0]
    assert surprise == pytest.approx(30 * math.log(3) - 20, rel=1e-5)


def test_none_at_all_is_as_surprising_as_its_probability() -> None:
    r, mean = 4.0, 50.0
    probability = (r / (r + mean)) ** r  # of zero, under the negative binomial
    assert deviance(np.array([0]), np.array([mean]), np.array([1 / r]))[0] == pytest.approx(-math.log(probability))


def test_the_more_counts_stray_anyway_the_less_a_stray_count_surprises() -> None:
    surprises = deviance(np.full(3, 100), np.full(3, 40.0), np.array([0.01, 0.1, 1.0]))
    assert surprises[0] > surprises[1] > surprises[2] > 0


def test_the_window_that_gives_a_surge_away_is_as_long_as_the_surge() -> None:
    _, found = scanned([10] * 57 + [60] * 7, 10)
    assert found.up_buckets[0] == 7
    assert found.up[0] > 20
    assert found.down[0] < 0


def test_the_window_that_gives_a_silence_away_is_as_long_as_the_silence() -> None:
    _, found = scanned([10] * 54 + [0] * 10, 10)
    assert found.down_buckets[0] == 10
    assert found.down[0] > 20


def test_a_small_loss_is_found_by_a_long_window() -> None:
    _, found = scanned([10] * 1_024 + [6] * 1_024, 10)
    assert found.down_buckets[0] > 500
    assert found.down[0] > 20


@pytest.mark.parametrize("side", [0, LEAST - 1])
def test_what_is_too_thin_is_not_looked_at(side: int) -> None:
    _, found = scanned([0] * 63 + [side], 0.1)
    assert (found.up[0], found.down[0]) == (-math.inf, -math.inf)


def test_just_enough_is_looked_at() -> None:
    _, found = scanned([0] * 63 + [LEAST], 0.1)
    assert found.up[0] > 0


def test_buckets_that_nobody_saw_weigh_nothing() -> None:
    counts, seen = [10] * 40 + [0] * 20 + [10] * 4, [True] * 40 + [False] * 20 + [True] * 4
    _, blind = scanned(counts, 10, seen)
    assert blind.down[0] < 0
    assert scanned(counts, 10)[1].down[0] > 20


def test_whatever_is_counted_while_nobody_sees_changes_nothing() -> None:
    seen = [number % 7 != 0 for number in range(64)]
    quiet = [10 if saw else 0 for saw in seen]
    loud = [10 if saw else 900 for saw in seen]
    ours, theirs = scanned(quiet, 10, seen)[1], scanned(loud, 10, seen)[1]
    assert (ours.up[0], ours.down[0]) == (theirs.up[0], theirs.down[0])


def test_longer_windows_are_looked_at_only_when_their_blocks_end() -> None:
    scan, _ = scanned([1] * 100, 1)
    assert scan.recent(0, 99, 15) is not None
    assert scan.recent(0, 98, 16) is None
    assert scan.recent(0, 99, 16) is not None


def test_the_recent_past_is_read_newest_first_and_rounded_up_to_whole_blocks() -> None:
    scan, _ = scanned(list(range(64)), 2)
    recent = scan.recent(0, 63, 5)
    assert recent is not None
    assert recent.observed.tolist() == [63, 62, 61, 60, 59]
    assert recent.total == (305, 10.0)
    longer = scan.recent(0, 63, 17)
    assert longer is not None
    assert (longer.block, longer.buckets) == (2, 18)
    assert longer.total[0] == sum(range(46, 64))


def test_the_oldest_buckets_are_forgotten_and_the_newest_never() -> None:
    longest = (BLOCKS - 1) << (LEVELS - 1)
    scan, _ = scanned([7] * 128 + [1] * (2 * 1_920), 1)
    recent = scan.recent(0, 128 + 2 * 1_920 - 1, longest)
    assert recent is not None
    assert recent.total == (longest, float(longest))


def test_new_series_begin_empty_and_leave_the_others_alone() -> None:
    scan, before = scanned([10] * 50 + [40] * 14, 10)
    scan.grow(3)
    after = scan.look(63, expectation(3))
    assert after.up[0] == before.up[0]
    assert after.up[1:].tolist() == [-math.inf, -math.inf]


def test_a_window_does_not_reach_back_into_what_nobody_saw() -> None:
    unseen = [False] * 54 + [True] * 10
    _, found = scanned([10] * 54 + [0] * 10, 10, unseen)
    assert found.down_buckets[0] <= 10


def test_what_nobody_saw_makes_a_silence_no_more_surprising_than_it_is() -> None:
    counts = [10] * 54 + [0] * 10
    _, after_calm = scanned(counts, 10)
    _, after_blindness = scanned(counts, 10, [False] * 54 + [True] * 10)
    assert after_blindness.down[0] == pytest.approx(after_calm.down[0])


def test_a_series_that_forgets_dates_nothing_back_before_that() -> None:
    scan, _ = scanned([10] * 54, 10)
    scan.forget(0)
    for bucket in range(54, 64):
        scan.push(bucket, np.array([0]), np.array([10 * ONE]), np.array([True]))
    assert scan.look(63, expectation()).down_buckets[0] <= 10
