import pytest

from producers.live.gaps import OpenGap, Rate


def test_the_rate_is_that_of_the_last_minutes() -> None:
    rate = Rate()
    assert rate.per_second == 0
    for at in range(0, 1_200_000, 100):
        rate.add(at)
    assert rate.per_second == pytest.approx(10, rel=0.01)


def test_a_rate_of_an_earlier_run_holds_until_there_is_a_newer_one() -> None:
    rate = Rate(40.0)
    assert rate.per_second == 40
    for at in range(0, 1_200_000, 1_000):
        rate.add(at)
    assert rate.per_second == pytest.approx(1, rel=0.01)


def test_a_lost_gap_costs_the_rate_times_its_length_and_a_recovered_one_nothing() -> None:
    for outcome, posts in (("lost", 150), ("recovered", 0)):
        gap = OpenGap("jetstream", "why", 10_000, since=11_000)
        gap.on_attempt()
        gap.on_attempt()
        ended = gap.close(outcome, 40_000, 44_000, 5.0)
        assert (ended.posts, ended.offline_ms, ended.attempts) == (posts, 33_000, 2)
        assert (ended.begin, ended.end) == (10_000, 40_000)
