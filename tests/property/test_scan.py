"""The scan, in blocks and side by side, finds what the plainest sum over every window finds."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.detect.baseline import ONE, Expectation, Ints
from tocsin.detect.scan import GLIMPSE, KINDS, LEAST, PATIENT, SLACK, WINDOWS, Scan


def expecting(means: Ints, spread: float = 0.1, drift: float = 0.01) -> Expectation:
    rows = len(means)
    drifts = np.full(rows, drift)
    return Expectation(means, drifts, means, drifts, np.full(rows, spread), np.ones(rows, np.bool_))


def nats(observed: int, mean: float, dispersion: float) -> float:
    """Bahadur and Rao's tail, spelled out for one count."""
    r = 1 / dispersion
    gain = observed * math.log(observed / mean) if observed else 0.0
    deviance = gain - (observed + r) * math.log((observed + r) / (mean + r))
    gaussian = 0.5 * math.log(2 * math.pi * (observed + 1 / 6) * (1 + dispersion * observed))
    if observed < mean:
        ratio = observed * (mean + r) / (mean * (observed - 1 + r)) if observed else 0.0
    else:
        ratio = (observed + r) * mean / ((observed + 1) * (mean + r))
    return max(deviance + gaussian + math.log(max(1 - ratio, 1e-9)), 0.0)


def surprise(observed: int, mean: float, spread: float, drift: float) -> float:
    """Hold one window against its mean by both arms."""
    side = 1 if observed > mean else -1
    shifted = mean * math.exp(side * SLACK * math.sqrt(drift))
    patient = nats(observed, shifted, spread) if (observed - shifted) * side > 0 else 0.0
    return max(nats(observed, mean, spread + drift) + math.log(1 - PATIENT), patient + math.log(PATIENT), 0.0)


def naive(counts: list[int], means: list[float], run: int, spread: float, drift: float) -> tuple[float, float]:
    """Look at every window of the last ``run`` buckets that is due now, one by one; the best scores up and down."""
    up = down = -math.inf
    for group in WINDOWS:
        for length in group.lengths.tolist():
            if len(counts) % group.every or length > run:
                continue
            observed, mean = sum(counts[-length:]), max(sum(means[-length:]), 1e-3)
            variance = mean * (1 + (spread / length + drift) * mean)
            if (observed - mean) ** 2 <= GLIMPSE**2 * variance:
                continue
            score = surprise(observed, mean, spread / length, drift) - math.log(KINDS / group.every)
            if observed > mean and observed >= LEAST:
                up = max(up, score)
            if observed < mean and mean >= LEAST:
                down = max(down, score)
    return up, down


@given(
    st.integers(0, 2**32 - 1), st.integers(1, 1_100), st.floats(0.01, 2.0), st.floats(0.004, 0.5), st.floats(0.05, 40.0)
)
@settings(max_examples=settings.default.max_examples // 3)
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
        scan.push(bucket, counts[bucket], expecting(means[bucket], spread, drift), seen[bucket])
    found = scan.look(length - 1, expecting(means[-1], spread, drift))
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
        scan.push(bucket, np.array([50]), expecting(np.array([ONE])), np.ones(1, np.bool_))
    assert scan.look(39, expecting(np.array([ONE]))).up[0] > 0
    scan.forget(0)
    found = scan.look(39, expecting(np.array([ONE])))
    assert found.up[0] == -math.inf
