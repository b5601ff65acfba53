import pytest

from producers.archive.pacing import Pacer
from producers.archive.replay import replay
from producers.items import item_of
from producers.writer import Writer
from tocsin.posts import Heartbeat


class Confirmed:
    is_done = True

    def get(self, **_):
        return None


class Sink:
    def __init__(self):
        self.sent = []

    def send(self, _topic, value, *, partition):
        self.sent.append((partition, value))
        return Confirmed()

    def close(self, **_):
        pass


def test_a_paced_replay_sends_lines_while_it_waits_for_the_next():
    now = [0.0]
    sink = Sink()
    writer = Writer(sink, "posts", 1, linger_ms=200, clock=lambda: now[0])
    seen = []

    def sleep(seconds):
        now[0] += seconds
        if now[0] > 5:
            seen.append(len(sink.sent))

    pacer = Pacer(1, 60_000, clock=lambda: now[0], sleep=sleep, idle=writer.poll)
    stream = [item_of(Heartbeat("s", at, ())) for at in (0, 10_000)]
    observed = []

    played = replay(stream, writer, pacer, observed.extend)

    assert played.lines == 2
    assert seen[0] == 1, "the first line was not held back until the second"
    assert [value for _, value in sink.sent] == [item.raw for item in stream]
    assert observed == stream


def test_what_it_took_to_write_is_told_apart_from_what_was_waited_for():
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    class Slow:
        def write_all(self, _):
            now[0] += 2

        def flush(self):
            now[0] += 3

    pacer = Pacer(1, 60_000, clock=lambda: now[0], sleep=sleep)
    stream = [item_of(Heartbeat("s", at, ())) for at in (0, 10_000)]

    played = replay(stream, Slow(), pacer, clock=lambda: now[0])

    assert played.reached == pytest.approx(10 / 12)
    assert played.writing_seconds == pytest.approx(7)
    assert now[0] == pytest.approx(10 + 2 + 3)


def test_at_full_speed_a_pause_holds_back_the_next_run():
    now, written, slept = [0.0], [], []

    def sleep(seconds):
        now[0] += seconds
        slept.append(len(written))
        pacer.toggle()

    class Collecting:
        def write_all(self, run):
            written.extend(run)

        def flush(self):
            pass

    pacer = Pacer(None, 60_000, clock=lambda: now[0], sleep=sleep)
    stream = [item_of(Heartbeat("s", at, ())) for at in range(1000)]
    runs = []

    def observe(run):
        runs.append(len(run))
        if len(runs) == 2:
            pacer.toggle()

    replay(stream, Collecting(), pacer, observe)

    assert written == stream
    assert slept == [sum(runs[:2])]
    assert max(runs[:2]) < 500, "whoever pauses does not wait for long"
