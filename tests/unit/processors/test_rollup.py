import pytest

from processors.rollup import Rollup, Sums
from tocsin.keys import HOUR_MS, MINUTE_MS

FIRST = 1_244_678_400_000 // 5_000  # begins an hour


def sums(rollup: Rollup, bucket: int, **posts: int) -> dict[int, tuple[int, Sums]]:
    """Add a bucket; returns what it leads to by span."""
    counts = {name: (n, 1, 0) for name, n in posts.items()}
    return {span: (start, totals) for span, start, totals in rollup.add(bucket, counts)}


def test_posts_add_up_by_minute_and_by_hour() -> None:
    rollup = Rollup(5_000)
    for number in range(12):
        last = sums(rollup, FIRST + number, posts=number)
    assert last == {
        MINUTE_MS: (FIRST * 5_000, {"posts": 66}),
        HOUR_MS: (FIRST * 5_000, {"posts": 66}),
    }
    assert sums(rollup, FIRST + 12, posts=1) == {
        MINUTE_MS: (FIRST * 5_000 + MINUTE_MS, {"posts": 1}),
        HOUR_MS: (FIRST * 5_000, {"posts": 67}),
    }


def test_only_the_series_of_the_bucket_are_told_anew() -> None:
    rollup = Rollup(5_000)
    sums(rollup, FIRST, posts=5, quiet=1)
    assert sums(rollup, FIRST + 1, posts=2)[MINUTE_MS][1] == {"posts": 7}
    assert sums(rollup, FIRST + 2, quiet=1)[MINUTE_MS][1] == {"quiet": 2}


def test_after_a_gap_a_new_span_begins_at_nothing() -> None:
    rollup = Rollup(5_000)
    sums(rollup, FIRST, posts=5)
    later = sums(rollup, FIRST + 3 * 720, posts=2)
    assert later == {span: (FIRST * 5_000 + 3 * HOUR_MS, {"posts": 2}) for span in (MINUTE_MS, HOUR_MS)}


def test_a_rollup_goes_on_from_what_an_earlier_worker_had_counted() -> None:
    straight, resumed = Rollup(5_000), Rollup(5_000)
    stored = sums(straight, FIRST, posts=5, other=2)
    for span, (start, totals) in stored.items():
        resumed.resume(span, start, dict(totals))
    assert sums(resumed, FIRST + 1, posts=3) == sums(straight, FIRST + 1, posts=3)
    assert sums(resumed, FIRST + 12, other=3) == sums(straight, FIRST + 12, other=3)


@pytest.mark.parametrize(
    ("bucket_seconds", "spans"),
    [(5, (MINUTE_MS, HOUR_MS)), (59, (MINUTE_MS, HOUR_MS)), (60, (HOUR_MS,)), (300, (HOUR_MS,)), (3600, ())],
)
def test_a_resolution_that_is_no_coarser_than_the_bucket_is_left_out(
    bucket_seconds: int, spans: tuple[int, ...]
) -> None:
    rollup = Rollup(bucket_seconds * 1000)
    assert rollup.spans == spans
    assert tuple(sums(rollup, 1, posts=1)) == spans


def test_a_bucket_belongs_to_the_span_in_which_it_begins() -> None:
    rollup = Rollup(7_000)
    assert rollup.start_of(MINUTE_MS, 8) == 0  # 56 s to 63 s
    assert rollup.start_of(MINUTE_MS, 9) == MINUTE_MS
