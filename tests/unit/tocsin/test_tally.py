from collections.abc import Sequence
from typing import Any

from tocsin.clocks import Rules
from tocsin.posts import Heartbeat, Notice, Post, encode
from tocsin.tally import Folded, Partial, PartitionTally

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)


class Words:
    series = ("keyword=vote", "keyword=net")

    def match(self, texts: Sequence[str]) -> list[int]:
        return [("vote" in text) | ("net" in text) << 1 for text in texts]


def post(number: int, at: int, **fields: Any) -> Post:
    values = {"id": str(number), "at": at, "source": "s", "channel": "sms", "author": f"a{number}", "text": "x"}
    return Post(**(values | fields))


def beat(at: int, source: str = "s") -> Heartbeat:
    return Heartbeat(source, at, ("sms",))


def fold(*lines: Post | Heartbeat | Notice, tally: PartitionTally | None = None) -> Folded:
    return (tally or PartitionTally(0, RULES, Words())).fold(encode(lines))


def only(folded: Folded) -> Partial:
    (partial,) = folded.partials
    return partial


def test_posts_are_counted_by_every_series_they_belong_to() -> None:
    one = post(1, 1_000, lang="fa", region="tehran", text="vote", repost=True)
    two = post(2, 2_000, lang="en", author="a1", text="vote net")
    counts = only(fold(beat(0), one, two, beat(7_000))).buckets[0]
    assert counts == {
        "channel=sms": (2, 1, 1),
        "channel=sms|region=tehran": (1, 1, 1),
        "keyword=net": (1, 1, 0),
        "keyword=vote": (2, 1, 1),
        "lang=en": (1, 1, 0),
        "lang=fa": (1, 1, 1),
        "posts": (2, 1, 1),
        "region=tehran": (1, 1, 1),
    }


def test_buckets_are_half_open() -> None:
    buckets = only(fold(beat(0), post(1, 4_999), post(2, 5_000), beat(12_000))).buckets
    assert {number: counts["posts"][0] for number, counts in buckets.items()} == {0: 1, 1: 1}


def test_nothing_is_published_before_the_watermark_passes() -> None:
    assert fold(beat(2_000), post(1, 1_000), beat(6_999)).partials == []
    assert only(fold(beat(2_000), post(1, 1_000), beat(7_000))).through == 0


def test_a_partial_says_where_it_begins_and_ends() -> None:
    tally = PartitionTally(7, RULES, Words())
    first, second = (only(fold(*lines, tally=tally)) for lines in ([beat(0), beat(8_000)], [beat(27_500)]))
    assert (first.partition, first.first, first.through) == (7, -1, 0)
    assert (second.first, second.through) == (1, 4)


def test_a_post_whose_bucket_its_own_source_has_closed_is_late() -> None:
    folded = fold(beat(0), beat(7_000), post(1, 4_999), post(2, 5_000), beat(12_000))
    assert folded.partials[1].late == {"sms": 1}
    assert folded.posts == 1


def test_a_post_is_judged_by_its_own_source_even_while_a_slower_one_keeps_the_bucket_open() -> None:
    folded = fold(beat(0), beat(0, "t"), beat(9_000), post(1, 1_000), post(2, 1_000, source="t"), beat(9_000, "t"))
    assert only(folded).buckets[0]["posts"][0] == 1
    assert only(folded).late == {"sms": 1}


def test_a_post_far_ahead_of_its_source_is_rejected_with_its_place() -> None:
    folded = fold(beat(0), post(1, 60_000), post(2, 60_001))
    assert folded.posts == 1
    assert [(reject.line, reject.reason) for reject in folded.rejects] == [(3, "ahead")]
    assert b'"60001"' not in folded.rejects[0].data
    assert b"60001" in folded.rejects[0].data


def test_a_wild_timestamp_moves_no_clock() -> None:
    folded = fold(beat(0), post(1, 59_000), post(2, 3_000), beat(8_000))
    assert only(folded).buckets[0]["posts"][0] == 1


def test_the_same_author_and_id_count_once_also_over_a_buckets_edge() -> None:
    folded = fold(beat(0), post(1, 4_900), post(1, 4_900), post(1, 5_100), post(1, 1_000, author="b"), beat(12_000))
    assert only(folded).duplicates == {"sms": 2}
    assert folded.posts == 2


def test_the_same_author_and_id_far_apart_are_two_posts() -> None:
    folded = fold(beat(0), post(1, 1_000), post(1, 11_000), beat(20_000))
    assert folded.posts == 2


def test_a_copy_that_is_late_is_late() -> None:
    partials = fold(beat(0), post(1, 1_000), beat(7_000), post(1, 1_000), beat(12_000)).partials
    assert (partials[1].late, partials[1].duplicates) == ({"sms": 1}, {})


def test_a_channel_that_cannot_name_a_series_is_a_bad_field() -> None:
    folded = fold(beat(0), post(1, 1_000, channel="@Somebody"))
    assert [reject.reason for reject in folded.rejects] == ["bad_field"]


def test_a_language_or_region_that_cannot_name_a_series_is_other() -> None:
    counts = only(fold(beat(0), post(1, 1_000, lang="FA", region="http://x"), beat(7_000))).buckets[0]
    assert {"lang=fa", "region=other"} < set(counts)


def test_rejects_are_counted_until_the_next_partial_in_the_order_of_lines() -> None:
    tally = PartitionTally(0, RULES, Words())
    raw = b"\n".join([encode([beat(0)]), b"bad", encode([beat(7_000)]), b"bad", b"{}", encode([beat(12_000)])])
    first, second = tally.fold(raw).partials
    assert (first.rejected, second.rejected) == ({"not_json": 1}, {"not_json": 1, "unknown_kind": 1})


def test_notices_travel_with_the_next_partial() -> None:
    notice = Notice("maintenance", "m", "sms", 10, 20, 5, "declared")
    assert only(fold(beat(0), notice, beat(7_000))).notices == [notice]


def test_a_source_without_heartbeats_has_a_clock_five_seconds_behind_its_newest_post() -> None:
    partials = fold(*[post(n, n * 1_000) for n in range(30)]).partials
    assert partials[-1].through == (29_000 - 5_000 - 2_000) // 5_000 - 1
    assert partials[-1].clocks["s"].implied


def test_a_source_without_heartbeats_cannot_run_ahead_of_the_brokers_time() -> None:
    tally = PartitionTally(0, RULES, Words())
    folded = tally.fold(encode([post(1, 1_000), post(2, 61_000), post(3, 61_001)]), record_at=1_000)
    assert [(reject.line, reject.reason) for reject in folded.rejects] == [(3, "ahead")]


def test_a_record_is_held_back_by_its_newest_post_or_heartbeat() -> None:
    tally = PartitionTally(0, RULES, Words())
    assert fold(beat(0), post(1, 23_000), tally=tally).newest == 4
    assert fold(beat(31_000), tally=tally).newest == 6
    assert tally.fold(b"bad").newest == -1


def test_a_tally_that_starts_from_a_position_goes_on_as_if_nothing_had_happened() -> None:
    straight = PartitionTally(0, RULES, Words())
    straight.fold(encode([beat(0), beat(0, "t"), beat(40_000)]))  # t is blind, and will say nothing more
    resumed = PartitionTally(0, RULES, Words(), straight.position)
    more = encode([post(1, 41_000), post(2, 100_000, source="t"), post(3, 41_000, source="t"), beat(50_000)])
    assert resumed.fold(more) == straight.fold(more)
