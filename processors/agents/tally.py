"""Counts the posts of the assigned partitions, and publishes what closed before it lets go of a record.

The order is what makes counts exact: publish the partial, write down the position of the first record that is not
safe, acknowledge, in the order of the log. A crash between any two steps repeats work, and loses or doubles nothing.
"""

import base64
from dataclasses import dataclass, field
from typing import Any

import msgspec

from processors.consumer import check_begin
from processors.context import Context, Message, read_to_the_end
from tocsin.errors import StaleWorkerError, lost
from tocsin.flood import DeadLetterLimit
from tocsin.ledger import Entry, Ledger
from tocsin.parcels import parcels
from tocsin.posts import Reject
from tocsin.tally import PartitionTally, Position

_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


@dataclass
class _Partition:
    """State of one partition; it belongs to one generation of the group, for every rebalance rewinds to the commit."""

    generation: int
    tally: PartitionTally
    next_offset: int
    limit: DeadLetterLimit
    ledger: Ledger[Any, Position] = field(default_factory=Ledger)


class TallyAgent:
    """Folds records into partials.

    Args:
        app: The Faust app, for its consumer.
        context: Shared parts.
        tallies, dead: Topics to write to.
    """

    def __init__(self, app: Any, context: Context, tallies: Any, dead: Any) -> None:
        self._app = app
        self._context = context
        self._tallies = tallies
        self._dead = dead
        self._partitions: dict[int, _Partition] = {}

    async def run(self, stream: Any) -> None:
        """Read the stream to its end."""
        await read_to_the_end(stream, self._on_event)

    async def _on_event(self, stream: Any, event: Any) -> None:
        message = event.message
        partition = self._partitions.get(message.partition)
        if partition is None or partition.generation != message.generation_id:
            partition = await self._begin(message)
        if message.offset < partition.next_offset:
            return  # Faust may deliver a record twice around a rebalance
        if message.offset > partition.next_offset:
            where = f"{message.topic}[{message.partition}]"
            raise StaleWorkerError(f"{where}: offset {message.offset} came, {partition.next_offset} was expected")
        before = partition.tally.position
        folded = partition.tally.fold(event.value, int(message.timestamp * 1000))
        event.value = message.value = None  # what waits for its commit need not keep what people wrote
        partition.next_offset += 1
        partition.ledger.hold(Entry(message.offset, folded.newest, event, before))
        label = str(message.partition)
        self._context.metrics.records.labels(label).inc()
        self._context.metrics.posts.labels(label).inc(folded.posts)
        await self._context.publish(self._dead, [_letter(message, rejected) for rejected in folded.rejects])
        for rejected in folded.rejects:
            self._context.metrics.dead_letters.labels(rejected.reason).inc()
        partition.limit.count(folded.posts, [rejected.reason for rejected in folded.rejects])
        if folded.partials:
            for parcel in parcels(folded.partials):
                await self._context.publish(self._tallies, [Message(label.encode(), _pack(parcel), partition=0)])
            await self._release(stream, message.partition, partition, folded.partials[-1].through)

    async def _begin(self, message: Any) -> _Partition:
        """Start afresh from where the group's commit stands."""
        context, offset = self._context, message.offset
        committed = await check_begin(self._app.consumer, message)
        position = await context.store.position(message.partition, offset)
        where = f"{message.topic}[{message.partition}]"
        if position is None and committed is not None:
            if offset < committed:
                raise StaleWorkerError(f"{where}: offset {offset} came, {committed} is committed. Starting afresh")
            raise lost(f"{where}: the group has committed {committed}, but Redis has no position for it")
        tally = PartitionTally(message.partition, context.rules, context.lexicon, position)
        limit = DeadLetterLimit(f"{message.topic}[{message.partition}]", context.settings.dead_letter_percent)
        partition = _Partition(message.generation_id, tally, offset, limit)
        self._partitions[message.partition] = partition
        return partition

    async def _release(self, stream: Any, number: int, partition: _Partition, through: int) -> None:
        events = partition.ledger.release(through - self._context.rules.horizon)
        metrics = self._context.metrics
        metrics.watermark.labels(str(number)).set((through + 1) * self._context.settings.bucket_seconds)
        metrics.held.labels(str(number)).set(len(partition.ledger.entries))
        if not events:
            return
        head = partition.ledger.head
        offset = head.offset if head else partition.next_offset
        position = head.before if head else partition.tally.position
        committed = self._app.consumer._committed_offset.get(events[0].message.tp)  # noqa: SLF001 - as above
        await self._context.store.save_position(number, offset, position, committed)
        if partition.generation != self._app.consumer_generation_id:
            return  # rebalanced meanwhile: these events belong to somebody else now
        for event in events:  # ack() never suspends, so Kafka cannot commit anything but the end of this run
            await stream.ack(event)


def _letter(message: Any, rejected: Reject) -> Message:
    """Address a dead letter: by where its line stood, so that a reader can drop repeats."""
    place = {"topic": message.topic, "partition": message.partition, "offset": message.offset, "line": rejected.line}
    why = {"reason": rejected.reason, "detail": rejected.detail}
    value = _json(place | why | {"data": base64.b64encode(rejected.data).decode()})
    return Message(":".join(map(str, place.values())).encode(), value)
