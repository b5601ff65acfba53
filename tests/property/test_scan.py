"""The scan, in blocks and side by side, finds what the plainest sum over every window finds."""

import math
from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.detect.baseline import ONE, Expectation
from tocsin.detect.scan import LEAST, LEVELS, WINDOWS, Scan


def nats(observed: int, mean: float, dispersion: float) -> float:
    r = 1 / dispersion
    gain = observed * math.log(observed / mean) if observed else 0.0
    return gain - (observed + r) * math.log((observed + r) / (mean + r))


def windows(buckets: int, run: int) -> Iterator[tuple[int, int]]:
    """Spell all windows of the last ``run`` buckets that end now, as their level and their length."""
    for level in range(LEVELS):
        if buckets % (1 << level):
            break
        for blocks in range(1 if level == 0 else 8, 16):
            if blocks << level <= run:
                yield level, blocks << level


def naive(counts: list[int], means: list[float], run: int, spread: float, drift: float) -> tuple[float, float]:
    """Look at every window of the last ``run`` buckets that ends now, one by one; the best scores up and down."""
    up = down = -math.inf
    for level, length in windows(len(counts), run):
        observed, mean = sum(counts[-length:]), max(sum(means[-length:]), 1e-3)
        price = math.log(2 * WINDOWS / (1 << level))
        slack = math.exp(3 * math.sqrt(drift))
        whole = nats(observed, mean, spread / length + drift)
        if observed >= LEAST:
            if observed > mean:
                up = max(up, whole - price)
            if observed > mean * slack:
                up = max(up, nats(observed, mean * slack, spread / length) - price)
        if mean >= LEAST:
            if observed < mean:
                down = max(down, whole - price)
            if observed < mean / slack:
                down = max(down, nats(observed, mean / slack, spread / length) - price)
    return up, down


@given(
    st.integers(0, 2**32 - 1), st.integers(1, 300), st.floats(0.01, 2.0), st.floats(0.004, 0.5), st.floats(0.05, 40.0)
)
@settings(max_examples=60)
def test_the_best_windows_are_those_of_the_plainest_search(
    seed: int, length: int, spread: float, drift: float, rate: float
) -> None:
    rng = np.random.default_rng(seed)
    scan = Scan()
    scan.grow(2)
    counts = rng.poisson(rate * rng.choice([0.0, 0.3, 1.0, 4.0], size=(length, 2), p=[0.1, 0.1, 0.7, 0.1]))
    means = rng.integers(ONE // 50, max(int(rate * 2 * ONE), ONE), size=(length, 2))
    seen = rng.random((length, 2)) < 0.99
    for bucket in range(length):
        scan.push(bucket, counts[bucket], means[bucket], seen[bucket])
    expectation = Expectation(means[-1], np.full(2, spread), np.full(2, drift), np.ones(2, np.bool_))
    found = scan.look(length - 1, expectation)
    for row in range(2):
        observed = [int(n) if s else 0 for n, s in zip(counts[:, row], seen[:, row], strict=True)]
        expected = [float(m) / ONE if s else 0.0 for m, s in zip(means[:, row], seen[:, row], strict=True)]
        gaps = np.flatnonzero(~seen[:, row])
        run = length - 1 - int(gaps[-1]) if gaps.size else length
        up, down = naive(observed, expected, run, spread, drift)
        assert math.isclose(found.up[row], up, rel_tol=1e-6, abs_tol=1e-6)
        assert math.isclose(found.down[row], down, rel_tol=1e-6, abs_tol=1e-6)
        if up > -math.inf:
            told = scan.recent(row, length - 1, int(found.up_buckets[row]))
            assert told is not None
            assert told.total[0] == sum(observed[-int(found.up_buckets[row]) :])


def test_a_series_that_forgets_is_as_new() -> None:
    scan = Scan()
    scan.grow(1)
    for bucket in range(40):
        scan.push(bucket, np.array([50]), np.array([ONE]), np.ones(1, np.bool_))
    scan.forget(0)
    expectation = Expectation(np.array([ONE]), np.array([0.1]), np.array([0.01]), np.ones(1, np.bool_))
    found = scan.look(39, expectation)
    assert found.up[0] == -math.inf
