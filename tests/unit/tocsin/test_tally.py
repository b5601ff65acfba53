from collections.abc import Sequence
from typing import Any

import pytest

from tocsin.audience import count, sketch
from tocsin.clocks import Rules
from tocsin.partials import Folded, Partial
from tocsin.posts import Heartbeat, Notice, Post, encode, partition_of
from tocsin.tally import PartitionTally
from tocsin.words import hash_names

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


def fold(*lines: Post | Heartbeat | Notice | bytes, tally: PartitionTally | None = None) -> Folded:
    raw = b"\n".join(line if isinstance(line, bytes) else encode([line]) for line in lines)
    return (tally or PartitionTally(0, RULES, Words())).fold(raw)


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
        "channel=sms|source=s": (2, 1, 1),
        "keyword=net": (1, 1, 0),
        "keyword=vote": (2, 1, 1),
        "lang=en": (1, 1, 0),
        "lang=fa": (1, 1, 1),
        "posts": (2, 1, 1),
        "region=tehran": (1, 1, 1),
    }


class Doubts(Words):
    series = ("keyword=vote", "keyword=denial")


def test_what_is_denied_is_counted_beside_what_is_said() -> None:
    tally = PartitionTally(0, RULES, Doubts())
    said, denied = post(1, 1_000, text="vote"), post(2, 2_000, text="vote net")
    counts = only(fold(beat(0), said, denied, post(3, 3_000, text="net"), beat(7_000), tally=tally)).buckets[0]
    assert counts["keyword=vote"][0] == counts["keyword=denial"][0] == 2
    assert counts["keyword=vote|keyword=denial"] == (1, 1, 0)
    assert "keyword=denial|keyword=denial" not in counts


def test_terms_are_counted_by_author_and_only_in_posts_that_count() -> None:
    copy, late = post(1, 1_000, text="news @who"), post(9, 500, author="late", text="news")
    posts = [copy, copy, post(2, 2_000, author="a1", text="#News"), post(3, 6_000, text="later")]
    partials = fold(beat(0), *posts, beat(7_000), late, beat(13_000)).partials
    found = {number: terms for partial in partials for number, terms in partial.terms.items()}
    assert {number: terms.words for number, terms in found.items()} == {0: "news", 1: "later"}
    assert found[0].counts == (1).to_bytes(4, "little"), (
        "one author: the copy does not count, and somebody else came too late"
    )


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


def test_the_horizon_of_duplicates_follows_the_allowed_lateness() -> None:
    rules = Rules(bucket_ms=1_000, lateness_ms=2_500, blind_ms=30_000, ahead_ms=60_000)

    def counted(apart: int) -> int:
        tally = PartitionTally(0, rules, Words())
        return fold(beat(0), post(1, 1_000), post(1, 1_000 + apart), tally=tally).posts

    assert [counted(buckets * 1_000) for buckets in (0, 1, 2, 3, 4)] == [1, 1, 1, 1, 2]


def test_a_copy_is_recognised_after_the_bucket_of_the_first_has_closed() -> None:
    folded = fold(beat(0), post(1, 4_900), beat(7_000), post(1, 5_100), beat(12_000))
    assert [partial.duplicates for partial in folded.partials] == [{}, {"sms": 1}]
    assert folded.posts == 1


def test_a_copy_is_a_duplicate_whoever_brings_it_and_whatever_it_says() -> None:
    folded = fold(beat(0), beat(0, "t"), post(1, 1_000), post(1, 1_500, source="t", channel="web", text="vote"))
    assert folded.posts == 1


def test_a_copy_between_two_buckets_counts_once_in_whichever_order_they_come() -> None:
    later_first = only(fold(beat(0), post(1, 5_100), post(1, 4_900), beat(12_000)))
    assert later_first.duplicates == {"sms": 1}
    assert [number for number, counts in later_first.buckets.items() if counts] == [1]


def test_an_author_is_distinct_in_each_series_for_itself() -> None:
    posts = [post(n, 1_000 + n, author="a", channel=channel) for n, channel in enumerate(("sms", "web", "web"))]
    counts = only(fold(beat(0), *posts, beat(7_000))).buckets[0]
    assert {name: authors for name, (_, authors, _) in counts.items() if "|" not in name} == {
        "channel=sms": 1,
        "channel=web": 1,
        "posts": 1,
    }


