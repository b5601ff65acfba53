"""Reading the topic ``posts`` from a place on, without a consumer group, and noticing when the broker is away."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from producers.broker import check_right, client_options, open_admin, partitions_on, patiently
from producers.writer import OnWait
from tocsin.access import Broker
from tocsin.errors import TocsinError

Begin = Literal["earliest", "latest"]

_ANSWER_MS = 1_000
_POLL_MS = 500
_MAX_RECORDS = 200  # of one poll: what partitions lie apart is held in memory


@dataclass(frozen=True)
class Batch:
    """Records of one partition, in order.

    Attributes:
        partition: Its number.
        values: NDJSON of each record.
        missing: Offsets that are gone since the batch before: retention has overtaken the reader.
    """

    partition: int
    values: list[bytes]
    missing: int


class TopicReader:
    """Reads all partitions of a topic in step.

    Args:
        consumer: Without a group, with nothing assigned.
        topic: Its name.
        partitions: How many it has.
        begin: From its first record that is still there, or from what comes next.
        on_wait: Told in words what is being waited for.
        clock: Monotonic seconds.

    Attributes:
        begins: First offset of each partition.
        positions: The next offset of each.
        ends: Where each ended when the reading began.
    """

    def __init__(
        self,
        consumer: Any,
        topic: str,
        partitions: int,
        begin: Begin,
        *,
        on_wait: OnWait | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._places = [TopicPartition(topic, n) for n in range(partitions)]
        self._held: set[int] = set()
        self._on_wait = on_wait or (lambda _: None)
        self._clock = clock
        self._away_since: float | None = None
        consumer.assign(self._places)
        ends = consumer.end_offsets(self._places)
        begins = consumer.beginning_offsets(self._places) if begin == "earliest" else ends
        self.ends: Mapping[int, int] = {place.partition: ends[place] for place in self._places}
        self.begins: Mapping[int, int] = {place.partition: begins[place] for place in self._places}
        self.positions: dict[int, int] = dict(self.begins)
        for place in self._places:
            consumer.seek(place, begins[place])

    def poll(self) -> list[Batch]:
        """Read what comes within half a second."""
        found = self._consumer.poll(timeout_ms=_POLL_MS, max_records=_MAX_RECORDS)
        batches = []
        for place, records in found.items():
            first = records[0].offset
            missing = max(0, first - self.positions[place.partition])
            self.positions[place.partition] = records[-1].offset + 1
            batches.append(Batch(place.partition, [record.value or b"" for record in records], missing))
        if batches:
            self._away_since = None
        return batches

    def hold(self, partitions: Collection[int]) -> None:
        """Read nothing more of these partitions for now, and go on with all others."""
        wanted = set(partitions)
        if more := [self._places[n] for n in sorted(wanted - self._held)]:
            self._consumer.pause(*more)
        if less := [self._places[n] for n in sorted(self._held - wanted)]:
            self._consumer.resume(*less)
        self._held = wanted

    def is_caught_up(self) -> bool:
        """Ask the broker whether it has no more of what is not held, for one that is away is just as silent."""
        places = [place for place in self._places if place.partition not in self._held]
        try:
            ends = self._consumer.end_offsets(places, timeout_ms=_ANSWER_MS)
            caught_up = all(self._consumer.position(place, timeout_ms=_ANSWER_MS) >= ends[place] for place in places)
        except KafkaError:
            now = self._clock()
            self._away_since = now if self._away_since is None else self._away_since
            self._on_wait(f"{self._topic}: no answer from the broker for {now - self._away_since:.0f} s; waiting")
            return False
        self._away_since = None
        return caught_up

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()


def open_topic(
    broker: Broker, topic: str, begin: Begin, *, patience_seconds: float = 30, on_wait: OnWait | None = None
) -> TopicReader:
    """Open a topic for reading.

    Args:
        broker: Where, and as whom.
        topic: The topic ``posts``.
        begin: From where on.
        patience_seconds: How long to look for the broker. Once it has been found, the reader waits for ever.
        on_wait: Told in words what is being waited for.

    Raises:
        UnavailableError: When no broker answers.
        RefusedError: When it does not let us in, or does not let us read.
        TocsinError: When there is no such topic, or the broker refuses.
    """

    def attempt() -> TopicReader:
        with open_admin(broker) as admin:
            partitions = partitions_on(admin, topic)
            check_right(admin, broker, topic, "Read")
        if partitions is None:
            raise TocsinError(
                f"the topic {topic} does not exist at {broker.servers}: nothing has been written to it yet"
            )
        consumer = _open_consumer(broker)
        try:
            return TopicReader(consumer, topic, partitions, begin, on_wait=on_wait)
        except KafkaTimeoutError:
            consumer.close()
            raise

    try:
        return patiently(attempt, broker, patience_seconds=patience_seconds, on_wait=on_wait)
    except KafkaError as error:
        raise TocsinError(f"{broker.servers}: the broker refused to serve: {error or type(error).__name__}") from error


def _open_consumer(broker: Broker) -> KafkaConsumer:
    return KafkaConsumer(
        **client_options(broker),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # should retention overtake the reader, it goes on with what is left, and says so
        allow_auto_create_topics=False,
        fetch_max_wait_ms=200,
        reconnect_backoff_max_ms=2_000,
        metrics_enabled=False,
    )
