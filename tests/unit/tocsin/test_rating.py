"""Rows in, rated rows out; the scores behind them are played by what writes down what it is asked."""

from tocsin.counts_csv import Row
from tocsin.detect.scores import Scored
from tocsin.grid import Grid
from tocsin.rating import Rating

MINUTE_MS = 60_000


class Recorder:
    """Scores that tell the count as expectation, and as both scores a hundredth of it."""

    def __init__(self):
        self.asked = []

    def score(self, bucket, value):
        self.asked.append((bucket, value))
        seen = value or 0
        return Scored(seen, 0.0, 0.0, seen / 100, seen / 100)


def minute(at, value=1):
    return Row(2, f"minute {at}", str(value), at * MINUTE_MS, value, rounded=False)


def rate(*rows, width=1, zero=False):
    """Rate rows a minute apart in buckets of some minutes; returns the rating, what was asked, and what came."""
    scores = Recorder()
    rating = Rating(Grid(width * MINUTE_MS, MINUTE_MS, 0), scores, zero=zero)
    return rating, scores.asked, [rated for row in rows for rated in rating.fold(row)]


def told(rated):
    """Leave the gaps out, as the CSV does."""
    return [(one.row.timestamp, one.total, one.scored.burst, one.scored.outage) for one in rated if one.row]


def test_each_row_is_rated_by_its_bucket():
    _, asked, rated = rate(minute(5, 10), minute(6, 20))
    assert asked == [(5, 10), (6, 20)]
    assert told(rated) == [("minute 5", 10, 0.1, 0.1), ("minute 6", 20, 0.2, 0.2)]


def test_a_missing_bucket_is_unobserved():
    rating, asked, rated = rate(minute(5), minute(8), minute(9), minute(11))
    assert asked == [(5, 1), (6, None), (7, None), (8, 1), (9, 1), (10, None), (11, 1)]
    assert [(one.bucket, one.total) for one in rated if one.row is None] == [(6, None), (7, None), (10, None)]
    assert (rating.gaps, rating.missing) == (2, 3)


def test_a_missing_bucket_is_zero_if_so_chosen():
    _, asked, _ = rate(minute(5), minute(7), zero=True)
    assert asked == [(5, 1), (6, 0), (7, 1)]


def test_rows_of_one_bucket_add_up_and_each_is_rated():
    _, asked, rated = rate(minute(5, 10), minute(5, 20), minute(6, 1))
    assert asked == [(5, 10), (5, 30), (6, 1)]
    assert [row[1] for row in told(rated)] == [10, 30, 1]


def test_nothing_and_something_add_up_to_something():
    _, asked, _ = rate(minute(5, None), minute(5, 4), minute(5, None), minute(6, None), minute(6, None))
    assert asked == [(5, None), (5, 4), (5, 4), (6, None), (6, None)]


def test_a_row_whose_bucket_is_over_repeats_the_one_before_and_is_not_counted():
    rating, asked, rated = rate(minute(5, 10), minute(6, 20), minute(5, 90), minute(6, 1), minute(7, 3))
    assert asked == [(5, 10), (6, 20), (6, 21), (7, 3)]
    assert told(rated)[2] == ("minute 5", 20, 0.2, 0.2)
    assert rating.late == 1


def test_a_bucket_that_waits_for_rows_tells_no_outage_yet():
    _, asked, rated = rate(minute(0, 40), minute(1, 10), minute(2, 9), minute(3, 60), width=2)
    assert asked == [(0, 40), (0, 50), (1, 9), (1, 69)]
    assert told(rated) == [
        ("minute 0", 40, 0.4, 0.0),
        ("minute 1", 50, 0.5, 0.5),
        ("minute 2", 9, 0.5, 0.5),
        ("minute 3", 69, 0.69, 0.69),
    ]


def test_a_bucket_that_waited_in_vain_is_told_when_the_next_row_comes():
    _, _, rated = rate(minute(0, 40), minute(2, 9), width=2)
    assert [(one.row is None, one.bucket, one.scored.outage) for one in rated] == [
        (False, 0, 0.0),
        (True, 0, 0.4),
        (False, 1, 0.4),
    ]


def test_after_a_gap_the_scores_of_the_gap_stand():
    _, _, rated = rate(minute(1, 40), minute(4, 9), width=2)
    assert told(rated)[-1] == ("minute 4", 9, 0.09, 0.0)