def test_an_author_counts_anew_in_every_bucket() -> None:
    buckets = only(fold(beat(0), post(1, 1_000, author="a"), post(2, 6_000, author="a"), beat(12_000))).buckets
    assert [counts["posts"] for counts in buckets.values()] == [(1, 1, 0), (1, 1, 0)]


def test_regions_are_crossed_with_channels_and_languages_with_nothing() -> None:
    counts = only(fold(beat(0), post(1, 1_000, lang="fa", region="Tehran"), beat(7_000))).buckets[0]
    assert [name for name in counts if "|" in name] == ["channel=sms|region=tehran", "channel=sms|source=s"]


def test_posts_that_name_neither_language_nor_region_are_in_neither() -> None:
    counts = only(fold(beat(0), post(1, 1_000), beat(7_000))).buckets[0]
    assert set(counts) == {"channel=sms", "channel=sms|source=s", "posts"}


def test_what_each_source_brings_to_a_channel_is_counted() -> None:
    posts = post(1, 1_000), post(2, 2_000, source="t"), post(3, 3_000, source="t")
    folded = fold(beat(0), beat(0, "t"), *posts, beat(7_000), beat(7_000, "t"))
    counts = only(folded).buckets[0]
    shares = {name.partition("|")[2]: n for name, (n, _, _) in counts.items() if "|" in name}
    assert shares == {"source=s": 1, "source=t": 2}


@pytest.mark.parametrize("source", ["@t", "T", "https://t.me/x", "x" * 33, "a b"])
def test_a_source_that_cannot_name_a_series_is_refused_and_leaves_no_clock_behind(source: str) -> None:
    folded = fold(beat(0), post(1, 1_000), post(2, 1_000, source=source), beat(7_000, source), beat(7_000))
    assert {refused.reason for refused in folded.rejects} == {"bad_field"}
    assert len(folded.rejects) == 2
    assert all("source" in refused.detail or "heartbeat" in refused.detail for refused in folded.rejects)
    assert list(only(folded).clocks) == ["s"]


def test_values_that_fold_into_other_are_counted_together() -> None:
    odd = [post(n, 1_000 + n, region=region) for n, region in enumerate(("", "@handle", "a b", "x" * 33, "Other"))]
    assert only(fold(beat(0), *odd, beat(7_000))).buckets[0]["region=other"] == (5, 5, 0)


def test_what_is_late_duplicate_or_refused_is_in_no_series() -> None:
    folded = fold(
        beat(0), beat(7_000), post(1, 1_000), post(2, 6_000), post(2, 6_000), post(3, 99_000), b"bad", beat(12_000)
    )
    last = folded.partials[-1]
    assert last.buckets == {1: {"channel=sms": (1, 1, 0), "channel=sms|source=s": (1, 1, 0), "posts": (1, 1, 0)}}
    assert (last.late, last.duplicates, last.rejected) == ({"sms": 1}, {"sms": 1}, {"ahead": 1, "not_json": 1})


def test_counters_begin_anew_with_every_partial() -> None:
    tally = PartitionTally(0, RULES, Words())
    notice = Notice("maintenance", "m", "sms", 10, 20, 5, "declared")
    fold(
        beat(0), post(1, 6_000), post(1, 6_000), notice, b"bad", beat(7_000), post(2, 1_000), beat(12_000), tally=tally
    )
    empty = only(fold(beat(17_000), tally=tally))
    assert (empty.late, empty.duplicates, empty.rejected, empty.notices) == ({}, {}, {}, [])


def test_partials_follow_each_other_without_gap_or_overlap_even_where_nobody_wrote() -> None:
    partials = fold(beat(0), *[beat(at) for at in (8_000, 9_000, 60_000, 61_000, 67_500)]).partials
    assert [(partial.first, partial.through) for partial in partials] == [(-1, 0), (1, 10), (11, 12)]
    assert not any(partial.buckets for partial in partials)


def test_a_heartbeat_from_the_past_changes_nothing() -> None:
    tally = PartitionTally(0, RULES, Words())
    fold(beat(0), beat(50_000), tally=tally)
    before = tally.position
    assert fold(beat(3_000), tally=tally).partials == []
    assert tally.position == before


