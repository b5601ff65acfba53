import math

import numpy as np
import pytest

from tocsin.detect.baseline import ONE, Expectation
from tocsin.detect.scan import BLOCKS, COARSE, FINE, LEAST, Found, Scan, surprise
from tocsin.detect.tails import deviance, rarity


def expectation(rows: int = 1, mean: float = 1.0, spread: float = 0.01, drift: float = 0.004) -> Expectation:
    means, drifts = np.full(rows, int(mean * ONE)), np.full(rows, drift)
    return Expectation(means, drifts, means, drifts, np.full(rows, spread), np.ones(rows, np.bool_))


def scanned(counts: list[int], mean: float, seen: list[bool] | None = None) -> tuple[Scan, Found]:
    """Push the counts of one series, and look at the last bucket."""
    scan = Scan()
    scan.grow(1)
    for bucket, count in enumerate(counts):
        watched = np.array([seen[bucket] if seen else True])
        scan.push(bucket, np.array([count]), expectation(mean=mean), watched)
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


@pytest.mark.parametrize("dispersion", [1e-4, 0.01, 0.1])
@pytest.mark.parametrize("mean", [20.0, 150.0, 3_000.0])
@pytest.mark.parametrize("side", [-1, 1])
def test_how_rare_a_count_is_agrees_with_the_sum_of_all_that_are_rarer(
    mean: float, dispersion: float, side: int
) -> None:
    counts = np.arange(int(mean * 30))
    r = 1 / dispersion
    gammas = np.array([math.lgamma(k + r) - math.lgamma(k + 1) for k in counts.tolist()])
    logs = gammas - math.lgamma(r) + r * math.log(r / (r + mean)) + counts * math.log(mean / (r + mean))
    tails = np.exp(logs).cumsum() if side < 0 else np.exp(logs)[::-1].cumsum()[::-1]
    told = rarity(counts, np.full(len(counts), mean), np.full(len(counts), dispersion))
    exact = -np.log(np.clip(tails, 1e-300, 1.0))
    beyond = ((counts - mean) * side > 0) & (exact > 5) & (exact < 30)
    assert beyond.any()
    assert np.abs(told - exact)[beyond].max() < 0.3


def test_a_deep_drop_is_rarer_than_a_shallow_one_and_a_lasting_one_rarer_than_a_short_one() -> None:
    def of(observed: int, mean: float) -> float:
        return float(surprise(np.array([observed]), np.array([mean]), np.array([0.01]), np.array([0.01]))[0])

    assert of(0, 40.0) > of(8, 40.0) > of(20, 40.0) > 0
    assert of(2_000, 4_000.0) > of(20, 40.0)


def test_the_window_that_gives_a_surge_away_is_as_long_as_the_surge() -> None:
    _, found = scanned([10] * 57 + [60] * 7, 10)
    assert found.up_buckets[0] == 7
    assert found.up[0] > 20
    assert found.down[0] == -math.inf


def test_the_window_that_gives_a_silence_away_is_as_long_as_the_silence() -> None:
    _, found = scanned([10] * 54 + [0] * 10, 10)
    assert found.down_buckets[0] == 10
    assert found.down[0] > 20


def test_a_small_loss_is_found_by_a_long_window() -> None:
    _, found = scanned([10] * 1_024 + [6] * 1_024, 10)
    assert found.down_buckets[0] > 100
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
    assert blind.down[0] == -math.inf
    assert scanned(counts, 10)[1].down[0] > 20


def test_whatever_is_counted_while_nobody_sees_changes_nothing() -> None:
    seen = [number % 7 != 0 for number in range(64)]
    quiet = [10 if saw else 0 for saw in seen]
    loud = [10 if saw else 900 for saw in seen]
    ours, theirs = scanned(quiet, 10, seen)[1], scanned(loud, 10, seen)[1]
    assert (ours.up[0], ours.down[0]) == (theirs.up[0], theirs.down[0])


def test_longer_windows_are_looked_at_only_when_their_blocks_end() -> None:
    scan, _ = scanned([1] * 100, 1)
    assert scan.recent(0, 99, FINE) is not None
    assert scan.recent(0, 99, FINE + 1) is None
    scan.push(100, np.array([1]), expectation(), np.array([True]))
    for bucket in range(101, 112):
        scan.push(bucket, np.array([1]), expectation(), np.array([True]))
    assert scan.recent(0, 111, FINE + 1) is not None


def test_the_recent_past_is_read_newest_first_and_rounded_up_to_whole_blocks() -> None:
    scan, _ = scanned(list(range(128)), 2)
    recent = scan.recent(0, 127, 5)
    assert recent is not None
    assert recent.observed.tolist() == [127, 126, 125, 124, 123]
    assert recent.total == (625, 10.0)
    longer = scan.recent(0, 127, 65)
    assert longer is not None
    assert (longer.block, longer.buckets) == (16, 80)
    assert longer.observed.tolist() == [sum(range(at, at + 16)) for at in (112, 96, 80, 64, 48)]


def test_the_oldest_buckets_are_forgotten_and_the_newest_never() -> None:
    longest = BLOCKS * COARSE[-1]
    scan, _ = scanned([7] * 128 + [1] * (2 * longest), 1)
    recent = scan.recent(0, 128 + 2 * longest - 1, longest)
    assert recent is not None
    assert recent.total == (longest, float(longest))


def test_short_windows_are_held_against_the_present_level_and_long_ones_against_the_anchor() -> None:
    scan = Scan()
    scan.grow(1)
    followed = expectation(mean=5)
    followed.anchor = np.array([10 * ONE])
    for bucket in range(1_024):
        scan.push(bucket, np.array([5]), followed, np.array([True]))
    found = scan.look(1_023, followed)
    assert found.down_buckets[0] > FINE
    assert found.down[0] > 20


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
        scan.push(bucket, np.array([0]), expectation(mean=10), np.array([True]))
    assert scan.look(63, expectation()).down_buckets[0] <= 10
