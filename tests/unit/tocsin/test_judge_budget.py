"""How the judge shares the false-alarm budget out, and what doubt it finds in a keyword's burst."""

import numpy as np
import pytest

from tocsin.clocks import Clock, Rules
from tocsin.judge import Judge
from tocsin.merge import ClosedBucket

WIDTH = 5_000
HOUR = 3_600_000 // WIDTH


def hourly(channels: int, silent_from: int, hours: int) -> Judge:
    """Judge hours in which one channel after the first stops, all the others go on."""
    rules = Rules(bucket_ms=3_600_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
    judge = Judge(rules, 365)
    for number in range(hours):
        speaking = channels if number < silent_from else 1
        counts = {f"channel=c{i}": (100, 50, 0) for i in range(speaking)} | {"posts": (100 * speaking, 50, 0)}
        judge.fold(ClosedBucket(number, counts, {"s": Clock((number + 2) * 3_600_000, channels=("c0",))}))
    return judge


def test_the_budget_is_shared_over_both_sides_of_every_channel_and_one_of_the_total() -> None:
    buckets_in_a_year = 365 * 24
    assert hourly(1, 10, 10).threshold == pytest.approx(np.log(3 * buckets_in_a_year))
    assert hourly(3, 10, 10).threshold == pytest.approx(np.log(7 * buckets_in_a_year))


def test_a_series_that_has_been_gone_for_a_week_takes_no_part_of_the_budget_any_more() -> None:
    assert hourly(3, 10, 24 * 7).threshold == hourly(3, 10, 10).threshold
    assert hourly(3, 10, 24 * 8).threshold == hourly(1, 10, 10).threshold


def test_a_burst_of_a_keyword_tells_how_many_of_its_posts_cast_doubt() -> None:
    judge = Judge(Rules(bucket_ms=WIDTH, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000), 365)
    doubt = "keyword=arrest|keyword=denial"
    for number in range(2 * HOUR):
        loud = number >= 2 * HOUR - 20
        counts = {"keyword=arrest": (80 if loud else 4, 3, 0), "posts": (100, 50, 0)} | (
            {doubt: (8, 2, 0)} if loud else {}
        )
        clocks = {"s": Clock((number + 2) * WIDTH, channels=("sms",))}
        judge.fold(ClosedBucket(number, dict(sorted(counts.items())), clocks))
    (burst,) = judge.open.values()
    since = 2 * HOUR - burst.detected_at // WIDTH
    assert (burst.series, burst.doubted) == ("keyword=arrest", {"denial": 8 * since})
    assert 10 < since < 20
