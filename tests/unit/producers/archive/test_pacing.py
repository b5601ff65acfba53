import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.archive.pacing import Pacer, rebase
from producers.items import item_of, read_line
from tocsin.posts import LAST_MS, Heartbeat, Notice, Post


class Time:
    def __init__(self):
        self.now, self.idles = 100.0, 0

    def clock(self):
        return self.now

    def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds

    def idle(self):
        self.idles += 1

    def pacer(self, speed):
        return Pacer(speed, ahead_ms=60_000, clock=self.clock, sleep=self.sleep, idle=self.idle)


def post(at):
    return item_of(Post(str(at), at, "s", "sms", "a", "hello"))


def heartbeat(at):
    return item_of(Heartbeat("s", at, ("sms",)))


@pytest.mark.parametrize(("speed", "seconds"), [(1, 30), (60, 0.5), (0.5, 60)])
def test_event_time_passes_at_the_chosen_speed(speed, seconds):
    time = Time()
    pacer = time.pacer(speed)
    for item in (heartbeat(1_000_000), post(1_010_000), heartbeat(1_030_000)):
        pacer.wait(item)

    assert time.now - 100 == pytest.approx(seconds)


def test_at_full_speed_nothing_waits():
    time = Time()
    pacer = time.pacer(None)
    pacer.wait(heartbeat(0))
    pacer.wait(heartbeat(10**9))

    assert time.now == 100


def test_a_slow_writer_is_not_made_slower():
    time = Time()
    pacer = time.pacer(1)
    pacer.wait(heartbeat(0))
    time.now += 50
    pacer.wait(post(20_000))

    assert time.now == 150


def test_a_post_from_far_ahead_is_not_waited_for():
    time = Time()
    pacer = time.pacer(1)
    pacer.wait(heartbeat(0))
    pacer.wait(post(10**12))

    assert time.now == 100


def test_half_filled_records_can_go_out_while_it_waits():
    time = Time()
    pacer = time.pacer(1)
    pacer.wait(heartbeat(0))
    pacer.wait(heartbeat(5_000))

    assert time.idles >= 25


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
