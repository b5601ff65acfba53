from collections import Counter

import pytest

from producers.items import item_of, route
from producers.recording.recorder import Limits, Recorder
from producers.recording.topic import Batch
from tocsin.posts import Heartbeat, Post


class Time:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class MemoryReader:
    """Hands out records of partitions, one of each that is not held at every poll; each poll takes half a second."""

    def __init__(self, values, time, answers=()):
        self.values, self.time, self.answers = [list(part) for part in values], time, list(answers)
        self.positions = dict.fromkeys(range(len(values)), 0)
        self.held, self.most_held, self.gaps = set(), set(), {}

    def poll(self):
        self.time.now += 0.5
        batches = []
        for n, part in enumerate(self.values):
            if part and n not in self.held:
                self.positions[n] += 1
                batches.append(Batch(n, [part.pop(0)], self.gaps.pop(n, 0)))
        return batches

    def hold(self, partitions):
        self.held = set(partitions)
        self.most_held |= self.held

    def is_caught_up(self):
        return self.answers.pop(0) if self.answers else True


class Sink:
    def __init__(self):
        self.items, self.polls = [], 0

    def write(self, item):
        self.items.append(item)

    def poll(self):
        self.polls += 1

    def flush(self):
        pass


def post(at, author="a"):
    return item_of(Post(str(at), at, "s", "sms", author, "hello"))


def heartbeat(at):
    return item_of(Heartbeat("s", at, ("sms",)))


STREAM = [
    heartbeat(0),
    *(item for at in range(1, 60) for item in (post(at, f"a{at}"), post(at, f"b{at}"), heartbeat(at))),
]


def values(stream, partitions, size=4):
    lines = [[] for _ in range(partitions)]
    for item in stream:
        for n in route(item, partitions):
            lines[n].append(item.raw)
    return [[b"\n".join(part[i : i + size]) for i in range(0, len(part), size)] for part in lines]


def record(parts, limits, **options):
    time, sink = options.pop("time", Time()), Sink()
    reader = MemoryReader(parts, time, options.pop("answers", ()))
    reader.gaps = options.pop("gaps", {})
    recorder = Recorder(reader, sink, limits, clock=time, **options)
    recorder.run()
    return recorder, reader, sink


def test_what_was_spread_over_partitions_is_one_stream_again():
    _, _, sink = record(values(STREAM, 3), Limits(idle_seconds=2))

    assert [item for item in sink.items if item.is_control] == [item for item in STREAM if item.is_control]
    assert Counter(item.raw for item in sink.items) == Counter(item.raw for item in STREAM)


def test_blank_lines_mean_nothing():
    raw = heartbeat(1).raw
    _, _, sink = record([[b"\n" + raw + b"\n\n  \n", b""]], Limits(idle_seconds=2))

    assert [item.raw for item in sink.items] == [raw]


def test_it_ends_after_so_many_posts_with_the_last_of_them():
    recorder, _, sink = record(values(STREAM, 2), Limits(posts=7))

    assert recorder.posts == 7
    assert sink.items[-1].line in [item.line for item in STREAM if isinstance(item.line, Post)]


def test_it_ends_once_every_source_has_passed_a_time_and_leaves_out_what_happened_then():
    _, reader, sink = record(values(STREAM, 2), Limits(end=30))

    assert max(item.line.at for item in sink.items) == 29
    assert any(reader.values), "it has not read on to the end"


def test_while_the_broker_is_away_nobody_knows_whether_the_topic_is_quiet():
    time = Time()
    record([[heartbeat(0).raw]], Limits(idle_seconds=2), time=time, answers=[False] * 20)

    assert time.now >= 0.5 + 20 * 0.5 + 2


def test_an_archive_that_is_slow_to_write_does_not_make_the_topic_quiet():
    time = Time()

    def slow(_item):
        time.now += 10

    _, reader, sink = record(values(STREAM, 2), Limits(idle_seconds=2), time=time, observe=slow)

    assert not any(reader.values)
    assert Counter(item.raw for item in sink.items) == Counter(item.raw for item in STREAM)


def test_a_partition_that_runs_ahead_is_held_until_the_others_have_come_as_far():
    behind = [[], values(STREAM, 1)[0]]
    behind[0] = [heartbeat(0).raw]
    time = Time()
    recorder, reader, sink = record(behind, Limits(idle_seconds=3), time=time, reach=20)

    assert reader.most_held == {1}
    assert Counter(item.raw for item in sink.items) == Counter(item.raw for item in STREAM)
    assert recorder.disordered == 59, "one partition has not heard them"


def test_whoever_stops_it_gets_all_that_was_read():
    time = Time()
    _, reader, sink = record(values(STREAM, 2), Limits(), time=time, is_stopped=lambda: time.now > 3)
    read = sum(reader.positions.values())

    assert read < len(STREAM) / 4
    assert len([item for item in sink.items if not item.is_control]) > 0
    posts = Counter(item.raw for item in sink.items if not item.is_control)
    left = Counter(raw for part in reader.values for value in part for raw in value.split(b"\n"))
    assert all(posts[item.raw] + left[item.raw] == 1 for item in STREAM if isinstance(item.line, Post))


def test_records_that_retention_took_first_are_counted():
    recorder, _, _ = record(values(STREAM, 2), Limits(idle_seconds=1), gaps={1: 41})

    assert recorder.missing == {1: 41}


@pytest.mark.parametrize("limits", [Limits(posts=1), Limits(idle_seconds=0.5), Limits(end=5)])
def test_the_archive_is_told_now_and_then_that_time_passes(limits):
    _, _, sink = record(values(STREAM, 2), limits)

    assert sink.polls or limits.posts
