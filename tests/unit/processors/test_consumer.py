"""Faust's own consumer, not started: what is ours in it, and the private names that it relies on."""

# ruff: noqa: SLF001 - that Faust still has these private names is what is tested

import asyncio
from functools import partial, wraps
from types import SimpleNamespace
from unittest import mock

import faust
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.structs import ConsumerRecord, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from processors.consumer import FETCH_BYTES, FETCH_WAIT_MS, PRESSED_SECONDS, Consumer, check_begin
from processors.fetched import Fetched, _Batches
from tocsin.errors import LostStateError, StaleWorkerError

POSTS, OTHER = TopicPartition("posts", 0), TopicPartition("tallies", 0)


def begin(offset, committed, earliest=0):
    async def earliest_offsets(place):
        return {place: earliest}

    known = {} if committed is None else {POSTS: committed}
    consumer = SimpleNamespace(committed=known, earliest_offsets=earliest_offsets)
    return asyncio.run(check_begin(consumer, POSTS, offset))


def record(place, offset, value):
    return ConsumerRecord(place.topic, place.partition, offset, 1_000 + offset, 0, None, value, None, 0, len(value), ())


def with_consumer(test):
    """Run a test with a consumer, in an event loop, which Faust's parts want while they are made."""

    @wraps(test)
    def run():
        async def running():
            app = faust.App("unit", broker="kafka://127.0.0.1:1", topic_disable_leader=True, web_enabled=False)
            app.transport.Consumer = partial(Consumer, together=["posts"])
            app.consumer_generation_id = 3
            consumer = app.consumer
            thread = consumer._thread
            try:
                await test(consumer)
            finally:
                thread.thread_loop.close()

        asyncio.run(running())

    del run.__wrapped__  # pytest would take the argument for a fixture
    return run


@with_consumer
async def test_records_of_a_fetch_are_one_event_at_the_offset_of_the_last(consumer):
    batches = [Fetched([4, 5], [1_004, 1_005], [b"x", None]), Fetched([6], [1_006], [b"z"])]
    fetched = {POSTS: batches, OTHER: [record(OTHER, 9, b"y")]}
    consumer._thread = SimpleNamespace(getmany=lambda *_, **__: asyncio.sleep(0, fetched))
    got = await consumer._getmany(active_partitions=None, timeout=1.0)
    (one,) = got[POSTS]
    assert (one.offset, one.timestamp) == (6, 1_006)
    assert one.value == Fetched([4, 5, 6], [1_004, 1_005, 1_006], [b"x", None, b"z"])
    assert got[OTHER] == fetched[OTHER], "what nobody asked for comes as it always does"
    message = consumer._to_message(POSTS, one)
    assert (message.offset, message.value, message.generation_id) == (6, one.value, 3)


@with_consumer
async def test_a_partition_that_has_room_again_does_not_wait_for_those_without_news(consumer):
    posts, tallies, waits = TP(*POSTS), TP(*OTHER), []

    def getmany(active_partitions, timeout):
        waits.append((set(active_partitions), timeout))
        return asyncio.sleep(0, {})

    consumer._thread = SimpleNamespace(getmany=getmany)
    consumer._active_partitions = {posts, tallies}
    await consumer._wait_next_records(1.0)
    consumer.on_buffer_full(posts)
    await consumer._wait_next_records(1.0)
    assert waits == [({posts, tallies}, 1.0), ({tallies}, PRESSED_SECONDS)]
    consumer.on_buffer_full(tallies)
    with mock.patch.object(asyncio, "sleep") as sleep:
        assert await consumer._wait_next_records(1.0) == ({}, set())
    sleep.assert_awaited_once_with(PRESSED_SECONDS)
    assert len(waits) == 2
    consumer.on_buffer_drop(posts)
    consumer.on_buffer_drop(tallies)
    await consumer._wait_next_records(1.0)
    assert waits[-1] == ({posts, tallies}, 1.0)


@with_consumer
async def test_it_commits_what_it_was_told_and_nothing_of_another_generation(consumer):
    assert consumer._filter_committable_offsets([POSTS]) == {}
    consumer.release(POSTS, 3, 7)
    consumer.release(OTHER, 2, 5)
    assert set(consumer._filter_tps_with_pending_acks()) == {POSTS, OTHER}
    assert set(consumer._filter_tps_with_pending_acks({"posts"})) == {POSTS}
    assert consumer._filter_committable_offsets([POSTS, OTHER]) == {POSTS: 7}


@with_consumer
async def test_only_what_the_broker_confirmed_is_taken_for_committed(consumer):
    """A commit that comes while the group rebalances is refused; positions before it are still needed."""
    answers = iter((False, True))
    consumer._thread = SimpleNamespace(
        commit=lambda _: asyncio.sleep(0, next(answers)),
        assignment=lambda: {POSTS},
        seek_to_committed=lambda: asyncio.sleep(0, {POSTS: 4, OTHER: None}),
    )
    await consumer.seek_to_committed()
    assert consumer.committed == {POSTS: 4}
    consumer.release(POSTS, 3, 7)
    assert not await consumer._commit_offsets(consumer._filter_committable_offsets([POSTS]))
    assert consumer.committed == {POSTS: 4}
    assert await consumer._commit_offsets(consumer._filter_committable_offsets([POSTS])), "it is tried again"
    assert consumer.committed == {POSTS: 7}
    assert consumer._filter_committable_offsets([POSTS]) == {}, "it is committed already"


@with_consumer
async def test_acknowledgements_of_faust_commit_nothing(consumer):
    consumer._acked[POSTS].extend(range(5))
    assert consumer._filter_committable_offsets([POSTS]) == {}
    await consumer._add_gap(POSTS, 5, 9)
    assert not consumer._gap[POSTS]


@with_consumer
async def test_a_fetch_waits_for_enough_but_not_for_long_and_what_it_finds_comes_in_columns(consumer):
    plain = SimpleNamespace()
    with (
        mock.patch.object(driver.AIOKafkaConsumerThread, "_create_worker_consumer", return_value=plain),
        mock.patch.object(fetcher, "PartitionRecords"),
    ):
        made = consumer._thread._create_worker_consumer(None)
        of_posts, of_others = (fetcher.PartitionRecords(place, *([None] * 7)) for place in (POSTS, OTHER))
    assert (made._fetch_max_wait_ms, made._fetch_min_bytes) == (FETCH_WAIT_MS, FETCH_BYTES)
    assert isinstance(of_posts, _Batches)
    assert not isinstance(of_others, _Batches)
    client = AIOKafkaConsumer(fetch_max_wait_ms=7, fetch_min_bytes=8)
    assert (client._fetch_max_wait_ms, client._fetch_min_bytes) == (7, 8), "aiokafka keeps them under other names"
    await client.stop()


def test_a_generation_begins_at_the_commit_or_before():
    assert begin(7, committed=7) == 7
    assert begin(5, committed=7) == 7, "what the last generation had acknowledged was committed meanwhile"


def test_without_a_commit_it_begins_where_the_log_does():
    assert begin(0, committed=None) is None
    assert begin(40, committed=None, earliest=40) is None


@pytest.mark.parametrize("committed", [None, 7])
def test_a_record_from_before_a_rebalance_is_not_taken_for_the_first(committed):
    with pytest.raises(StaleWorkerError, match=r"posts\[0\]: offset 40 came first"):
        begin(40, committed)


def test_records_that_retention_took_before_they_were_counted_are_named():
    with pytest.raises(LostStateError, match=r"posts\[0\]: offsets 7 to 39 are gone"):
        begin(40, committed=7, earliest=40)
