"""Counts the posts of the assigned partitions, and publishes what closed before it lets go of a record.

The order is what makes counts exact: publish the partial, write down the position of the first record that is not
safe, let the group commit up to it. A crash between any two steps repeats work, and loses or doubles nothing.
"""

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

import msgspec

from processors.consumer import check_begin
from processors.context import Context, Message, read_to_the_end
from processors.runs import Run, runs
from tocsin.errors import lost
from tocsin.flood import DeadLetterLimit
from tocsin.ledger import Entry, Ledger
from tocsin.parcels import parcels
from tocsin.partials import Position
from tocsin.posts import Reject
from tocsin.tally import PartitionTally

_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


@dataclass
class _Partition:
    """State of one partition; it belongs to one generation of the group, for every rebalance rewinds to the commit."""

    generation: int
    tally: PartitionTally
    next_offset: int
    limit: DeadLetterLimit
    ledger: Ledger[Position] = field(default_factory=Ledger)


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

    async def _on_event(self, event: Any) -> None:
        message = event.message
        partition = self._partitions.get(message.partition)
        if partition is None or partition.generation != message.generation_id:
            partition = await self._begin(message)
        for run in runs(message.tp, event.value, partition.next_offset):
            await self._count(message.tp, partition, run)
            await asyncio.sleep(0)  # a fetch may hold a second's work; detection and health have their turn meanwhile

    async def _count(self, place: Any, partition: _Partition, run: Run) -> None:
        before, metrics, label = partition.tally.position, self._context.metrics, str(place.partition)
        folded = partition.tally.fold(run.value, run.written_at)
        partition.next_offset = run.end
        partition.ledger.hold(Entry(run.begin, folded.newest, before))
        metrics.records.labels(label).inc(run.end - run.begin)
        metrics.posts.labels(label).inc(folded.posts)
        await self._context.publish(self._dead, [_letter(place, run, rejected) for rejected in folded.rejects])
        for rejected in folded.rejects:
            metrics.dead_letters.labels(rejected.reason).inc()
        partition.limit.count(folded.posts, [rejected.reason for rejected in folded.rejects])
        if folded.partials:
            for parcel in parcels(folded.partials):
                await self._context.publish(self._tallies, [Message(label.encode(), _pack(parcel), partition=0)])
            await self._release(place, partition, folded.partials[-1].through)

    async def _begin(self, message: Any) -> _Partition:
        """Start afresh from where the group's commit stands."""
        context, place, first = self._context, message.tp, message.value.offsets[0]
        committed = await check_begin(self._app.consumer, place, first)
        begin = first if committed is None else committed
        position = await context.store.position(place.partition, begin)
        where = f"{place.topic}[{place.partition}]"
        if position is None and committed is not None:
            raise lost(f"{where}: the group has committed {committed}, but Redis has no position for it")
        tally = PartitionTally(place.partition, context.rules, context.lexicon, position)
        limit = DeadLetterLimit(where, context.settings.dead_letter_percent)
        partition = self._partitions[place.partition] = _Partition(message.generation_id, tally, begin, limit)
        return partition

    async def _release(self, place: Any, partition: _Partition, through: int) -> None:
        released = partition.ledger.release(through - self._context.rules.horizon)
        head = partition.ledger.head
        offset, position = (head.offset, head.before) if head else (partition.next_offset, partition.tally.position)
        metrics, label = self._context.metrics, str(place.partition)
        metrics.watermark.labels(label).set((through + 1) * self._context.settings.bucket_seconds)
        metrics.held.labels(label).set(partition.next_offset - offset)
        if not released:
            return
        consumer = self._app.consumer
        await self._context.store.save_position(place.partition, offset, position, consumer.committed.get(place))
        consumer.release(place, partition.generation, offset)


def _letter(at: Any, run: Run, rejected: Reject) -> Message:
    """Address a dead letter: by where its line stood, so that a reader can drop repeats."""
    offset, line = run.place(rejected.line)
    place = {"topic": at.topic, "partition": at.partition, "offset": offset, "line": line}
    why = {"reason": rejected.reason, "detail": rejected.detail}
    value = _json(place | why | {"data": base64.b64encode(rejected.data).decode()})
    return Message(":".join(map(str, place.values())).encode(), value)
