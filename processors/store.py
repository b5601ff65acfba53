"""Redis as the shared memory of what has closed.

One transaction writes everything that a run of closed buckets led to, guarded by the last closed bucket: a worker
that another has overtaken writes nothing. Redis going away means waiting, for as long as it takes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import redis.asyncio as aioredis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError, WatchError
from redis.exceptions import TimeoutError as RedisTimeoutError

from processors.rollup import Rollup
from processors.rows import Command, Rows
from tocsin.access import explain_redis, no_redis, redis_address, redis_user
from tocsin.clocks import Rules
from tocsin.detect.baseline import SLOT_MS
from tocsin.errors import ForeignStateError, LostStateError, StaleWorkerError
from tocsin.judge import Judge, Judgement
from tocsin.keys import VERSION, Keys
from tocsin.merge import ClosedBucket
from tocsin.settings import Settings
from tocsin.tally import Position

logger = logging.getLogger(__name__)

SNAPSHOT_EVERY = 120  # buckets; how many are folded again after a restart, at the most
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
Result = TypeVar("Result")

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
        self._on_error = on_error
        self._rows = Rows(settings, rules)
        self._slot = max(1, SLOT_MS // rules.bucket_ms)  # buckets after which the outlook is worked out anew
        self._journal: list[int] = []
        self._address = redis_address(settings.redis)
        self._redis: Any = aioredis.Redis.from_url(settings.redis_url, socket_timeout=10, socket_connect_timeout=5)

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

    async def _persist(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """Try until Redis answers. Every write is absolute, so one whose answer was lost may be tried again."""
        wait = FIRST_WAIT
        while True:
            try:
                return await attempt()
            except (RedisConnectionError, RedisTimeoutError, OSError) as error:
                self._check_access(error)
                reason: Exception = error
            except ResponseError as error:
                self._check_access(error)
                if not str(error).startswith(("OOM", "READONLY", "LOADING", "BUSY", "MISCONF")):
                    raise
                reason = error
            self._on_error()
            logger.warning("%s; trying again in %.1f s", no_redis(reason, self._address), wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def _check_access(self, error: Exception) -> None:
        """Stop, in words that help, when Redis answers and does not let us in."""
        if refused := explain_redis(error, self._address, redis_user(self._settings.redis)):
            raise refused from None  # the error would quote what was to be written

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
            raise LostStateError(
                f"Redis: {self.keys.journal} and {self.keys.snapshot} do not lead to the digest in {self.keys.state}. "
                "Restore a backup, or start a new namespace and replay"
            )
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
        commands.append(("HSET", self.keys.state, "closed", last.closed.bucket, "digest", judge.digest))
        commands.append(("HSET", self.keys.state, "revisions", judge.revisions))
        commands += [("HSET", self.keys.state, name, value) for name, value in self._identity().items()]
        await self._persist(lambda: self._write(loaded.closed, judge.digest, commands))
        return Loaded(last.closed.bucket, judge, loaded.rollup)

    async def _write(self, before: int | None, digest: str, commands: Sequence[Command]) -> None:
        """Compare, and write if nothing has changed; what changed in between makes it compare again."""
        async with self._redis.pipeline(transaction=True) as pipe:
            while True:
                await pipe.watch(self.keys.state)
                closed, written = await pipe.hmget(self.keys.state, "closed", "digest")
                if written == digest.encode():
                    return  # an earlier attempt got through, only its answer was lost
                if (None if closed is None else int(closed)) != before:
                    raise StaleWorkerError(
                        f"Redis: {self.keys.state} is at bucket {closed!r}, this worker had left it at {before}: "
                        "another worker has gone further, so this one starts afresh"
                    )
                pipe.multi()
                for command in commands:
                    pipe.execute_command(*command)
                try:
                    await pipe.execute()
                except WatchError:  # also what redis-py says when the connection was lost on the way
                    await pipe.reset()
                else:
                    return

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
