"""What the checks ask of Kafka, as values."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, TypeVar

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError

from producers.broker import client_options, open_admin, partitions_on
from tocsin.settings import Settings

T = TypeVar("T")
Offsets = Mapping[int, int]  # by partition
_PATIENCE_SECONDS, _PAUSE_SECONDS = 10.0, 0.2
_MOST_PARTITIONS = 16  # of which single records are read


class Broker:
    """Reads how the topics and the group of a deployment stand. It writes nothing, and joins no group.

    Its methods raise kafka-python's errors.

    Args:
        settings: Of the deployment.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = open_admin(settings.broker)
        self._consumer: KafkaConsumer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._consumer is not None:
            self._consumer.close()
        self._admin.close()

    def partitions(self, topic: str) -> int | None:
        """Count the partitions of a topic; None if there is no such topic."""
        return partitions_on(self._admin, topic)

    def config(self, topic: str) -> dict[str, str]:
        """Read how a topic is configured."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        found = self._admin.describe_configs([resource], config_filter="All")
        ((_, entries),) = ((name, entries) for named in found.values() for name, entries in named.items())
        return {name: str(entry["value"]) for name, entry in entries.items()}

    def free_disk(self) -> list[tuple[str, float]]:
        """Tell which share of each log folder's disk is free; brokers before Kafka 3.3 do not say."""
        folders = [folder for broker in self._admin.describe_log_dirs() for folder in _folders(broker)]
        return [(path, usable / total) for path, usable, total in folders if total > 0]

    def ends(self, topic: str) -> Offsets:
        """Read the end of each partition: the offset of the next record."""
        return {n: found.offset for n, found in self._offsets(topic, OffsetSpec.LATEST).items()}

    def since(self, topic: str, at: float) -> Offsets:
        """Find the first record of each partition written at a time (epoch seconds) or later; its end if none was."""
        found = self._offsets(topic, int(at * 1000))
        ends = self.ends(topic)
        return {n: ends[n] if found[n].offset < 0 else found[n].offset for n in found}

    def newest(self, topic: str) -> dict[int, float]:
        """Read the latest time, in epoch seconds, that any record of each partition bears; none where it is empty."""
        found = self._offsets(topic, OffsetSpec.MAX_TIMESTAMP)
        return {n: at.timestamp / 1000 for n, at in found.items() if at.offset >= 0}

    def _offsets(self, topic: str, spec: OffsetSpec | int) -> dict[int, Any]:
        asked = {TopicPartition(topic, n): spec for n in range(self.partitions(topic) or 0)}
        return {tp.partition: found for tp, found in self._admin.list_partition_offsets(asked).items()}

    def committed(self, topic: str) -> Offsets:
        """Read what the group has committed, by partition; -1 where it never has."""
        group = self._settings.group
        asked = [TopicPartition(topic, n) for n in range(self.partitions(topic) or 0)]
        found = _once_ready(lambda: self._admin.list_group_offsets({group: asked}))[group]
        return {tp.partition: found[tp].offset if tp in found else -1 for tp in asked}

    def members(self) -> int:
        """Count the workers that belong to the group."""
        group = self._settings.group
        return len(_once_ready(lambda: self._admin.describe_groups([group]))[group]["members"])

    def first_records(self, topic: str, offsets: Offsets) -> dict[int, Any]:
        """Read one record of each partition: that at an offset, or the first one behind it that is still there."""
        chosen = dict(list(offsets.items())[:_MOST_PARTITIONS])
        return {n: records[0] for n, records in self.records(topic, chosen, 1).items()}

    def records(self, topic: str, offsets: Offsets, most: int) -> dict[int, list[Any]]:
        """Read records of partitions from an offset on, so many of each at most; what does not come is missing."""
        consumer = self._consumer = self._consumer or self._open_consumer()
        wanted = {TopicPartition(topic, n): offset for n, offset in offsets.items()}
        consumer.assign(list(wanted))
        for tp, offset in wanted.items():
            consumer.seek(tp, offset)
            consumer.resume(tp)  # it may be paused from the last time
        found: dict[int, list[Any]] = {}
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while wanted and time.monotonic() < deadline:
            for tp, records in consumer.poll(timeout_ms=500, max_records=most).items():
                kept = found.setdefault(tp.partition, [])
                kept += records[: most - len(kept)]
                if len(kept) == most or records[-1].offset + 1 >= self._end_of(consumer, tp):
                    wanted.pop(tp, None)
                    consumer.pause(tp)
        return found

    @staticmethod
    def _end_of(consumer: KafkaConsumer, tp: TopicPartition) -> int:
        return int(consumer.highwater(tp) or 0)

    def _open_consumer(self) -> KafkaConsumer:
        return KafkaConsumer(
            **client_options(self._settings.broker),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            fetch_max_wait_ms=100,
            metrics_enabled=False,
        )


def _once_ready(ask: Callable[[], T]) -> T:
    """Ask again and again: a broker that has never seen a group takes a moment to be able to answer."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)


def _folders(broker: Mapping[str, Any]) -> Iterable[tuple[str, int, int]]:
    for folder in broker.get("results") or broker.get("log_dirs") or ():
        yield folder["log_dir"], int(folder.get("usable_bytes", -1)), int(folder.get("total_bytes", -1))
