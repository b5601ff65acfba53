import msgspec
import pytest
from streams.terms import count_terms

from tocsin.audience import sketch
from tocsin.clocks import Clock
from tocsin.merge import ClosedBucket, Merger
from tocsin.parcels import parcels
from tocsin.partials import Partial
from tocsin.posts import Notice
from tocsin.terms import TermCounts
from tocsin.words import hash_names

NOTICE = Notice("maintenance", "m", "sms", 1, 2, 0, "declared")


def terms(number: int) -> TermCounts:
    counts = count_terms((author, f"word number {'abcdefghijkl'[number] * 5}") for author in "abcdef")
    assert counts is not None
    return counts


def partial(first: int, through: int, *posts: int) -> Partial:
    return Partial(
        0,
        first,
        through,
        {"s": Clock(through)},
        {number: {"posts": (number, 1, 0)} for number in posts},
        late={"sms": through},
        duplicates={"sms": 1},
        rejected={"ahead": 2},
        notices=[NOTICE],
        terms={number: terms(number) for number in posts if number % 4},
        people={number: {"sms": sketch(hash_names([f"author {number}"]))} for number in posts if number % 3},
    )


LOG = [partial(0, 0, 0), partial(1, 6, 1, 2, 3, 4, 6), partial(7, 7), partial(8, 11, 9, 10)]


def closed(log: list[Partial]) -> list[ClosedBucket]:
    merger = Merger(1)
    return [bucket for each in log for bucket in merger.add(each)]


@pytest.mark.parametrize("most", [1, terms(1).size, 3 * terms(1).size, 1 << 20])
def test_what_is_cut_into_messages_closes_the_same_buckets(most: int) -> None:
    cut = list(parcels(LOG, most))
    assert closed([each for parcel in cut for each in parcel]) == closed(LOG)
    assert any(bucket.terms and bucket.terms.words for bucket in closed(LOG))
    assert any(bucket.people for bucket in closed(LOG))


def test_a_message_holds_no_more_than_it_may_or_a_single_bucket() -> None:
    most = 2 * terms(1).size
    for parcel in parcels(LOG, most):
        sizes = [counts.size for each in parcel for counts in each.terms.values()]
        assert sum(sizes) <= most or len(sizes) == 1


def test_sketches_count_as_much_as_terms() -> None:
    sketched = {"sms": sketch(hash_names([f"author {n}" for n in range(500)]))}
    crowded = Partial(0, 0, 3, {"s": Clock(0)}, people=dict.fromkeys(range(4), sketched))
    cut = list(parcels([crowded], len(sketched["sms"])))
    assert [[sorted(each.people) for each in parcel] for parcel in cut] == [[[0]], [[1]], [[2]], [[3]]]


def test_what_fits_stays_together() -> None:
    assert list(parcels(LOG)) == [LOG]
    assert list(parcels([])) == []


def test_the_size_that_is_reckoned_with_is_about_what_the_wire_takes() -> None:
    counts = terms(3)
    assert len(msgspec.msgpack.encode(counts)) == pytest.approx(counts.size, rel=0.3)
