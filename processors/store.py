"""Redis as the shared memory of what has closed.

One transaction writes everything that a run of closed buckets led to, guarded by the last closed bucket: a worker
that another has overtaken writes nothing. Redis going away means waiting, for as long as it takes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import redis.asyncio as aioredis
from redis.exceptions import WatchError

from processors.packing import pack_fast
from processors.patience import Patience
from processors.rollup import Rollup
from processors.rows import Command, Rows
from tocsin.access import redis_address, redis_user
from tocsin.clocks import Rules
from tocsin.detect.baseline import SLOT_MS
from tocsin.errors import ForeignStateError, StaleWorkerError, lost
from tocsin.judge import Judge, Judgement
from tocsin.keys import VERSION, Keys
from tocsin.merge import ClosedBucket
from tocsin.partials import Position
from tocsin.settings import Settings

SNAPSHOT_EVERY = 120  # buckets; how many are folded again after a restart, at the most

_pack = msgspec.msgpack.Encoder().encode
_positions = msgspec.msgpack.Decoder(Position)
_buckets = msgspec.msgpack.Decoder(ClosedBucket)


@dataclass(frozen=True)
class Loaded:
    """Where the stored state stands.

    Attributes:
        closed: Last closed bucket; None at the very beginning.
        judge: As it was after that bucket.
        rollup: Likewise.
    """

    closed: int | None
    judge: Judge
    rollup: Rollup


class Store:
    """Reads and writes the state of one deployment.

    Args:
        settings: Where Redis is, and how long counts are kept.
        rules: Of event time.
        lexicon: Digest of the lexicon: counts made under another one do not continue these.
        on_error: Called for each failed attempt.
    """

    def __init__(
        self, settings: Settings, rules: Rules, lexicon: str, on_error: Callable[[], None] = lambda: None
    ) -> None:
        self.keys = Keys(settings.redis_prefix)
        self._settings = settings
        self._lexicon = lexicon
        self._rows = Rows(settings, rules)
        self._slot = max(1, SLOT_MS // rules.bucket_ms)  # buckets after which the outlook is worked out anew
        self._journal: list[int] = []
        self._persist = Patience(redis_address(settings.redis), redis_user(settings.redis), on_error).persist
        self._redis: Any = aioredis.Redis.from_url(settings.redis_url, socket_timeout=10, socket_connect_timeout=5)
        pack_fast(self._redis.connection_pool)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    async def ping(self) -> None:
        """Return once Redis answers, and would let us write: a user who may not shall know before the first count.

        Raises:
            RefusedError: When it does not let us in, or does not let us write.
        """
        await self._persist(lambda: self._redis.hdel(self.keys.state, "nothing"))

    async def check(self) -> None:
        """Make sure, once Redis answers, that this worker can go on from what is stored, if anything is.

        Raises:
            ForeignStateError: Other settings or another release wrote it.
        """
        if state := await self._persist(lambda: self._redis.hgetall(self.keys.state)):
            self._check(state)

    async def load(self, new_judge: Callable[[], Judge]) -> Loaded:
        """Read where the last worker came to, and fold the journal once more.

        Raises:
            LostStateError: What is stored does not fit these settings, or does not add up.
        """
        return await self._persist(lambda: self._load(new_judge))

    async def _load(self, new_judge: Callable[[], Judge]) -> Loaded:
        judge, rollup = new_judge(), Rollup(self._settings.bucket_ms)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(self.keys.state).hgetall(self.keys.snapshot).hgetall(self.keys.journal)
            state, snapshot, journal = await pipe.execute()
        if not state:
            return Loaded(None, judge, rollup)
        self._check(state)
        closed = int(state[b"closed"])
        for number, data in snapshot.items():
            judge.restore(data)
            journal = {bucket: data for bucket, data in journal.items() if int(bucket) > int(number)}
        self._journal = sorted(map(int, journal))
        for bucket in sorted(journal, key=int):
            judge.fold(_buckets.decode(journal[bucket]))
        if judge.digest != state[b"digest"].decode():
            raise lost(f"{self.keys.journal} and {self.keys.snapshot} do not lead to the digest in {self.keys.state}")
        for span in rollup.spans:
            start = rollup.start_of(span, closed)
            sums = await self._redis.hgetall(self._rows.span_key(span, start))
            rollup.resume(span, start, {name.decode(): int(n) for name, n in sums.items()})
        return Loaded(closed, judge, rollup)

    def _identity(self) -> dict[str, str]:
        return {
            "version": VERSION,
            "bucket_ms": str(self._settings.bucket_ms),
            "partitions": str(self._settings.partitions),
            "lexicon": self._lexicon,
        }

    def _check(self, state: Mapping[bytes, bytes]) -> None:
        for name, ours in self._identity().items():
            theirs = state.get(name.encode(), b"").decode()
            if theirs != ours:
                back = "run the release that wrote it" if name == "version" else "go back to that setting"
                raise ForeignStateError(
                    f"Redis: {self.keys.state} was written with {name} = {theirs}, this worker has {ours}. "
                    f"Counts of different kinds do not continue each other: {back}, or choose another "
                    "TOCSIN_NAMESPACE and replay; see Upgrades in docs/operations.md"
                )

    async def commit(self, loaded: Loaded, judgements: Sequence[Judgement]) -> Loaded:
        """Write what a run of closed buckets led to, all or nothing.

        Args:
            loaded: As of the bucket before them; its judge has folded them since.
            judgements: Of these buckets, in order; at least one.

        Returns:
            The state after them.

        Raises:
            StaleWorkerError: Another worker has gone further.
        """
        judge, last = loaded.judge, judgements[-1]
        number = judge.revisions - sum(len(judgement.revisions) for judgement in judgements)
        commands: list[Command] = []
        for judgement in judgements:
            commands += self._rows.of(judgement, loaded.rollup, number)
            number += len(judgement.revisions)
            self._journal.append(judgement.closed.bucket)
        commands += self._rows.closing(last, judge)
        if judgements[0].closed.bucket // self._slot != (last.closed.bucket + 1) // self._slot:
            commands += self._rows.outlooks(judge)
        if len(self._journal) >= SNAPSHOT_EVERY:
            commands += self._rows.snapshot(last.closed.bucket, judge, self._journal)
            self._journal = []
        commands.append(self._rows.state(last.closed.bucket, judge, self._identity()))
        await self._persist(lambda: self._write(loaded.closed, judge.digest, commands))
        return Loaded(last.closed.bucket, judge, loaded.rollup)

    async def _write(self, before: int | None, digest: str, commands: Sequence[Command]) -> None:
        """Compare, and write if nothing has changed; what changed in between makes it compare again."""
        async with self._redis.pipeline(transaction=True) as pipe:
            while True:
                try:
                    await pipe.watch(self.keys.state)
                    closed, written = await pipe.hmget(self.keys.state, "closed", "digest")
                    if written == digest.encode():
                        return  # an earlier attempt got through, only its answer was lost
                    self._check_is_last(None if closed is None else int(closed), before)
                    pipe.multi()
                    for command in commands:
                        pipe.execute_command(*command)
                    await pipe.execute()
                except WatchError:  # also what redis-py says when the connection was lost on the way
                    await pipe.reset()
                else:
                    return

    def _check_is_last(self, stored: int | None, before: int | None) -> None:
        """Make sure that nobody has gone further, and that Redis still has what it had taken."""
        if stored == before:
            return
        if stored is None:
            raise lost(f"{self.keys.state} is gone, which this worker had left at bucket {before}")
        cause = "another worker has gone further"
        if before is not None and stored < before:
            cause = "Redis has gone back to an earlier state"
        raise StaleWorkerError(
            f"Redis: {self.keys.state} is at bucket {stored}, this worker had left it at {before}: {cause}, so this "
            "one starts afresh"
        )

    async def position(self, partition: int, offset: int) -> Position | None:
        """Read what a tally must know to go on from an offset; None if nobody has written that."""
        data = await self._persist(lambda: self._redis.hget(self.keys.positions(partition), offset))
        return None if data is None else _positions.decode(data)

    async def save_position(self, partition: int, offset: int, position: Position, committed: int | None) -> None:
        """Write what a tally must know to go on from an offset, before that offset can be committed.

        Args:
            partition: Of the topic ``posts``.
            offset: Of the first record that is not safe yet.
            position: Before that record.
            committed: What the group has committed; older positions are dropped.
        """
        key = self.keys.positions(partition)
        await self._persist(lambda: self._redis.hset(key, offset, _pack(position)))
        if committed is None:
            return
        fields = await self._persist(lambda: self._redis.hkeys(key))
        if stale := [field for field in fields if int(field) < committed]:
            await self._persist(lambda: self._redis.hdel(key, *stale))

    async def unpublished(self) -> list[tuple[int, bytes]]:
        """Read the revisions of incidents that Kafka has not acknowledged yet, in order."""
        done = int(await self._persist(lambda: self._redis.get(self.keys.published)) or 0)
        total = int(await self._persist(lambda: self._redis.hget(self.keys.state, "revisions")) or 0)
        if done >= total:
            return []
        numbers = list(range(done, total))
        records = await self._persist(lambda: self._redis.hmget(self.keys.log, numbers))
        return [(number, record) for number, record in zip(numbers, records, strict=True) if record is not None]

    async def mark_published(self, count: int) -> None:
        """Write how many revisions Kafka has acknowledged."""
        await self._persist(lambda: self._redis.set(self.keys.published, count))
