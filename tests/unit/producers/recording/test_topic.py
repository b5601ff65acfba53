from types import SimpleNamespace

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from producers.recording.topic import TopicReader


class Consumer:
    """As much of kafka-python's consumer as the reader uses."""

    def __init__(self, begins, ends):
        self.begins, self.ends = begins, ends
        self.seeks, self.paused, self.polled, self.is_away = {}, set(), [], False

    def assign(self, places):
        assert [place.partition for place in places] == list(range(len(self.begins)))

    def beginning_offsets(self, places):
        return {place: self.begins[place.partition] for place in places}

    def end_offsets(self, places, timeout_ms=None):
        if self.is_away:
            assert timeout_ms is not None, "the reader must not wait without a word"
            raise KafkaTimeoutError
        return {place: self.ends[place.partition] for place in places}

    def seek(self, place, offset):
        self.seeks[place.partition] = offset

    def position(self, place, timeout_ms=None):
        assert timeout_ms is not None, "the reader must not wait without a word"
        return self.seeks[place.partition]

    def pause(self, *places):
        self.paused |= {place.partition for place in places}

    def resume(self, *places):
        self.paused -= {place.partition for place in places}

    def poll(self, **_):
        return self.polled.pop(0) if self.polled else {}


def records(partition, *offsets):
    return {TopicPartition("posts", partition): [SimpleNamespace(offset=n, value=b"%d" % n) for n in offsets]}


@pytest.mark.parametrize(("begin", "expected"), [("earliest", {0: 3, 1: 0}), ("latest", {0: 9, 1: 5})])
def test_it_begins_where_it_was_told_to(begin, expected):
    consumer = Consumer([3, 0], [9, 5])
    reader = TopicReader(consumer, "posts", 2, begin)

    assert consumer.seeks == reader.begins == reader.positions == expected
    assert reader.ends == {0: 9, 1: 5}


def test_it_knows_how_far_it_has_read_and_what_was_gone_before_that():
    consumer = Consumer([0, 0], [9, 9])
    consumer.polled = [records(1, 0, 1), records(1, 5, 6)]
    reader = TopicReader(consumer, "posts", 2, "earliest")

    assert [(batch.partition, batch.values, batch.missing) for batch in reader.poll() + reader.poll()] == [
        (1, [b"0", b"1"], 0),
        (1, [b"5", b"6"], 3),
    ]
    assert reader.positions == {0: 0, 1: 7}


def test_a_record_without_a_value_is_an_empty_one():
    consumer = Consumer([0], [1])
    consumer.polled = [{TopicPartition("posts", 0): [SimpleNamespace(offset=0, value=None)]}]

    assert TopicReader(consumer, "posts", 1, "earliest").poll()[0].values == [b""]


def test_only_what_changes_is_paused_and_resumed():
    consumer = Consumer([0, 0, 0], [0, 0, 0])
    reader = TopicReader(consumer, "posts", 3, "earliest")
    reader.hold({0, 1})
    reader.hold({1, 2})

    assert consumer.paused == {1, 2}


def test_it_says_how_long_the_broker_has_been_away():
    waits, now = [], [0.0]
    consumer = Consumer([0], [0])
    reader = TopicReader(consumer, "posts", 1, "earliest", on_wait=waits.append, clock=lambda: now[0])
    consumer.is_away = True
    assert not reader.is_caught_up()
    now[0] = 7.0
    assert not reader.is_caught_up()
    consumer.is_away = False

    assert reader.is_caught_up()
    assert waits == [f"posts: no answer from the broker for {n} s; waiting" for n in (0, 7)]


def test_a_quiet_topic_is_told_from_records_that_are_slow_to_come():
    consumer = Consumer([0, 0], [4, 2])
    reader = TopicReader(consumer, "posts", 2, "earliest")
    consumer.seeks = {0: 4, 1: 1}
    assert not reader.is_caught_up()

    reader.hold({1})
    assert reader.is_caught_up(), "whatever is held is not waited for"

    reader.hold(())
    consumer.seeks[1] = 2
    assert reader.is_caught_up()
