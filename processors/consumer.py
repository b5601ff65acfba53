"""What Faust's consumer must do otherwise here, and where it must be watched.

Faust spends 75 to 100 microseconds on each event, whatever is in it. So the records of a partition that one fetch
brought are one event here, where that is asked for: its value is all of them, its offset that of the last.

Nor does Faust's account of acknowledged events suit us. Around a rebalance it may hand out records that it had fetched
before, as the first of the new generation, ahead of those that it goes back to; it then takes what lies between for a
gap in the log, counts that as acknowledged, and never delivers it. And it believes to be committed what the broker has
refused. So an agent says itself up to which offset the group may commit, only what the broker confirmed is taken for
committed, and a generation that does not begin at the commit is not begun at all.

It relies on private names of faust-streaming 0.15.3, the release that the lock files pin.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from aiokafka.consumer import fetcher
from faust.transport.drivers import aiokafka

from processors.fetched import as_one, unpacking
from tocsin.errors import LostStateError, StaleWorkerError

# A broker waits for so long with the answer to a fetch, or until it has so much. Each answer costs more than a
# millisecond, however little is in it: without waiting, two hundred records a second took a third of a core. And it
# waits no longer, for meanwhile nothing else can be asked of it, such as a partition that has just been assigned.
FETCH_WAIT_MS, FETCH_BYTES = 100, 1 << 20

# Of a partition that has enough waiting nothing more is fetched. Meanwhile Faust asks for the others alone, or sleeps:
# for a second, in which the agent runs dry. So that is looked at again sooner.
PRESSED_SECONDS = 0.05


class _Thread(aiokafka.AIOKafkaConsumerThread):  # type: ignore[misc] # Faust has no types here
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust has no settings for these, nor has aiokafka one for the last.
        consumer._fetch_max_wait_ms, consumer._fetch_min_bytes = FETCH_WAIT_MS, FETCH_BYTES  # noqa: SLF001
        fetcher.PartitionRecords = partial(unpacking, self.consumer.together)
        return consumer


class Consumer(aiokafka.Consumer):  # type: ignore[misc] # as above
    """A consumer that hands on together what it fetched together, and commits what it is told to.

    Args:
        args, kwargs: Of Faust's own.
        together: Topics whose records are handed on together.

    Attributes:
        together: These.
        committed: What the broker has confirmed, by topic and partition. Faust's own account also takes up what the
            broker refused, as it does around a rebalance.
    """

    def __init__(self, *args: Any, together: Collection[str] = (), **kwargs: Any) -> None:
        self.together = frozenset(together)
        self._safe: dict[Any, tuple[int, int]] = {}
        self.committed: dict[Any, int] = {}
        super().__init__(*args, **kwargs)

    def release(self, place: Any, generation: int, offset: int) -> None:
        """Let the group commit all records before an offset.

        Args:
            place: Topic and partition.
            generation: Of the group, in which these records came; in another one this means nothing.
            offset: Of the first record that is not safe.
        """
        self._safe[place] = generation, offset

    async def seek_to_committed(self) -> Mapping[Any, int | None]:
        """Go back to what the group has committed, as Faust does when partitions are assigned."""
        found: Mapping[Any, int | None] = await super().seek_to_committed()
        self.committed = {place: offset for place, offset in found.items() if offset and offset > 0}
        return found

    async def _commit(self, offsets: Mapping[Any, int]) -> bool:
        done: bool = await super()._commit(offsets)
        if done:
            self.committed.update(offsets)
        return done

    def _should_commit(self, tp: Any, offset: int) -> bool:
        return offset > self.committed.get(tp, 0)

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def _wait_next_records(self, seconds: float) -> tuple[Mapping[Any, list[Any]], Any]:
        if self._buffered_partitions:
            seconds = min(seconds, PRESSED_SECONDS)
            if not self._get_active_partitions():
                await asyncio.sleep(seconds)
                return {}, set()
        found: tuple[Mapping[Any, list[Any]], Any] = await super()._wait_next_records(seconds)
        return found

    async def _getmany(self, *args: Any, **kwargs: Any) -> Mapping[Any, list[Any]]:
        fetched = await super()._getmany(*args, **kwargs)
        return {
            place: [as_one(place, records)] if place.topic in self.together else records
            for place, records in (fetched or {}).items()
            if records
        }

    def _filter_tps_with_pending_acks(self, topics: Iterable[Any] | None = None) -> Iterator[Any]:
        return (place for place in self._safe if topics is None or place in topics or place.topic in topics)

    def _new_offset(self, tp: Any) -> int | None:
        generation, offset = self._safe.get(tp, (-1, 0))
        return offset if generation == self.app.consumer_generation_id else None

    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Keep no account of gaps."""


Consumer.logger = _Thread.logger = aiokafka.logger  # Faust gives each class one of its module's name, which is ours


async def check_begin(consumer: Any, place: Any, first: int) -> int | None:
    """Make sure that no record is missing between the group's commit and the first one of a generation.

    Args:
        consumer: Of the app.
        place: Topic and partition.
        first: Offset of the first record that this generation was given.

    Returns:
        The group's commit, where a reader is to begin; None if there is none yet, and the log begins with this record.

    Raises:
        StaleWorkerError: Records before it were not delivered; whoever starts again gets them.
        LostStateError: Records before it are gone.
    """
    committed: int | None = consumer.committed.get(place)
    if committed is not None and first <= committed:
        return committed
    earliest = (await consumer.earliest_offsets(place))[place]
    where = f"{place.topic}[{place.partition}]"
    if committed is not None and committed < earliest:
        raise LostStateError(
            f"{where}: offsets {committed} to {earliest - 1} are gone from Kafka, and were not counted: no worker ran "
            "for longer than the topic keeps records. Choose another TOCSIN_NAMESPACE, and replay what you have"
        )
    if first > (begin := earliest if committed is None else committed):
        raise StaleWorkerError(
            f"{where}: offset {first} came first, {begin} was expected: a record from before a rebalance. "
            "Starting afresh"
        )
    return committed
