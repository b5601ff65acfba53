"""What Tocsin asks of a broker: one suite for Apache Kafka and for the demo's Tansu.

Writing goes through kafka-python and reading through aiokafka, as in the product (Faust reads with aiokafka).
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing
from typing import TypeVar, get_args

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from producers.broker import Compression
from tocsin.cli.embedded import embedded_kafka
from tocsin.posts import MAX_LINES, Post, encode

T = TypeVar("T")
PARTITIONS = 3
PATIENCE_S = 60.0


@pytest.fixture(scope="module", params=["tansu", pytest.param("apache", marks=pytest.mark.kafka)])
def bootstrap(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "tansu":
        with embedded_kafka() as broker:
            yield broker.bootstrap
    else:
        yield request.getfixturevalue("kafka").bootstrap


@pytest.fixture
def topic(bootstrap: str, namespace: str) -> str:
    name = f"{namespace}.posts"
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.create_topics([NewTopic(name, num_partitions=PARTITIONS, replication_factor=1)])
    return name


def write(
    bootstrap: str, topic: str, records: list[tuple[int, bytes]], compression: Compression | None = None
) -> list[tuple[int, int]]:
    """Write values to partitions, and return (partition, offset) of each as the broker acknowledged it."""
    with closing(
        KafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=False, compression_type=compression, linger_ms=5
        )
    ) as producer:
        sent = [producer.send(topic, value=value, partition=partition) for partition, value in records]
        producer.flush(PATIENCE_S)
        return [(done.partition, done.offset) for done in (future.get(PATIENCE_S) for future in sent)]


@asynccontextmanager
async def consumer(bootstrap: str, topic: str, group: str | None = None):
    reader = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=3000,  # Tansu lets a group wait for half of it
        heartbeat_interval_ms=500,
        max_partition_fetch_bytes=1024**2,
    )
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def take(reader: AIOKafkaConsumer, count: int) -> list[ConsumerRecord]:
    """Read so many records, and fail if they do not come."""
    found: list[ConsumerRecord] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            batches = await reader.getmany(timeout_ms=200, max_records=count - len(found))
            found += [record for batch in batches.values() for record in batch]
    return found


def run(work: Coroutine[None, None, T]) -> T:
    return asyncio.run(work)


def of_partition(records: list[ConsumerRecord], partition: int) -> list[ConsumerRecord]:
    return [record for record in records if record.partition == partition]


def test_a_topic_has_as_many_partitions_as_were_asked_for(bootstrap: str, topic: str) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        (described,) = admin.describe_topics([topic])
    assert sorted(p["partition_index"] for p in described["partitions"]) == list(range(PARTITIONS))


def test_offsets_are_contiguous_and_order_is_kept_within_a_partition(bootstrap: str, topic: str) -> None:
    records = [(i % PARTITIONS, b"%d" % i) for i in range(300)]
    acknowledged = write(bootstrap, topic, records)

    async def read() -> list[ConsumerRecord]:
        async with consumer(bootstrap, topic) as reader:
            return await take(reader, len(records))

    found = run(read())
    for partition in range(PARTITIONS):
        mine = of_partition(found, partition)
        assert [record.offset for record in mine] == list(range(100))
        assert [int(record.value) for record in mine] == list(range(partition, 300, PARTITIONS))
    assert acknowledged == [(i % PARTITIONS, i // PARTITIONS) for i in range(300)]


@pytest.mark.parametrize("compression", [None, *get_args(Compression)])
def test_a_batch_of_500_lines_comes_back_byte_for_byte_however_it_is_packed(
    bootstrap: str, topic: str, compression: Compression | None
) -> None:
    posts = [Post(f"p{i}", i, "scenario", "sms", f"a{i}", "پیامک قطع است 🔥" * 8) for i in range(MAX_LINES)]
    value = encode(posts)
    write(bootstrap, topic, [(0, value)] * 5, compression)

    async def read() -> list[ConsumerRecord]:
        async with consumer(bootstrap, topic) as reader:
            return await take(reader, 5)

    assert [record.value for record in run(read())] == [value] * 5


def test_a_record_near_the_size_limit_passes(bootstrap: str, topic: str) -> None:
    value = b"x" * 1_000_000
    write(bootstrap, topic, [(1, value), (1, b"after")])

    async def read() -> list[ConsumerRecord]:
        async with consumer(bootstrap, topic) as reader:
            return await take(reader, 2)

    assert [record.value for record in run(read())] == [value, b"after"]


def test_a_group_resumes_at_its_commit_and_reads_nothing_twice(bootstrap: str, topic: str) -> None:
    write(bootstrap, topic, [(0, b"%d" % i) for i in range(10)])
    group, partition = f"{topic}.group", TopicPartition(topic, 0)

    async def first_life() -> None:
        async with consumer(bootstrap, topic, group) as reader:
            await take(reader, 10)
            await reader.commit({partition: 4})

    async def second_life() -> tuple[int | None, list[ConsumerRecord]]:
        async with consumer(bootstrap, topic, group) as reader:
            return await reader.committed(partition), await take(reader, 6)

    run(first_life())
    committed, found = run(second_life())
    assert committed == 4
    assert [int(record.value) for record in found] == [4, 5, 6, 7, 8, 9]


def test_a_second_member_takes_over_some_partitions_and_gives_them_back(bootstrap: str, topic: str) -> None:
    group = f"{topic}.group"

    async def until(holds: Callable[[], bool], *readers: AIOKafkaConsumer) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                for reader in readers:
                    await reader.getmany(timeout_ms=50)

    async def members() -> list[set[TopicPartition]]:
        held = []
        everything = {TopicPartition(topic, p) for p in range(PARTITIONS)}
        async with consumer(bootstrap, topic, group) as one:
            await until(lambda: one.assignment() == everything, one)
            async with consumer(bootstrap, topic, group) as two:
                await until(
                    lambda: (
                        bool(one.assignment())
                        and bool(two.assignment())
                        and not one.assignment() & two.assignment()
                        and one.assignment() | two.assignment() == everything
                    ),
                    *(one, two),
                )
                held += [set(one.assignment()), set(two.assignment())]
            await until(lambda: one.assignment() == everything, one)
            return [*held, set(one.assignment())]

    first, second, back = run(members())
    assert first
    assert second
    assert not first & second
    assert first | second == back == {TopicPartition(topic, p) for p in range(PARTITIONS)}
