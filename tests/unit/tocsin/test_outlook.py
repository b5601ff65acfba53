from collections.abc import Container, Iterable, Mapping
from random import Random

import msgspec
import numpy as np
import pytest

from bench.detection.unrest import PER_DAY, unrest
from tocsin.audience import sketch
from tocsin.merge import ClosedBucket
from tocsin.outlook import HOUR_MS, MINUTE_MS, Outlook, Outlooks
from tocsin.words import hash_names

SLOT_MS = 10 * MINUTE_MS
FIRST = 1_244_678_400_000  # midnight of a Thursday, UTC


def closed(bucket: int, posts: Mapping[str, int], authors: Iterable[str] = ("a",)) -> ClosedBucket:
    some = {channel: n for channel, n in posts.items() if n}
    people = {channel: sketch(hash_names(list(authors))) for channel in some}
    return ClosedBucket(bucket, {f"channel={channel}": (n, 1, 0) for channel, n in some.items()}, people=people)


def folded(posts: Iterable[int], bucket_ms: int = SLOT_MS, unusable: Container[int] = ()) -> Outlooks:
    outlooks = Outlooks(bucket_ms)
    for number, n in enumerate(posts):
        outlooks.fold(closed(FIRST // bucket_ms + number, {"sms": n}), {"sms"} if number in unusable else ())
    return outlooks


def outlook(outlooks: Outlooks, at: int = 0) -> Outlook:
    found = outlooks.outlook("sms", at)
    assert found is not None
    return found


FLAT = outlook(folded([60] * 3 * PER_DAY))


def test_a_steady_channel_is_expected_to_go_on_behind_what_is_known() -> None:
    assert FLAT.begin == FIRST + (3 * PER_DAY - 1) * SLOT_MS, "the last slot has not ended"
    assert (len(FLAT.posts), FLAT.slot_ms, FLAT.end) == (7 * PER_DAY, SLOT_MS, FLAT.begin + 7 * 24 * HOUR_MS)
    assert FLAT.posts == pytest.approx([60.0] * 7 * PER_DAY)
    assert FLAT.days == pytest.approx(3.0, abs=0.01)
    assert FLAT.low < 1 < FLAT.high


def test_a_window_takes_of_each_slot_its_part() -> None:
    window = FLAT.window(FLAT.begin + 5 * MINUTE_MS, FLAT.begin + 32 * MINUTE_MS)
    assert window is not None
    assert window.posts == pytest.approx(27 * 6)
    assert window.low < window.posts < window.high


def test_a_window_that_is_empty_or_not_wholly_within_is_unknown() -> None:
    begin, end = FLAT.begin, FLAT.end
    assert FLAT.window(begin, end) is not None
    for first, last in ((begin - 1, end), (begin, end + 1), (begin, begin), (end, begin)):
        assert FLAT.window(first, last) is None


def test_an_average_hour_has_the_interval_that_is_told() -> None:
    hour = FLAT.window(FLAT.begin, FLAT.begin + HOUR_MS)
    assert hour is not None
    assert (hour.low / hour.posts, hour.high / hour.posts) == pytest.approx((FLAT.low, FLAT.high))


def test_a_later_now_begins_later() -> None:
    outlooks = folded([60] * PER_DAY)
    later = FIRST + 2 * PER_DAY * SLOT_MS
    assert outlook(outlooks, later + 123).begin == later


def test_bursts_are_remembered_and_outages_are_not() -> None:
    evening = range(100, 112)
    day = [60] * PER_DAY
    unrest_each_day = [day[at] * (5 if at in evening else 1) for at in range(PER_DAY)]
    silent_each_day = [day[at] * (0 if at in evening else 1) for at in range(PER_DAY)]
    gone = {at + PER_DAY * n for at in evening for n in range(4)}
    assert outlook(folded(unrest_each_day * 4)).posts[106] > 200
    assert outlook(folded(silent_each_day * 4)).posts[106] < 20
    assert outlook(folded(silent_each_day * 4, unusable=gone)).posts[106] == pytest.approx(60, rel=0.05)


def test_a_slot_that_was_mostly_seen_counts_by_what_was_seen_and_another_not_at_all() -> None:
    posts = [10] * 60 * 30
    for unusable, days in ((range(600, 602), 1.25), (range(600, 603), 1.25 - 1 / 144)):
        for number in unusable:
            posts[number] = 0
        found = outlook(folded([*posts, 1], MINUTE_MS, unusable))
        assert found.days == pytest.approx(days)
        assert found.posts == pytest.approx([100.0] * 7 * PER_DAY, rel=0.01)


def test_before_its_first_post_a_channel_was_not_silent_but_unknown() -> None:
    found = outlook(folded([0] * PER_DAY + [60] * PER_DAY))
    assert found.posts == pytest.approx([60.0] * 7 * PER_DAY)
    assert found.days == pytest.approx(1.0, abs=0.01)


def test_a_channel_that_begins_within_a_slot_is_known_from_the_next_on() -> None:
    found = outlook(folded([0] * 5 + [10] * 116, MINUTE_MS))
    assert found.days == pytest.approx(11 / 144)
    assert found.posts == pytest.approx([100.0] * 7 * PER_DAY)


@pytest.mark.parametrize(("bucket_s", "slot_minutes"), [(7, 10), (600, 10), (601, 20), (2_700, 60), (3_600, 60)])
def test_any_width_of_buckets_comes_to_the_same(bucket_s: int, slot_minutes: int) -> None:
    found = outlook(folded([bucket_s] * (26 * 3_600 // bucket_s), bucket_s * 1_000))
    assert found.slot_ms == slot_minutes * MINUTE_MS
    assert sum(found.posts) == pytest.approx(7 * 24 * 3_600, rel=0.01)
    assert len(found.posts) * found.slot_ms == 7 * 24 * HOUR_MS


def test_of_nothing_nothing_is_foretold() -> None:
    assert Outlooks(5_000).outlook("sms", 0) is None
    assert folded([60] * 6).outlook("sms", 0) is None
    assert folded([60] * 12).outlook("web", 0) is None


def test_a_channel_of_which_nothing_came_for_a_week_is_forgotten() -> None:
    silent = [60] * 12 + [0] * 7 * PER_DAY
    assert folded(silent[:-1]).channels == ("sms",)
    assert folded([*silent, *[0] * 12]).channels == ()


def test_only_channels_are_foretold() -> None:
    outlooks = Outlooks(SLOT_MS)
    counts = {
        "posts": (9, 1, 0),
        "lang=fa": (9, 1, 0),
        "channel=sms|region=tehran": (9, 1, 0),
        "channel=sms": (9, 1, 0),
    }
    outlooks.fold(ClosedBucket(0, counts, people={"sms": sketch(hash_names(["a"]))}), ())
    assert outlooks.channels == ("sms",)


def test_weekdays_are_told_after_some_weeks() -> None:
    series = unrest(1, 600, 28, weekend=0.4, nights=0.0)
    posts = np.array(outlook(folded([*series.astype(int).tolist(), 0])).posts).reshape(7, -1).sum(axis=1)
    assert posts[5:].mean() / posts[:5].mean() == pytest.approx(0.4, abs=0.12)


def populous(days: int) -> tuple[Outlooks, list[list[str]]]:
    """A channel with a daily rhythm and a population of a heavy tail; also the authors of each slot of the next day."""
    rnd, outlooks, names = Random(1), Outlooks(SLOT_MS), []
    for slot in range((days + 1) * PER_DAY):
        n = round(40 * (1.5 + np.sin(2 * np.pi * slot / PER_DAY)))
        who = [f"{rnd.random()}" if rnd.random() < 0.14 else f"{int(4_000 * rnd.random() ** 4)}" for _ in range(n)]
        if slot < days * PER_DAY:
            outlooks.fold(closed(FIRST // SLOT_MS + slot, {"sms": n}, who), ())
        else:
            names.append(who)
    return outlooks, names


def test_distinct_authors_of_windows_are_foretold_within_a_tenth() -> None:
    outlooks, names = populous(4)
    found = outlook(outlooks, FIRST + 4 * PER_DAY * SLOT_MS)
    for slots in (3, 6, 18):
        errors = []
        for at in range(0, PER_DAY - slots, 7):
            begin = found.begin + at * SLOT_MS
            window = found.window(begin, begin + slots * SLOT_MS)
            assert window is not None
            there = len({name for who in names[at : at + slots] for name in who})
            errors.append(abs(window.authors / there - 1))
        assert float(np.median(errors)) < 0.1, f"{slots} slots"
    assert 0.5 < found.growth < 0.95


def test_an_hour_of_a_slot_has_the_authors_that_its_window_has() -> None:
    found = outlook(populous(2)[0])
    steady = msgspec.structs.replace(found, posts=(50.0,) * len(found.posts), authors=(120.0,) * len(found.posts))
    window = steady.window(steady.begin, steady.begin + HOUR_MS)
    assert window is not None
    assert window.authors == pytest.approx(120.0)


@pytest.mark.parametrize("at", [1, 5, 700, 1_301, 2_000])
def test_what_is_read_back_goes_on_as_if_nothing_had_happened(at: int) -> None:
    rnd = Random(at)
    stream = [
        closed(FIRST // 240_000 + n, {"sms": rnd.randint(0, 9), "web": rnd.randint(0, 1)}, [f"{rnd.randint(0, 99)}"])
        for n in range(2_500)
    ]
    straight, restored = Outlooks(240_000), Outlooks(240_000)
    for number, bucket in enumerate(stream):
        if number == at:
            data = msgspec.msgpack.encode(restored.snapshot())
            restored = Outlooks(240_000)
            restored.restore(msgspec.msgpack.decode(data))
            assert msgspec.msgpack.encode(restored.snapshot()) == data
        for outlooks in (straight, restored):
            outlooks.fold(bucket, {"web"} if number % 50 < 7 else ())
    assert msgspec.msgpack.encode(restored.snapshot()) == msgspec.msgpack.encode(straight.snapshot())
    for channel in ("sms", "web"):
        assert restored.outlook(channel, 0) == straight.outlook(channel, 0) is not None


def test_the_state_of_a_channel_takes_no_more_than_is_stated() -> None:
    outlooks = Outlooks(SLOT_MS)
    for number, n in enumerate([*[65_535] * 28 * PER_DAY, *[9_000] * 5]):
        authors = [f"{number} {a}" for a in range(3_000)] if number >= 28 * PER_DAY else ("a",)
        outlooks.fold(closed(FIRST // SLOT_MS + number, {"sms": n}, authors), ())
    assert len(msgspec.msgpack.encode(outlooks.snapshot())) < 8_192
