import pytest

from tocsin.counts_csv import Row
from tocsin.errors import ArchiveError
from tocsin.grid import LONGEST_GAP, choose_grid

MINUTE_MS = 60_000
BEGIN = 1_424_986_973_000  # 2015-02-26 21:42:53, off every minute


def rows_at(*minutes):
    return [
        Row(line, f"minute {minute:g}", "1", BEGIN + round(minute * MINUTE_MS), 1, rounded=False)
        for line, minute in enumerate(minutes, start=2)
    ]


def grid_of(*minutes, bucket_ms=None, zero=False):
    return choose_grid(rows_at(*minutes), "counts.csv", bucket_ms, zero=zero)


def buckets(grid, *minutes):
    first = grid.bucket(BEGIN)
    return [grid.bucket(row.at_ms) - first for row in rows_at(*minutes)]


def test_the_width_is_the_most_common_time_between_rows():
    assert grid_of(0, 5, 10, 20, 25, 40, 55).bucket_ms == 5 * MINUTE_MS


def test_equal_times_and_going_back_do_not_make_the_width():
    assert grid_of(0, 0, 0, 5, 3, 5, 5).bucket_ms == 2 * MINUTE_MS


def test_no_bucket_is_narrower_than_a_second():
    assert grid_of(0, 0.001, 0.002).bucket_ms == 1000


def test_rows_fall_one_to_a_bucket_and_may_be_half_a_step_early_or_late():
    grid = grid_of(0, 5, 10)
    assert buckets(grid, 0, 5, 10, 12.4, 12.5, 17.4, -2.5, -2.6) == [0, 1, 2, 2, 3, 3, 0, -1]


def test_every_row_fills_a_bucket_of_its_own_width():
    grid = grid_of(0, 5, 10)
    assert all(grid.fills(row.at_ms) for row in rows_at(0, 5, 10, 12.4, 12.6))


def test_the_last_row_alone_fills_a_wider_bucket():
    grid = grid_of(0, 1, 2, bucket_ms=5 * MINUTE_MS)
    assert buckets(grid, 0, 4, 5, 9) == [0, 0, 1, 1]
    assert [grid.fills(row.at_ms) for row in rows_at(0, 1, 2, 3, 4, 5)] == [False, False, False, False, True, False]


def test_a_bucket_begins_where_its_first_row_is_due():
    grid = grid_of(0, 1, 2, bucket_ms=5 * MINUTE_MS)
    assert grid.begin(grid.bucket(BEGIN)) == BEGIN


def test_buckets_are_numbered_since_1970():
    grid = grid_of(0, 5)
    assert grid.bucket(BEGIN) == BEGIN // (5 * MINUTE_MS)


def test_one_time_does_not_tell_a_width():
    with pytest.raises(ArchiveError, match=r"^counts\.csv: all rows are of one time.* Give --bucket$"):
        grid_of(0, 0)
    assert grid_of(0, 0, bucket_ms=MINUTE_MS).step_ms == MINUTE_MS


def test_rows_more_than_a_day_apart_are_refused():
    with pytest.raises(ArchiveError, match="rows are 7 days apart, but a bucket is a day at most"):
        grid_of(0, 7 * 24 * 60)


def test_a_bucket_narrower_than_the_rows_makes_sense_only_if_the_others_are_zero():
    with pytest.raises(ArchiveError, match="rows are 300 s apart, so most buckets of 60 s would be missing"):
        grid_of(0, 5, 10, bucket_ms=MINUTE_MS)
    assert grid_of(0, 5, 10, bucket_ms=MINUTE_MS, zero=True).step_ms == MINUTE_MS


def test_a_time_that_must_be_a_slip_is_refused_with_its_line():
    assert grid_of(0, 1, 1 + LONGEST_GAP).bucket_ms == MINUTE_MS
    with pytest.raises(ArchiveError, match=r'^counts\.csv line 4: "minute 1e\+06" is more than 1,000,000 bu'):
        grid_of(0, 1, 2 + LONGEST_GAP)
