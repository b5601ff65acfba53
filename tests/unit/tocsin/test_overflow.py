"""Partitions may each know other names; the judge has room for so many of all of them."""

import msgspec

from tocsin.audience import sketch
from tocsin.bounds import MOST_SERIES, Admission
from tocsin.clocks import Clock, Rules
from tocsin.judge import Judge
from tocsin.maintenance import Windows, on_notices
from tocsin.merge import ClosedBucket
from tocsin.overflow import within_bounds
from tocsin.posts import Notice
from tocsin.words import hash_names

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
MOST = MOST_SERIES["channel"]


def flooded(number: int, first: int, many: int) -> ClosedBucket:
    """As many channels, each with one post more than the one before, one late post and one cross."""
    channels = {f"c{n}": n for n in range(first, first + many)}
    counts = {f"channel={name}": (n + 1, 1, 0) for name, n in channels.items()}
    counts |= {f"channel={name}|source=s": (n + 1, 1, 0) for name, n in channels.items()}
    counts |= {f"backlog={name}": (1, 0, 0) for name in channels}
    counts["posts"] = (sum(channels.values()) + many, many, 0)
    people = {name: sketch(hash_names([name])) for name in channels}
    late = dict.fromkeys(channels, 1)
    clocks = {"s": Clock((number + 3) * 5_000)}
    return ClosedBucket(number, dict(sorted(counts.items())), clocks, late=late, people=people)


def test_a_bucket_that_fits_is_the_very_same() -> None:
    bucket = flooded(1, 0, MOST)
    assert within_bounds(bucket, Admission()) is bucket


def test_of_new_names_those_with_most_posts_stay_and_the_others_are_other() -> None:
    bucket = within_bounds(flooded(1, 0, MOST + 3), Admission())
    assert {name for name in ("channel=c0", "channel=c1", "channel=c2") if name in bucket.counts} == set()
    assert bucket.counts["channel=other"] == bucket.counts["overflow=channel"] == (1 + 2 + 3, 3, 0)
    assert bucket.counts["channel=other|source=s"] == (1 + 2 + 3, 3, 0)
    assert bucket.late["other"] == 3
    assert sum(bucket.late.values()) == MOST + 3
    assert len(bucket.people) == MOST + 1


def test_a_bucket_from_the_journal_goes_through_unchanged_and_admits_the_same_names() -> None:
    once, twice = Admission(), Admission()
    bucket = within_bounds(flooded(1, 0, 3 * MOST), once)
    assert within_bounds(bucket, twice) is bucket
    later = flooded(2, 5 * MOST, 10)
    assert within_bounds(later, once) == within_bounds(later, twice)


def test_a_judge_knows_no_more_names_than_there_is_room_for_and_says_what_overflowed() -> None:
    judge = Judge(RULES, 365)
    for number in range(5):
        judgement = judge.fold(flooded(1_000 + number, number * 100, 100))
    assert sum(name.startswith("channel=") and "|" not in name for name in judge.names) == MOST + 1
    assert judgement.overflow["channel"] == sum(range(401, 501))
    assert judge.totals["overflow:channel"] > judgement.overflow["channel"]


def test_a_judge_that_is_read_back_gives_the_same_names_room() -> None:
    straight = Judge(RULES, 365)
    journal = [straight.fold(flooded(1_000 + number, number * 30, 40)).closed for number in range(3)]
    restored = Judge(RULES, 365)
    restored.fold(journal[0])
    data = restored.snapshot()
    restored = Judge(RULES, 365)
    restored.restore(data)
    for bucket in journal[1:]:
        restored.fold(msgspec.msgpack.decode(msgspec.msgpack.encode(bucket), type=ClosedBucket))
    assert restored.digest == straight.digest
    last = flooded(1_003, 500, 40)
    assert restored.fold(last).digest == straight.fold(last).digest


def test_no_flood_of_notices_fills_what_is_kept_of_windows() -> None:
    def notice(number: int, at: int) -> Notice:
        return Notice("maintenance", f"n{number}", "sms", 1_000, 2_000, at, "declared")

    windows: Windows = {}
    for begin in range(0, 3_000, 500):
        windows = on_notices(windows, [notice(n, 0) for n in range(begin, begin + 500)], 0, lambda *_: None)
    assert len(windows) == 1_000
    moved = on_notices(windows, [notice(3, 5), notice(5_000, 5)], 0, lambda *_: None)
    assert moved["n3"].at == 5, "those that are known can still be moved"
    assert "n5000" not in moved


def test_notices_that_find_no_room_are_counted() -> None:
    judge = Judge(RULES, 365)
    notices = [Notice("maintenance", f"n{n}", "sms", 10**7, 2 * 10**7, 0, "declared") for n in range(1_002)]
    judgement = judge.fold(ClosedBucket(1_000, {}, {"s": Clock(10**7)}, notices=notices))
    assert judgement.overflow == {"notice": 2}
    assert judge.totals["overflow:notice"] == 2
