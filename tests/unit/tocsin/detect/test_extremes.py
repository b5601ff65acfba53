import math
from itertools import pairwise

import numpy as np
import pytest

from tocsin.detect.extremes import WINSOR, Extremes, Novelty

HOUR_MS = 3_600_000


def after(days, largest=5.0, **known):
    """Extremes that have seen some days, each of which had one bucket as large as that."""
    extremes = Extremes(HOUR_MS, 0.45, **known)
    for bucket in range(24 * days):
        extremes.nats(bucket, 0.0)
        extremes.learn(largest if bucket % 24 == 12 else 0.0)
    return extremes


def test_without_a_day_to_compare_with_there_is_no_opinion():
    assert after(1).nats(24, 100.0) is None
    assert after(2).nats(48, 100.0) > 0


def test_what_theory_says_needs_no_day():
    extremes = Extremes(HOUR_MS, math.pi / math.sqrt(6), least=math.log(24))
    assert extremes.nats(0, math.log(24) + 3) == pytest.approx(3)


def test_theory_is_never_undercut():
    extremes = after(21, largest=0.5, least=math.log(24))
    assert extremes.nats(24 * 21, math.log(24)) == 0.0


def test_the_nats_are_the_log_of_the_return_period():
    rng, day, alarms = np.random.default_rng(1), 24, 0
    extremes = Extremes(HOUR_MS, 0.45)
    values = rng.gumbel(size=day * 2000) * 0.35
    for bucket, value in enumerate(values.tolist()):
        alarms += (extremes.nats(bucket, value) or 0) >= math.log(20)
        extremes.learn(value)
    assert 2000 / 20 / 1.5 < alarms < 2000 / 20 * 1.5


def test_the_last_day_is_not_compared_with_itself():
    extremes = after(21)
    before = extremes.nats(24 * 21, 10.0)
    extremes.learn(10.0)
    assert extremes.nats(24 * 21 + 1, 10.0) == before


def test_one_event_does_not_hide_the_next():
    extremes = after(21)
    extremes.nats(24 * 21, 1e6)
    extremes.learn(1e6)
    for bucket in range(24 * 21 + 1, 24 * 23):
        extremes.nats(bucket, 0.0)
        extremes.learn(5.0 if bucket % 24 == 12 else 0.0)
    assert extremes.nats(24 * 23, 1e6) > WINSOR


def test_a_larger_value_is_never_less_rare():
    extremes = after(10)
    told = [extremes.nats(240, value) for value in (0.0, 4.0, 5.0, 5.5, 100.0)]
    assert all(less <= more for less, more in pairwise(told))


def test_what_goes_on_is_not_news_until_it_is_far_stronger():
    novelty = Novelty(24)
    news = []
    for bucket, nats in enumerate([2.0, 3.0, 6.5, 6.0, 1.0]):
        news.append(novelty.news(bucket, nats))
        novelty.learn(bucket, nats, news[-1])
    assert news == [2.0, 0.0, 6.5, 0.0, 0.0]


def test_after_a_day_the_same_is_news_again():
    novelty = Novelty(24)
    novelty.learn(0, 5.0, 5.0)
    assert novelty.news(24, 5.0) == 0.0
    assert novelty.news(25, 5.0) == 5.0


def test_what_is_hardly_evidence_does_not_silence_an_event():
    novelty = Novelty(24)
    novelty.learn(0, 0.9, 0.9)
    assert novelty.news(1, 1.0) == 1.0
