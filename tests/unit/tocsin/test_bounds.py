"""Room for names is limited: who comes first stays, the rest is other, and everybody can see it."""

import gc
import weakref
from collections.abc import Sequence
from random import Random

from tocsin import reading
from tocsin.bounds import MOST_REMEMBERED, MOST_SERIES, MOST_SOURCES, Admission, kind_of
from tocsin.clocks import Rules
from tocsin.partials import Partial, Position
from tocsin.posts import Heartbeat, Post, encode
from tocsin.tally import PartitionTally

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)


class NoWords:
    series = ()

    def match(self, texts: Sequence[str]) -> list[int]:
        return [0] * len(texts)


def post(number: int, **fields: object) -> Post:
    values = {"id": str(number), "at": 1_000, "source": "s", "channel": "sms", "author": f"a{number}", "text": "x"}
    return Post(**(values | fields))


def bucket_of(lines: Sequence[Post], tally: PartitionTally | None = None) -> Partial:
    tally = tally or PartitionTally(0, RULES, NoWords())
    (partial,) = tally.fold(encode([Heartbeat("s", 0), *lines, Heartbeat("s", 7_000)])).partials
    return partial


def many(kind: str, counts: dict[str, tuple[int, int, int]]) -> int:
    return sum(kind_of(name) == kind for name in counts)


def test_the_first_names_keep_their_series_and_later_ones_are_other() -> None:
    most = MOST_SERIES["region"]
    counts = bucket_of([post(n, region=f"r{n}") for n in range(most + 10)]).buckets[0]
    assert counts[f"region=r{most - 1}"] == (1, 1, 0)
    assert f"region=r{most}" not in counts
    assert counts["region=other"] == counts["overflow=region"] == counts["channel=sms|region=other"] == (10, 10, 0)
    assert counts["posts"] == (most + 10, most + 10, 0)


def test_however_many_names_come_each_kind_keeps_to_its_bound() -> None:
    posts = [post(n, channel=f"c{n % 999}", source=f"s{n}", lang=f"l{n}", region=f"r{n}") for n in range(3_000)]
    raw = encode([Heartbeat(f"s{n}", 0) for n in range(MOST_SOURCES)])
    tally = PartitionTally(0, RULES, NoWords())
    tally.fold(raw)
    tally.fold(encode(posts))
    (partial,) = tally.fold(encode([Heartbeat(f"s{n}", 7_000) for n in range(MOST_SOURCES)])).partials
    counts = partial.buckets[0]
    # One more, for other; of crosses one more for each channel.
    more = {kind: MOST_SERIES["channel"] + 1 if "|" in kind else 1 for kind in MOST_SERIES}
    found = {kind: many(kind, counts) for kind in MOST_SERIES if kind != "backlog"}
    assert found == {kind: MOST_SERIES[kind] + more[kind] for kind in found}
    assert len(partial.people[0]) == MOST_SERIES["channel"] + 1
    assert counts["posts"][0] == 3_000


def test_what_is_late_or_twice_under_a_name_without_room_is_other() -> None:
    full = [post(n, channel=f"c{n}") for n in range(MOST_SERIES["channel"])]
    copy = post(9_999, channel="late")
    partial = bucket_of([*full, copy, copy])
    assert partial.duplicates == {"other": 1}


def test_a_tally_that_goes_on_from_a_position_gives_the_same_names_room() -> None:
    rnd = Random(1)
    records = [
        encode([post(n, region=f"r{rnd.randrange(3_000)}", lang=f"l{rnd.randrange(500)}") for n in range(at, at + 500)])
        for at in range(0, 5_000, 500)
    ]
    records = [encode([Heartbeat("s", 0)]), *records, encode([Heartbeat("s", 7_000)])]
    later = [encode([post(n, at=8_000, region=f"r{n}") for n in range(9_000, 9_100)]), encode([Heartbeat("s", 14_000)])]
    straight = PartitionTally(0, RULES, NoWords())
    positions: list[Position] = []
    partials = []
    for record in [*records, *later]:
        positions.append(straight.position)
        partials += straight.fold(record).partials
    again = PartitionTally(0, RULES, NoWords(), positions[len(records)])
    assert [partial for record in later for partial in again.fold(record).partials] == partials[-1:]
    assert partials[-1].buckets[1]["overflow=region"][0] > 0, "the names of the first bucket take all the room"


def test_what_is_remembered_of_names_is_bounded_too() -> None:
    tally = PartitionTally(0, RULES, NoWords())
    tally.fold(encode([Heartbeat("s", 0)]))
    for at in range(0, MOST_REMEMBERED + 2_000, 500):
        tally.fold(encode([post(n, region=f"r{n}") for n in range(at, at + 500)]))
    tally.fold(encode([post(1, lang="x" * 10_000)]))
    combinations = tally._series.combinations  # noqa: SLF001 - that no more is kept cannot be seen from outside
    assert len(combinations.codes) < MOST_REMEMBERED + 500, "a run is taken in as a whole"
    assert not any(lang for _, _, lang, _, _ in combinations.codes)


def test_other_needs_no_room() -> None:
    admission = Admission()
    names = [f"channel=c{n}" for n in range(MOST_SERIES["channel"])]
    assert [admission.admit(name) for name in ["channel=other", *names]] == ["channel=other", *names]
    assert admission.admit("channel=late") == "channel=other"
    assert Admission([*names, "channel=other"]).admit("channel=late") == "channel=other"


def test_a_bucket_that_nobody_writes_to_any_more_keeps_no_reading(monkeypatch) -> None:
    monkeypatch.setattr(reading, "MOST_TEXTS", 10)
    tally = PartitionTally(0, RULES, NoWords())
    tally.fold(encode([Heartbeat("s", 0)]))
    tally.fold(encode([post(0, text="alone", at=RULES.bucket_ms * 2)]))
    first = weakref.ref(tally._reading)  # noqa: SLF001 - what is let go cannot be seen from outside
    for n in range(1, 30):
        tally.fold(encode([post(n, text=f"number {n}")]))
    gc.collect()
    assert first() is None
