"""The store on a real Redis: what is written once is written whole, and what was overtaken writes nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from redis import Redis

from processors.store import SNAPSHOT_EVERY, Loaded, Store
from tocsin.cli.children import free_port
from tocsin.clocks import Clock
from tocsin.errors import LostStateError, StaleWorkerError
from tocsin.judge import Judge
from tocsin.merge import ClosedBucket
from tocsin.partials import Position
from tocsin.settings import Settings, load_settings

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


def test_a_journal_with_a_hole_in_it_is_refused(settings: Settings, redis: Redis) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            await commit(store, await store.load(judge_of(settings)), range(3))
            redis.hdel(f"{settings.redis_prefix}journal", str(FIRST + 2))
            with pytest.raises(LostStateError, match="do not lead to the digest"):
                await store.load(judge_of(settings))

    run(work)


def test_a_snapshot_that_is_gone_is_missed(settings: Settings, redis: Redis) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            await commit(store, await store.load(judge_of(settings)), range(SNAPSHOT_EVERY + 1))
            redis.delete(f"{settings.redis_prefix}snapshot")
            with pytest.raises(LostStateError, match="snapshot"):
                await store.load(judge_of(settings))

    run(work)


def test_what_another_version_wrote_is_not_continued(settings: Settings, redis: Redis) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            await commit(store, await store.load(judge_of(settings)), range(1))
            redis.hset(f"{settings.redis_prefix}state", "version", "0")
            with pytest.raises(LostStateError, match="version = 0"):
                await store.load(judge_of(settings))

    run(work)


def test_a_refusal_names_both_values_and_the_remedy(settings: Settings) -> None:
    other = settings.model_copy(update={"partitions": 9})

    async def work() -> None:
        async with opened(settings) as store:
            await commit(store, await store.load(judge_of(settings)), range(1))
        async with opened(other) as store:
            with pytest.raises(LostStateError, match=r"partitions = 4, this worker has 9.*TOCSIN_NAMESPACE"):
                await store.load(judge_of(other))

    run(work)


def test_of_two_workers_that_begin_together_one_alone_goes_on(settings: Settings, redis: Redis) -> None:
    async def attempt(store: Store, buckets: range) -> Loaded | StaleWorkerError:
        loaded = await store.load(judge_of(settings))
        try:
            return await commit(store, loaded, buckets)
        except StaleWorkerError as error:
            return error

    async def work() -> None:
        async with opened(settings) as one, opened(settings) as other:
            told = await asyncio.gather(attempt(one, range(3)), attempt(other, range(5)))
            (winner,) = [each for each in told if isinstance(each, Loaded)]
            assert [type(each) for each in told if each is not winner] == [StaleWorkerError]
            assert (await one.load(judge_of(settings))).judge.digest == winner.judge.digest

    run(work)
    assert int(redis.hget(f"{settings.redis_prefix}state", "closed") or 0) in {FIRST + 2, FIRST + 4}


@pytest.mark.parametrize("moment", [b"MULTI", b"EXEC"])
def test_a_connection_lost_in_a_transaction_costs_a_second_attempt_and_no_count(
    settings: Settings, redis: Redis, moment: bytes
) -> None:
    lost: list[bytes] = []

    async def work() -> None:
        async with forgetful(settings, moment, lost) as proxied:
            store = Store(proxied, proxied.rules, "words")
            try:
                loaded = await commit(store, await store.load(judge_of(settings)), range(3))
                await commit(store, loaded, range(3, 6))
            finally:
                await store.aclose()
        async with opened(settings) as store:
            again = await store.load(judge_of(settings))
            assert (again.closed, again.judge.digest) == (FIRST + 5, loaded.judge.digest)

    run(work)
    assert lost == [moment]
    sums = redis.hgetall(f"{settings.redis_prefix}minute:{FIRST * 5}")
    assert int(sums[b"posts"]) == sum(closed(number).counts["posts"][0] for number in range(6))


@asynccontextmanager
async def forgetful(settings: Settings, moment: bytes, lost: list[bytes]) -> AsyncIterator[Settings]:
    """Reach Redis through a proxy that hangs up once, after it has passed on what was written up to a moment.

    Before the end of a transaction that makes Redis forget it; after the end only the answer is lost.
    """
    host, port = settings.redis.removeprefix("redis://").split("/")[0].split(":")
    cut = False
    tasks: list[asyncio.Task[None]] = []

    async def answer(up_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await up_reader.read(1 << 16):
            if cut and not lost:
                lost.append(moment)
                break
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal cut
        up_reader, up_writer = await asyncio.open_connection(host, int(port))
        tasks.append(asyncio.create_task(answer(up_reader, writer)))
        while data := await reader.read(1 << 20):
            if b"HSET" in data and moment in data and not cut:
                cut = True
                data = data[: data.index(moment) + len(moment) + 2]
            up_writer.write(data)
        up_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield settings.model_copy(update={"redis": f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"})
    finally:
        server.close()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_the_log_goes_on_after_a_restart_and_is_published_in_order(settings: Settings) -> None:
    def at(number: int) -> ClosedBucket:
        dark = number % 65 == 1  # the collector stops and comes back, each time for long enough to be over
        clocks = {"s": Clock(0, channels=("sms",))} if dark else closed(number).clocks
        return msgspec.structs.replace(closed(number), clocks=clocks)

    async def work() -> None:
        for numbers in (range(100), range(100, 195)):
            async with opened(settings) as store:
                loaded = await store.load(judge_of(settings))
                await store.commit(loaded, [loaded.judge.fold(at(number)) for number in numbers])
        async with opened(settings) as store:
            told = await store.unpublished()
            records = [msgspec.json.decode(record) for _, record in told]
            assert [number for number, _ in told] == list(range(6))
            assert [record["revision"] for record in records] == [1, 2] * 3
            await store.mark_published(4)
            assert await store.unpublished() == told[4:]

    run(work)


def test_nothing_is_unpublished_at_the_very_beginning(settings: Settings) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            assert await store.unpublished() == []

    run(work)


def test_a_position_is_kept_until_something_is_committed(settings: Settings) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            await store.save_position(0, 5, Position({}, None), committed=None)
            await store.save_position(0, 9, Position({}, 3), committed=None)
            assert await store.position(0, 5) == Position({}, None)
            assert await store.position(0, 9) == Position({}, 3)

    run(work)


def test_a_snapshot_is_taken_before_the_journal_grows_long_even_in_one_long_run(
    settings: Settings, redis: Redis
) -> None:
    async def work() -> None:
        async with opened(settings) as store:
            loaded = await commit(store, await store.load(judge_of(settings)), range(3 * SNAPSHOT_EVERY))
            again = await store.load(judge_of(settings))
            assert again.judge.snapshot() == loaded.judge.snapshot()

    run(work)
    assert redis.hlen(f"{settings.redis_prefix}journal") == 0
    assert redis.hlen(f"{settings.redis_prefix}snapshot") == 1


def test_all_keys_lie_within_the_namespace(settings: Settings, redis: Redis) -> None:
    before = set(redis.scan_iter())

    async def work() -> None:
        async with opened(settings) as store:
            await commit(store, await store.load(judge_of(settings)), range(SNAPSHOT_EVERY))
            await store.save_position(0, 1, Position({}, 1), committed=0)
            await store.mark_published(0)

    run(work)
    written = set(redis.scan_iter()) - before
    assert len(written) > 5
    assert all(key.startswith(settings.redis_prefix.encode()) for key in written)


def test_while_redis_is_away_the_store_waits_and_tells_where_it_looks_but_no_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    port, errors = free_port(), []
    away = load_settings(redis=f"redis://:hush-hush@127.0.0.1:{port}/3")

    async def work() -> None:
        store = Store(away, away.rules, "words", lambda: errors.append(None))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.ping(), 0.5)
        await store.aclose()

    run(work)
    assert len(errors) > 1
    assert f"127.0.0.1:{port}/3" in caplog.text
    assert "hush" not in caplog.text