def test_a_source_that_appears_later_and_behind_does_not_turn_the_watermark_back() -> None:
    tally = PartitionTally(0, RULES, Words())
    fold(beat(0), beat(50_000), tally=tally)
    folded = fold(beat(25_000, "new"), post(1, 26_000, source="new"), post(2, 46_000, source="new"), tally=tally)
    assert (folded.partials, folded.posts) == ([], 1)
    assert tally.position.through == 8
    assert only(fold(beat(57_000, "new"), beat(57_000), tally=tally)).late == {"sms": 1}


def test_a_blind_source_holds_no_bucket_open_and_holds_them_again_once_it_is_back() -> None:
    tally = PartitionTally(0, RULES, Words())
    assert only(fold(beat(10_000), beat(10_000, "dead"), beat(40_001), tally=tally)).through == 6
    assert fold(beat(35_000, "dead"), beat(60_000), tally=tally).partials == []
    assert only(fold(beat(60_000, "dead"), tally=tally)).through == 10


def test_what_a_blind_source_sends_after_all_is_counted_where_the_bucket_is_open_and_late_elsewhere() -> None:
    tally = PartitionTally(0, RULES, Words())
    fold(beat(10_000), beat(10_000, "dead"), beat(50_000), tally=tally)
    folded = fold(post(1, 41_000, source="dead"), post(2, 46_000, source="dead"), tally=tally)
    assert folded.posts == 1
    assert only(fold(beat(57_000), tally=tally)).late == {"sms": 1}


def test_a_partial_tells_the_clocks_by_which_it_was_closed() -> None:
    first, second = fold(beat(0), beat(8_000), beat(30_000), beat(1_000, "t"), beat(40_000, "t")).partials
    assert (first.clocks["s"].at, second.clocks["s"].at) == (8_000, 30_000)
    assert "t" not in second.clocks


def test_the_first_heartbeat_of_a_bare_source_replaces_its_implied_clock() -> None:
    tally = PartitionTally(0, RULES, Words())
    fold(post(1, 40_000), tally=tally)
    assert tally.clocks["s"].implied
    fold(beat(20_000), tally=tally)
    assert (tally.clocks["s"].at, tally.clocks["s"].implied) == (20_000, False)
    assert fold(post(2, 80_001), tally=tally).rejects[0].reason == "ahead"
    assert tally.position.through == 5


def test_a_bare_sources_posts_are_late_by_its_implied_clock() -> None:
    folded = fold(post(1, 30_000), post(2, 19_000), post(3, 20_000), post(4, 60_000))
    assert folded.partials[-1].late == {"sms": 1}
    assert folded.posts == 3


def test_nobody_writes_before_1970_not_even_a_bare_source() -> None:
    folded = fold(post(1, 0), post(2, 1_000))
    assert (folded.posts, folded.partials) == (2, [])


def test_partitions_add_up_to_the_same_authors_and_duplicates_as_one() -> None:
    posts = [post(n % 60, 1_000 + n, author=f"a{n % 15}", region="tehran") for n in range(200)]
    whole = only(fold(beat(0), *posts, beat(7_000)))
    parts = [
        only(fold(beat(0), *[p for p in posts if partition_of(p.author, 3) == number], beat(7_000)))
        for number in range(3)
    ]
    for name, counted in whole.buckets[0].items():
        rows = [part.buckets[0].get(name, (0, 0, 0)) for part in parts]
        assert tuple(map(sum, zip(*rows, strict=True))) == counted
    assert sum(part.duplicates.get("sms", 0) for part in parts) == whole.duplicates["sms"] > 0


def test_the_authors_of_each_channel_are_sketched_once_each_and_without_their_names() -> None:
    lines = [post(n, 1_000, channel=("sms", "web")[n % 2], author=f"a{n % 10}") for n in range(40)]
    other = post(99, 6_000, channel="tv", author="a1", region="tehran", text="vote")
    partial = only(fold(beat(0), *lines, other, beat(12_000)))
    assert list(partial.people) == [0, 1]
    assert {channel: round(count(sketched)) for channel, sketched in partial.people[0].items()} == {"sms": 5, "web": 5}
    assert partial.people[1] == {"tv": sketch(hash_names(["a1"]))}


def test_a_late_or_repeated_post_adds_nobody() -> None:
    late = post(2, 1_000, author="late")
    partial = fold(beat(0), post(1, 6_000), post(1, 6_500), beat(8_000), late, beat(13_000)).partials[-1]
    assert partial.people == {1: {"sms": sketch(hash_names(["a1"]))}}
