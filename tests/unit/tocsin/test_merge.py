import numpy as np
import pytest

from tocsin.audience import sketch
from tocsin.clocks import Clock
from tocsin.errors import LostStateError
from tocsin.merge import Merger
from tocsin.partials import Partial
from tocsin.posts import Notice
from tocsin.words import hash_names


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


def test_the_order_in_which_partitions_speak_changes_no_bucket() -> None:
    logs = {
        p: [partial(p, 0, 1, {0: p + 1, 1: 2}, late={"sms": p}), partial(p, 2, 4, {3: p + 5}, rejected={"ahead": 1})]
        for p in range(3)
    }
    orders = ([0, 0, 1, 1, 2, 2], [2, 1, 0, 2, 1, 0], [1, 2, 2, 0, 0, 1])
    results = []
    for order in orders:
        merger, waiting = Merger(3), {p: list(log) for p, log in logs.items()}
        results.append([closed for p in order for closed in merger.add(waiting[p].pop(0))])
    assert results[0] == results[1] == results[2]
    assert [closed.bucket for closed in results[0]] == [0, 1, 2, 3, 4]


def test_a_closed_bucket_knows_the_newest_clock_of_every_source() -> None:
    merger = Merger(2)
    list(merger.add(Partial(0, 0, 0, {"a": Clock(50), "b": Clock(10)})))
    (closed,) = merger.add(Partial(1, 0, 0, {"a": Clock(40), "b": Clock(20), "c": Clock(1)}))
    assert {source: clock.at for source, clock in closed.clocks.items()} == {"a": 50, "b": 20, "c": 1}


def test_a_repeated_partial_that_reaches_further_adds_only_what_is_new() -> None:
    merger = Merger(1)
    closed = list(merger.add(partial(0, 0, 2, {2: 5})))
    closed += merger.add(partial(0, 1, 4, {2: 99, 3: 7}))
    assert [(bucket.bucket, bucket.counts.get("posts", (0,))[0]) for bucket in closed] == [
        (0, 0), (1, 0), (2, 5), (3, 7), (4, 0),
    ]  # fmt: skip


def test_the_first_partial_is_kept_even_while_it_waits_for_another_partition() -> None:
    merger = Merger(2)
    list(merger.add(partial(0, 0, 1, {1: 5}, late={"sms": 1})))
    list(merger.add(partial(0, 0, 1, {1: 99}, late={"sms": 9})))
    closed = list(merger.add(partial(1, 0, 1)))
    assert closed[1].counts["posts"] == (5, 1, 0)
    assert closed[1].late == {"sms": 1}


def test_a_hole_within_a_run_is_refused_too() -> None:
    merger = Merger(2)
    list(merger.add(partial(0, 0, 3)))
    with pytest.raises(LostStateError, match="partition 0: buckets 4 to 5 are missing"):
        merger.add(partial(0, 6, 6))


def test_a_merger_that_starts_again_needs_word_from_no_partition_to_know_where_it_stands() -> None:
    merger = Merger(2, closed=4)
    assert merger.reached == {0: 4, 1: 4}
    assert list(merger.add(partial(0, 0, 4, {4: 9}))) == []
    assert merger.closed == 4


def test_a_negative_partition_is_refused() -> None:
    with pytest.raises(LostStateError, match="partition -1"):
        Merger(2).add(partial(-1, 0, 0))


def test_the_authors_of_all_partitions_are_told_together() -> None:
    parts = [hash_names([f"{partition} {n}" for n in range(20)]) for partition in range(2)]
    merger = Merger(2)
    list(merger.add(partial(0, 0, 1, people={0: {"web": sketch(parts[0])}})))
    first, second = merger.add(partial(1, 0, 1, people={0: {"sms": sketch(parts[1]), "web": sketch(parts[1])}}))
    assert first.people == {"sms": sketch(parts[1]), "web": sketch(np.concatenate(parts))}
    assert second.people == {}
