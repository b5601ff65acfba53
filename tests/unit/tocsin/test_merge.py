import pytest

from tocsin.clocks import Clock
from tocsin.errors import LostStateError
from tocsin.merge import Merger
from tocsin.posts import Notice
from tocsin.tally import Partial


def partial(partition: int, first: int, through: int, posts: dict[int, int] | None = None, **more: object) -> Partial:
    buckets = {number: {"posts": (n, 1, 0)} for number, n in (posts or {}).items()}
    return Partial(partition, first, through, {"s": Clock(through)}, buckets, **more)  # type: ignore[arg-type]


def test_a_bucket_closes_when_every_partition_has_passed_it() -> None:
    merger = Merger(2)
    assert list(merger.add(partial(0, 0, 2, {1: 5}))) == []
    closed = list(merger.add(partial(1, 0, 1, {1: 7})))
    assert [(bucket.bucket, bucket.counts.get("posts")) for bucket in closed] == [(0, None), (1, (12, 2, 0))]


def test_counters_belong_to_the_last_bucket_of_their_partial() -> None:
    merger = Merger(1)
    closed = list(merger.add(partial(0, 0, 2, late={"sms": 3}, rejected={"not_json": 1})))
    assert [bucket.late for bucket in closed] == [{}, {}, {"sms": 3}]
    assert closed[2].rejected == {"not_json": 1}


def test_of_repeated_partials_the_first_is_kept() -> None:
    merger = Merger(1)
    list(merger.add(partial(0, 0, 1, {1: 5}, late={"sms": 1})))
    assert list(merger.add(partial(0, 0, 1, {1: 99}, late={"sms": 9}))) == []
    assert [bucket.bucket for bucket in merger.add(partial(0, 2, 2))] == [2]


def test_the_same_notice_from_every_partition_is_one() -> None:
    notice = Notice("maintenance", "m", "sms", 1, 2, 0, "declared")
    merger = Merger(2)
    list(merger.add(partial(0, 0, 0, notices=[notice])))
    (closed,) = merger.add(partial(1, 0, 0, notices=[notice]))
    assert closed.notices == [notice]


def test_a_merger_that_starts_again_goes_on_behind_what_is_closed() -> None:
    merger = Merger(2, closed=4)
    list(merger.add(partial(0, 3, 6, {4: 1, 5: 2})))
    closed = list(merger.add(partial(1, 5, 5, {5: 3})))
    assert [(bucket.bucket, bucket.counts["posts"][0]) for bucket in closed] == [(5, 5)]


def test_a_hole_is_refused_and_named() -> None:
    merger = Merger(1, closed=4)
    with pytest.raises(LostStateError, match="partition 0: buckets 5 to 6 are missing"):
        merger.add(partial(0, 7, 8))


def test_a_partition_that_should_not_exist_is_refused() -> None:
    with pytest.raises(LostStateError, match="TOCSIN_PARTITIONS"):
        Merger(2).add(partial(2, 0, 0))


def test_partitions_that_begin_at_different_buckets_close_from_the_first() -> None:
    merger = Merger(2)
    list(merger.add(partial(0, 3, 5, {3: 1})))
    closed = list(merger.add(partial(1, 4, 5, {4: 1})))
    assert [bucket.bucket for bucket in closed] == [3, 4, 5]
    assert closed[0].counts["posts"] == (1, 1, 0)
