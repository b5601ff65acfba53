"""The store on a real Redis: what is written once is written whole, and what was overtaken writes nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from redis import Redis

from processors.store import SNAPSHOT_EVERY, Loaded, Store
from tocsin.clocks import Clock
from tocsin.errors import LostStateError, StaleWorkerError
from tocsin.judge import Judge
from tocsin.merge import ClosedBucket
from tocsin.settings import Settings, load_settings
from tocsin.tally import Position

FIRST = 249_000_000


@pytest.fixture
def settings(redis_url: str, namespace: str) -> Settings:
    return load_settings(redis=redis_url, namespace=namespace)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await work()

    asyncio.run(main())


@asynccontextmanager
async def opened(settings: Settings, lexicon: str = "words") -> AsyncIterator[Store]:
    store = Store(settings, settings.rules, lexicon)
    try:
        yield store
    finally:
        await store.aclose()


def judge_of(settings: Settings) -> Callable[[], Judge]:
    return lambda: Judge(settings.rules, settings.false_page_days)


def closed(number: int) -> ClosedBucket:
    posts = 3 + number % 5
    counts = {"channel=sms": (posts, 2, 1), "posts": (posts, 2, 1)}
    clocks = {"s": Clock((FIRST + number + 2) * 5_000, channels=("sms",))}
    return ClosedBucket(FIRST + number, counts, clocks, late={"sms": 1}, rejected={"not_json": 2})


async def commit(store: Store, loaded: Loaded, numbers: range) -> Loaded:
    return await store.commit(loaded, [loaded.judge.fold(closed(number)) for number in numbers])


def test_nothing_is_known_at_the_very_beginning(settings: Settings) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            loaded = await store.load(judge_of(settings))
            assert (loaded.closed, loaded.judge.digest) == (None, "")

    run(work)


@pytest.mark.parametrize("buckets", [7, SNAPSHOT_EVERY - 1, SNAPSHOT_EVERY, SNAPSHOT_EVERY + 9])
def test_what_was_committed_is_loaded_to_the_bit(settings: Settings, redis: Redis, buckets: int) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            loaded = await store.load(judge_of(settings))
            for number in range(0, buckets, 3):
                loaded = await commit(store, loaded, range(number, min(number + 3, buckets)))
            again = await store.load(judge_of(settings))
            assert again.closed == loaded.closed == FIRST + buckets - 1
            assert again.judge.snapshot() == loaded.judge.snapshot()
            more = [each.judge.fold(closed(buckets)).digest for each in (again, loaded)]
            assert more[0] == more[1]

    run(work)
    assert redis.hlen(f"{settings.redis_prefix}journal") < SNAPSHOT_EVERY


def test_counts_by_bucket_minute_and_hour_are_absolute(settings: Settings, redis: Redis) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            loaded = await commit(store, await store.load(judge_of(settings)), range(6))
            restarted = await store.load(judge_of(settings))
            assert restarted.closed == loaded.closed
            await commit(store, restarted, range(6, 24))

    run(work)
    prefix = settings.redis_prefix
    expected = [closed(number).counts["posts"][0] for number in range(24)]
    start = FIRST * 5
    bucket = redis.hgetall(f"{prefix}bucket:{start + 5}")
    assert {k.decode(): int(v) for k, v in bucket.items()} == {
        "channel=sms": 4, "posts": 4, "authors:channel=sms": 2, "authors:posts": 2
    }  # fmt: skip
    assert start % 60 == 0, "the first minute begins with the first bucket"
    assert int(redis.hget(f"{prefix}minute:{start}", "posts") or 0) == sum(expected[:12])
    assert int(redis.hget(f"{prefix}minute:{start + 60}", "posts") or 0) == sum(expected[12:])
    assert int(redis.hget(f"{prefix}hour:{start // 3600 * 3600}", "posts") or 0) == sum(expected)
    assert 0 < redis.ttl(f"{prefix}bucket:{start}") <= settings.keep_buckets_hours * 3600
    totals = {k.decode(): int(v) for k, v in redis.hgetall(f"{prefix}totals").items()}
    assert totals == {"buckets": 24, "posts": sum(expected), "late:sms": 24, "rejected:not_json": 48}


def test_a_worker_that_was_overtaken_writes_nothing(settings: Settings, redis: Redis) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            start = await commit(store, await store.load(judge_of(settings)), range(3))
            slow = await store.load(judge_of(settings))
            await commit(store, start, range(3, 9))
            before = redis.hgetall(f"{settings.redis_prefix}state")
            with pytest.raises(StaleWorkerError):
                await commit(store, slow, range(3, 5))
            assert redis.hgetall(f"{settings.redis_prefix}state") == before

    run(work)


def test_a_commit_whose_answer_was_lost_may_be_tried_again(settings: Settings) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            loaded = await store.load(judge_of(settings))
            judgements = [loaded.judge.fold(closed(number)) for number in range(3)]
            first = await store.commit(loaded, judgements)
            again = await store.commit(loaded, judgements)
            assert first.closed == again.closed

    run(work)


@pytest.mark.parametrize(
    ("change", "name"), [({"bucket_seconds": 10}, "bucket_ms"), ({"partitions": 9}, "partitions"), ({}, "lexicon")]
)
def test_counts_of_another_kind_are_not_continued(settings: Settings, change: dict[str, int], name: str) -> None:
    other = settings.model_copy(update=change)

    async def work() -> None:
        async with opened(settings) as store:
            await commit(store, await store.load(judge_of(settings)), range(3))
        async with opened(other, "words" if change else "other words") as store:
            with pytest.raises(LostStateError, match=f"{name} = "):
                await store.load(judge_of(other))

    run(work)


def test_a_journal_that_was_tampered_with_is_refused(settings: Settings, redis: Redis) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            await commit(store, await store.load(judge_of(settings)), range(3))
            changed = msgspec.structs.replace(closed(1), counts={"posts": (99, 2, 1)})
            redis.hset(f"{settings.redis_prefix}journal", str(FIRST + 1), msgspec.msgpack.encode(changed))
            with pytest.raises(LostStateError, match="do not lead to the digest"):
                await store.load(judge_of(settings))

    run(work)


def test_positions_are_found_by_offset_and_dropped_below_the_commit(settings: Settings) -> None:
    position = Position({"s": Clock(5, channels=("sms",))}, 7)

    async def work() -> None:
        async with opened(settings) as store:
            for offset in (10, 20, 30):
                await store.save_position(2, offset, position, committed=20)
            assert await store.position(2, 20) == position
            assert await store.position(2, 10) is None
            assert await store.position(1, 20) is None

    run(work)


def test_revisions_are_unpublished_until_they_are_marked(settings: Settings) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            loaded = await store.load(judge_of(settings))
            blind = closed(0), msgspec.structs.replace(closed(1), clocks={"s": Clock(0, channels=("sms",))})
            await store.commit(loaded, [loaded.judge.fold(bucket) for bucket in blind])
            ((number, record),) = await store.unpublished()
            assert (number, msgspec.json.decode(record)["kind"]) == (0, "blind")
            await store.mark_published(1)
            assert await store.unpublished() == []

    run(work)
