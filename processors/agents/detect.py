"""Merges the partials of all partitions, judges what closes, stores it, and tells the world."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from processors.consumer import check_begin
from processors.context import Context, Message, read_to_the_end
from processors.store import Loaded
from tocsin.errors import StaleWorkerError, lost
from tocsin.judge import Judgement
from tocsin.ledger import Entry, Ledger
from tocsin.merge import LOOK_BACK, Merger
from tocsin.partials import Partial

LONGEST_RUN = 500  # buckets in one transaction: a gap of a year in an archive must not become a single one

_partials = msgspec.msgpack.Decoder(list[Partial])


@dataclass
class _Shard:
    """State of the detection; it belongs to one generation of the group."""

    generation: int
    loaded: Loaded
    merger: Merger
    next_offset: int
    ledger: Ledger[None] = field(default_factory=Ledger)


class DetectAgent:
    """Folds partials into incidents.

    Args:
        app: The Faust app, for its consumer.
        context: Shared parts.
        incidents: Topic to write to.
    """

    def __init__(self, app: Any, context: Context, incidents: Any) -> None:
        self._app = app
        self._context = context
        self._incidents = incidents
        self._shard: _Shard | None = None

    async def run(self, stream: Any) -> None:
        """Read the stream to its end."""
        await read_to_the_end(stream, self._on_event)

    async def _on_event(self, event: Any) -> None:
        message = event.message
        shard = self._shard
        if shard is None or shard.generation != message.generation_id:
            shard = self._shard = await self._begin(message)
            await self._tell()
        if message.offset < shard.next_offset:
            return  # Faust may deliver a record twice around a rebalance
        if message.offset > shard.next_offset:
            raise StaleWorkerError(f"{message.topic}: offset {message.offset} came, {shard.next_offset} was expected")
        shard.next_offset += 1
        partials = _partials.decode(event.value)
        shard.ledger.hold(Entry(message.offset, partials[-1].through, None))
        run: list[Judgement] = []
        for partial in partials:
            for closed in shard.merger.add(partial):
                run.append(shard.loaded.judge.fold(closed))
                if len(run) == LONGEST_RUN:
                    await self._store(shard, run)
                    run = []
        if run:
            await self._store(shard, run)
        # The terms of the last buckets are needed again, and they are in Kafka alone.
        if shard.loaded.closed is not None and shard.ledger.release(shard.loaded.closed - LOOK_BACK):
            head = shard.ledger.head
            offset = head.offset if head else shard.next_offset
            self._app.consumer.release(message.tp, shard.generation, offset)

    async def _begin(self, message: Any) -> _Shard:
        """Start afresh from the stored state. What is committed was stored before: a commit without it is a loss."""
        committed = await check_begin(self._app.consumer, message.tp, message.offset)
        context = self._context
        loaded = await context.store.load(context.new_judge)
        if loaded.closed is None and committed is not None:
            raise lost(f"{message.topic}: the group has committed {committed}, but Redis knows of no bucket")
        merger = Merger(context.settings.partitions, loaded.closed, context.lexicon.match)
        begin = message.offset if committed is None else committed
        shard = _Shard(message.generation_id, loaded, merger, begin)
        if self._is_ours(shard):
            context.metrics.on_load(loaded.judge, context.rules)
        return shard

    async def _store(self, shard: _Shard, run: list[Judgement]) -> None:
        with self._context.metrics.close_seconds.time():
            shard.loaded = await self._context.store.commit(shard.loaded, run)
        for judgement in run:
            self._context.metrics.on_judgement(judgement)
        if self._is_ours(shard):
            self._context.metrics.show(run[-1], shard.loaded.judge, self._context.rules)
        if any(judgement.revisions for judgement in run):
            await self._tell()

    def _is_ours(self, shard: _Shard) -> bool:
        """Tell whether detection has not moved on meanwhile, to another worker or another assignment."""
        return bool(shard.generation == self._app.consumer_generation_id)

    async def _tell(self) -> None:
        """Publish the revisions that Kafka has not seen. After a crash some come again, under the same revision."""
        for number, record in await self._context.store.unpublished():
            incident = msgspec.json.decode(record)
            await self._context.publish(self._incidents, [Message(incident["id"].encode(), record)])
            await self._context.store.mark_published(number + 1)
