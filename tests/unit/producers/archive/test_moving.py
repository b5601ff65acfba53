from itertools import islice

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.archive.moving import DAY_MS, Loop, Period, period_of, rebase
from producers.archive.timeline import timeline
from producers.items import item_of, read_line
from tocsin.clocks import Rules
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.posts import LAST_MS, Heartbeat, Notice, Post

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
START = 1_245_000_000_000


def post(at, source="s", name=None):
    return item_of(Post(name or str(at), at, source, "sms", "a", "hello"))


def heartbeat(at, source="s"):
    return item_of(Heartbeat(source, at, ("sms",)))


def test_rebasing_moves_every_time_by_the_same_whole_buckets():
    notice = Notice("maintenance", "n", "sms", 2_000_500, 2_000_900, 1_000_400, "declared")
    stream = [heartbeat(999_999), post(1_000_123), item_of(notice), read_line(b"{broken")]

    moved = list(rebase(stream, now_ms=1_700_000_000_777, bucket_ms=5_000))
    shift = moved[0].line.at - 999_999

    assert shift % 5_000 == 0
    assert 0 <= 1_700_000_000_777 - moved[0].line.at < 5_000
    assert moved[1].line == msgspec.structs.replace(stream[1].line, at=1_000_123 + shift)
    assert (moved[2].line.begin, moved[2].line.end) == (2_000_500 + shift, 2_000_900 + shift)
    assert moved[3] == stream[3]


def test_rebasing_leaves_alone_what_would_leave_the_range_of_times():
    stray = post(LAST_MS)

    assert list(rebase([heartbeat(0), stray], now_ms=10_000, bucket_ms=5_000))[1] == stray


@given(st.lists(st.integers(0, LAST_MS), min_size=1), st.integers(0, LAST_MS))
def test_rebased_lines_say_in_bytes_what_they_say(times, now):
    for item in rebase([post(at) for at in times], now, 60_000):
        assert read_line(item.raw) == item


def test_a_stream_begins_now_whatever_old_notices_come_first():
    old = item_of(Notice("maintenance", "n", "sms", 10**9, 10**9 + 5, 5, "declared"))
    moved = list(rebase([old, heartbeat(10**9), post(10**9 + 1)], now_ms=10**12, bucket_ms=1))

    assert moved[1].line.at == 10**12
    assert moved[0].line.begin == 10**12


def stream(seconds, step=1_000):
    lines = [post(START + at) for at in range(0, seconds * 1000, step)]
    return list(timeline(lines, RULES))


@pytest.mark.parametrize(
    ("seconds", "step", "expected"),
    [(60, 1_000, 60_000), (63, 1_000, 65_000), (86_400, 60_000, DAY_MS), (90_000, 60_000, 2 * DAY_MS)],
)
def test_a_stream_is_repeated_by_whole_days_or_by_whole_buckets_if_it_is_shorter(seconds, step, expected):
    assert period_of(stream(seconds, step), RULES).step_ms == expected


def test_neither_a_stray_nor_a_late_post_makes_a_stream_longer():
    lines = [heartbeat(START), post(START + 1), post(START - 10**7), post(LAST_MS), post(START + 4_000)]

    assert period_of(lines, RULES) == Period(START, 4_000, 5_000)


def test_what_has_no_posts_cannot_be_repeated():
    assert period_of([heartbeat(START), read_line(b"{broken")], RULES) is None


def rounds(items, count):
    """So many rounds, closed as the end of a replay closes them."""
    loop = Loop(lambda: items, period_of(items, RULES))
    lines = []
    for item in loop:
        if loop.round > count:
            break
        lines.append(item)
    return list(timeline(lines, RULES))


def test_the_first_round_is_the_stream_itself_but_for_what_reaches_into_the_second():
    items = stream(60)
    played = list(islice(Loop(lambda: items, period_of(items, RULES)), len(items) - 1))

    assert played == items[:-1]


def test_every_round_counts_each_post_in_the_same_bucket_of_its_own_and_none_late_or_twice():
    items = stream(60)
    offline = Offline(RULES, default_lexicon(), 365)
    counts = {}
    for item in rounds(items, 3):
        for judgement in offline.fold(item.raw):
            counts[judgement.closed.bucket - START // 5_000] = judgement.closed.counts.get("posts", (0, 0, 0))[0]

    assert offline.judge.totals["posts"] == 180
    assert not [name for name in offline.judge.totals if name.startswith(("late", "duplicates", "rejected"))]
    assert [counts[n] for n in range(12)] == [counts[n + 12] for n in range(12)] == [counts[n + 24] for n in range(12)]


def test_ids_are_new_in_each_round_and_heartbeats_never_go_back():
    long = post(START + 1, name="x" * 256)
    notice = item_of(Notice("maintenance", "upgrade-of-the-second-of-march-x", "sms", START, START + 5, START, "moved"))
    items = [
        heartbeat(START),
        heartbeat(START - 10**9, "dead"),
        notice,
        long,
        post(START + 9_000),
        heartbeat(START + 9_000),
    ]
    played = rounds(items, 3)
    posts = [item.line for item in played if isinstance(item.line, Post)]
    notices = [item.line for item in played if isinstance(item.line, Notice)]

    assert len({post.id for post in posts}) == len(posts) == 6
    assert len({notice.id for notice in notices}) == 3
    assert all(read_line(item.raw).line == item.line for item in played), "their ids are not too long"
    clocks = {}
    for item in played:
        if isinstance(item.line, Heartbeat):
            assert item.line.at >= clocks.get(item.line.heartbeat, -1)
            clocks[item.line.heartbeat] = item.line.at


def test_a_line_that_cannot_be_read_is_played_in_each_round():
    items = [heartbeat(START), post(START + 1), read_line(b"{broken")]

    assert [item.raw for item in rounds(items, 2)].count(b"{broken") == 2
