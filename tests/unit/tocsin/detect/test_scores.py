from dataclasses import astuple
from itertools import pairwise

import numpy as np
import pytest

from tocsin.detect.scores import ALARM, Scores

MINUTE_MS = 60_000


def score_all(values, bucket_ms=10 * MINUTE_MS, days=365):
    scores = Scores(bucket_ms, days)
    return [scores.score(bucket, value) for bucket, value in enumerate(values, start=1000)]


def steady(rate, buckets=200, seed=1):
    return np.random.default_rng(seed).poisson(rate, buckets).tolist()


def test_an_ordinary_series_rings_nothing():
    scored = score_all(steady(50))
    assert max(max(one.burst, one.outage) for one in scored) < ALARM
    assert 40 < scored[-1].expected < 60
    assert scored[-1].lower < 50 < scored[-1].upper


def test_a_burst_rings_at_once_and_an_outage_soon():
    burst = score_all([*steady(50), 1000])[-1]
    outage = score_all([*steady(50), *[0] * 12])[-1]

    assert (burst.burst >= ALARM, burst.outage < ALARM) == (True, True)
    assert (outage.burst < ALARM, outage.outage >= ALARM) == (True, True)


def test_what_rings_is_not_learned_from():
    scored = score_all([*steady(50), *[1000] * 6])
    assert scored[-1].expected < 60


def test_where_nobody_looked_nothing_rings_and_nothing_is_learned():
    scored = score_all([*steady(50), *[None] * 12, 50])
    assert all((one.burst, one.outage) == (0.0, 0.0) for one in scored[200:212])
    assert scored[-1].outage < ALARM
    assert scored[-1].expected > 40


def test_an_event_rings_when_it_begins_and_later_only_where_the_evidence_has_tripled():
    scored = score_all([*steady(50, 600), *[1000] * 100])
    rings = [(index, one.burst / (1 - one.burst)) for index, one in enumerate(scored) if one.burst >= ALARM]
    assert rings[0][0] == 600
    assert all(more > 3 * less for (_, less), (_, more) in pairwise(rings))


def test_the_same_burst_every_day_is_no_news_after_a_week():
    scored = score_all(([*steady(50, 143), 1000]) * 14)
    assert scored[143].burst >= ALARM
    assert max(one.burst for one in scored[144 * 9 :]) < ALARM


def test_an_outage_is_over_when_counts_return_and_the_return_is_no_burst():
    scored = score_all([*steady(50, 600), *[0] * 30, *steady(50, 100, seed=3)])
    assert all(one.outage >= ALARM for one in scored[605:630])
    assert all(one.outage < ALARM for one in scored[640:])
    assert max(one.burst for one in scored) < ALARM


@pytest.mark.parametrize("first", [30, 63, 64, 65, 150])
def test_a_bucket_that_is_scored_again_out_of_the_blue_leaves_no_trace(first):
    values = [*steady(50, 100), *[0] * 20, *steady(50, 80)]
    once, twice = Scores(10 * MINUTE_MS, 365), Scores(10 * MINUTE_MS, 365)
    for bucket, value in enumerate(values):
        if bucket in {first, first + 1, first + 40}:
            twice.score(bucket, 10**6)
        assert twice.score(bucket, value) == once.score(bucket, value)


def test_a_larger_budget_makes_it_stricter():
    values = [*steady(50), 1000]
    assert score_all(values, days=3650)[-1].burst < score_all(values, days=1)[-1].burst


def test_a_bucket_that_is_scored_again_leaves_no_trace_of_the_first_time():
    values = steady(50)
    once, twice = Scores(MINUTE_MS, 365), Scores(MINUTE_MS, 365)
    for bucket, value in enumerate(values):
        twice.score(bucket, value // 3)
        twice.score(bucket, None)
        assert twice.score(bucket, value) == once.score(bucket, value)


@pytest.mark.parametrize("rate", [10**6, 10**9, 10**12])
@pytest.mark.parametrize("bucket_ms", [10_000, 60 * MINUTE_MS])
def test_counts_may_be_huge(rate, bucket_ms):
    values = [rate * share // 100 for share in np.random.default_rng(2).integers(90, 100, 300).tolist()]
    scored = score_all([*values, 0], bucket_ms=bucket_ms)

    assert 0.85 * rate < scored[-2].expected < rate
    assert max(max(one.burst, one.outage) for one in scored[:-1]) < ALARM
    assert np.isfinite([astuple(one) for one in scored]).all()


def test_a_series_that_outgrows_the_detector_by_far_is_cut_off_but_stays_sound():
    growth = [min(round(5 * 1.5**step), 10**12) for step in range(71)]
    scored = score_all([value for step in growth for value in (step, None)])  # no window is longer than one bucket
    assert 10**9 < scored[-1].expected < 10**12
    assert all(0 <= one.lower <= one.expected <= one.upper for one in scored)


def test_a_first_count_is_cut_where_larger_units_begin_so_that_more_is_never_less():
    last = [score_all([*[0] * 40, value])[-1].burst for value in (999_999, 10**6, 10**6 + 1, 10**12)]
    assert all(less <= more for less, more in pairwise(last))
