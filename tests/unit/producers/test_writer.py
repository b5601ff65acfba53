from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from producers.items import item_of, read_line
from producers.writer import MAX_RECORD_BYTES, MAX_UNCONFIRMED_BYTES, DeliveryError, Writer
from tocsin.posts import MAX_LINES, Heartbeat, Notice, Post, partition_of

PARTITIONS = 3


class Answer:
    """A broker's answer that tests decide on."""

    def __init__(self, timeouts=0, error=None):
        self.timeouts, self.error = timeouts, error

    @property
    def is_done(self):
        return self.timeouts == 0

    def get(self, timeout=None):
        assert timeout is not None, "the writer must not wait without a word"
        if self.timeouts:
            self.timeouts -= 1
            raise KafkaTimeoutError
        if self.error:
            raise self.error


class MemoryProducer:
    """Keeps records; answers as it is told, at once and with success by default."""

    def __init__(self, *answers):
        self.records, self.answers, self.closed = [], list(answers), False

    def send(self, topic, value, *, partition):
        answer = self.answers.pop(0) if self.answers else Answer()
        if isinstance(answer, Exception):
            raise answer
        self.records.append((topic, partition, value))
        return answer

    def close(self, **_):
        self.closed = True

    def lines(self, partition):
        return [line for _, p, value in self.records if p == partition for line in value.split(b"\n")]


class Time:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def post(number, author=None, text="hello"):
    return item_of(Post(str(number), number, "s", "sms", author or f"author {number}", text))


def heartbeat(at):
    return item_of(Heartbeat("s", at, ("sms",)))


def writer_to(producer, **options):
    return Writer(producer, "posts", PARTITIONS, clock=options.pop("clock", Time()), **options)


items = st.lists(
    st.one_of(
        st.integers(0, 50).map(post),
        st.integers(0, 50).map(heartbeat),
        st.integers(1, 50).map(lambda at: item_of(Notice("maintenance", "n", "sms", 0, 9, at, "declared"))),
        st.binary(min_size=1, max_size=9).filter(lambda raw: raw.strip() and b"\n" not in raw).map(read_line),
    ),
    max_size=60,
)


@given(items, st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_each_partition_gets_its_lines_and_all_control_lines_in_order_wherever_they_are_cut(stream, runs, cuts):
    producer = MemoryProducer()
    writer = writer_to(producer)
    for begin, end in pairwise(sorted({0, len(stream), *(at for at in runs if at < len(stream))})):
        writer.write_all(stream[begin:end])
        if begin in cuts:
            writer.flush()
    writer.close()

    for partition in range(PARTITIONS):
        expected = [
            item.raw
            for item in stream
            if item.is_control
            or (isinstance(item.line, Post) and partition_of(item.line.author, PARTITIONS) == partition)
        ]
        got = producer.lines(partition)
        assert [raw for raw in got if read_line(raw).line is not None] == expected
    broken = sorted(raw for p in range(PARTITIONS) for raw in producer.lines(p) if read_line(raw).line is None)
    assert broken == sorted(item.raw for item in stream if item.line is None)


def test_a_record_holds_at_most_500_lines():
    producer = MemoryProducer()
    with writer_to(producer) as writer:
        for number in range(2 * MAX_LINES + 1):
            writer.write(post(number, author="one"))

    assert [value.count(b"\n") + 1 for _, _, value in producer.records] == [MAX_LINES, MAX_LINES, 1]


def test_a_record_holds_as_many_lines_however_many_are_handed_over_at_once():
    producer = MemoryProducer()
    with writer_to(producer) as writer:
        for run in (300, 200, 1, 499, 600):
            writer.write_all([post(number, author="one") for number in range(run)])

    assert [value.count(b"\n") + 1 for _, _, value in producer.records] == [500, 500, 500, 100]


def test_a_record_stays_below_900_kb_even_if_a_single_line_would_not():
    producer = MemoryProducer()
    with writer_to(producer) as writer:
        for _ in range(100):
            writer.write(post(1, author="one", text="x" * 16_000))
        writer.write(read_line(b"y" * 2_000_000))
        for _ in range(3):
            writer.write_all([post(1, author="one", text="x" * 16_000) for _ in range(30)])

    assert max(len(value) for _, _, value in producer.records) <= MAX_RECORD_BYTES


def test_a_full_record_is_sent_without_waiting():
    producer = MemoryProducer()
    writer = writer_to(producer)
    for number in range(MAX_LINES):
        writer.write(post(number, author="one"))

    assert len(producer.records) == 1


def test_a_partial_record_is_sent_once_its_first_line_has_lingered():
    producer, clock = MemoryProducer(), Time()
    writer = writer_to(producer, clock=clock, linger_ms=200)
    writer.write(post(1, author="one"))
    clock.now = 0.19
    writer.write(post(2, author="one"))
    assert not producer.records

    clock.now = 0.2
    writer.poll()

    assert [value.count(b"\n") + 1 for _, _, value in producer.records] == [2]


def test_blank_lines_make_no_record():
    producer = MemoryProducer()
    with writer_to(producer) as writer:
        writer.write(read_line(b"  "))

    assert not producer.records


def test_it_waits_for_as_long_as_it_takes_and_says_so():
    waits = []
    producer = MemoryProducer(KafkaTimeoutError(), KafkaTimeoutError(), Answer(timeouts=5))
    with writer_to(producer, on_wait=waits.append) as writer:
        writer.write(post(1))

    assert len(producer.records) == 1
    assert len(waits) == 7
    assert all("posts" in wait for wait in waits)


def test_a_refused_record_names_its_partition_and_stops_the_writer():
    producer = MemoryProducer(Answer(error=MessageSizeTooLargeError()))
    writer = writer_to(producer)
    writer.write(post(1, author="one"))

    with pytest.raises(DeliveryError, match=rf"posts/{partition_of('one', PARTITIONS)}: .* 1 lines"):
        writer.flush()
    with pytest.raises(DeliveryError):
        writer.write(post(2))


def test_unconfirmed_records_are_bounded():
    answers = [Answer(timeouts=1) for _ in range(60)]
    producer = MemoryProducer(*answers)
    writer = writer_to(producer)
    unconfirmed = []
    for number in range(50):
        writer.write(read_line(b"%d" % number + b"x" * (MAX_RECORD_BYTES - 2)))
        unconfirmed.append(sum(not answer.is_done for answer in answers[: len(producer.records)]))

    assert max(unconfirmed) == MAX_UNCONFIRMED_BYTES // MAX_RECORD_BYTES
