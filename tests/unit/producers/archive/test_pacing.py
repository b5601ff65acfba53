import itertools

import pytest

from producers.archive.pacing import Pacer
from producers.items import item_of
from tocsin.posts import Heartbeat, Notice, Post


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


@pytest.mark.parametrize("speed", [0.1, 1, 60, 1000])
def test_every_tenth_of_a_stream_takes_its_time_within_a_hundredth_though_each_sleep_is_too_long(speed):
    time = Time()
    time.sleep = lambda seconds: setattr(time, "now", time.now + seconds + 0.0007)
    pacer = time.pacer(speed)
    span_ms = int(20_000 * speed)
    marks = []
    for number in range(10_001):
        at = 1_000_000 + number * span_ms // 10_000
        pacer.wait(heartbeat(at) if number % 10 == 0 else post(at))
        if number % 1_000 == 0:
            marks.append(time.now)

    tenths = [after - before for before, after in itertools.pairwise(marks)]
    assert tenths == pytest.approx([2.0] * 10, rel=0.01)
    assert pacer.reached == pytest.approx(speed, rel=0.01)


def test_lines_of_the_same_moment_share_one_look_at_the_clock():
    time = Time()
    looks = []
    time.clock = lambda: looks.append(1) or time.now
    pacer = time.pacer(1)
    pacer.wait(heartbeat(1_000_000))
    before = len(looks)
    for _ in range(1_000):
        pacer.wait(post(1_000_001))

    assert len(looks) <= before + 1


def test_a_replay_that_fell_behind_says_by_how_much_and_catches_up():
    time = Time()
    pacer = time.pacer(10)
    pacer.wait(heartbeat(0))
    time.now += 3
    pacer.wait(heartbeat(10_000))

    assert pacer.look() == pytest.approx(2)
    assert pacer.worst == pytest.approx(2)
    assert pacer.reached == pytest.approx(10 / 3)

    pacer.wait(heartbeat(100_000))

    assert time.now - 100 == pytest.approx(10, abs=0.01), "it is on its timetable again"
    assert pacer.look() == pytest.approx(0, abs=0.01)
    assert pacer.worst == pytest.approx(2)


def test_after_a_pause_it_goes_on_from_where_it_stood_at_the_same_speed():
    time = Time()

    def sleep(seconds):
        time.now += seconds
        if (105 <= time.now < 165) != pacer.is_paused:
            pacer.toggle()

    time.sleep = sleep
    pacer = time.pacer(1)
    pacer.wait(heartbeat(0))
    pacer.wait(heartbeat(10_000))
    assert time.now - 100 == pytest.approx(70, abs=0.3)
    assert pacer.look() == pytest.approx(0, abs=0.01)

    pacer.wait(heartbeat(20_000))
    assert time.now - 100 == pytest.approx(80, abs=0.3)


def test_the_end_of_a_pause_is_not_taken_for_falling_behind():
    time = Time()
    looks = []

    def idle():
        if 105 <= time.now < 165:
            pacer.is_paused or pacer.toggle()
        elif pacer.is_paused:
            pacer.toggle()
        looks.append(pacer.look())

    time.idle = idle
    pacer = time.pacer(1)
    pacer.wait(heartbeat(0))
    pacer.wait(heartbeat(10_000))

    assert max(looks) < 0.11
    assert pacer.worst < 0.11


def test_a_pause_holds_lines_back_at_full_speed_too():
    time = Time()
    time.idle = lambda: time.now > 103 and pacer.toggle()
    pacer = time.pacer(None)
    pacer.toggle()
    pacer.wait(heartbeat(0))

    assert time.now == pytest.approx(103.1)


def test_a_process_that_was_stopped_does_not_hurry_afterwards():
    time = Time()
    pacer = time.pacer(1)
    pacer.wait(heartbeat(0))
    pacer.wait(heartbeat(5_000))
    time.now += 600  # as between SIGTSTP and SIGCONT
    pacer.skip_standstill()
    pacer.wait(heartbeat(15_000))

    assert time.now - 100 == pytest.approx(615, abs=0.01)
    assert pacer.worst == pytest.approx(0, abs=0.01)


def test_whoever_hurries_waits_no_more_and_is_not_held_by_a_pause():
    time = Time()
    time.idle = lambda: pacer.hurry() or None
    pacer = time.pacer(1)
    pacer.wait(heartbeat(0))
    pacer.toggle()
    pacer.wait(heartbeat(10**7))
    pacer.wait(heartbeat(10**8))

    assert time.now - 100 < 1


def test_a_notice_of_old_does_not_set_the_timetable():
    time = Time()
    pacer = time.pacer(1)
    pacer.wait(item_of(Notice("maintenance", "n", "sms", 5, 9, 1, "declared")))
    pacer.wait(heartbeat(10**9))

    assert time.now == 100
