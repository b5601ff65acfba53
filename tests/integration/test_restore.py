"""The procedures of docs/operations.md: a Redis that was lost and restored goes on exactly, and not by accident."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.structs import OffsetAndMetadata
from redis import Redis
from servers.kafka import KafkaServer
from servers.missing import running
from servers.pipeline import closed, digest, offline, until, write
from servers.redis import RedisServer
from servers.workers import Workers

from producers.scenario import SCENARIOS
from tocsin.cli.topics import create_topics
from tocsin.errors import ForeignStateError
from tocsin.keys import Keys
from tocsin.settings import Settings, load_settings

PARTITIONS = 2
HOURS = 3


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """One that can be lost."""
    home = tmp_path / "redis"
    home.mkdir()
    yield from running(RedisServer, home)


@pytest.fixture
def settings(kafka: KafkaServer, own_redis: RedisServer, namespace: str) -> Settings:
    made = load_settings(
        kafka=kafka.bootstrap,
        redis=own_redis.url,
        namespace=namespace,
        partitions=PARTITIONS,
        bucket_seconds=60,
        allowed_lateness_seconds=60,
        blind_after_seconds=300,
        ahead_seconds=300,
    )
    create_topics(made)
    return made


def stream() -> list[bytes]:
    """A few hours of ordinary life, whole to its closing heartbeats."""
    quiet = SCENARIOS["quiet-week"]({})
    short = replace(quiet, end=quiet.begin + HOURS * 3_600_000)
    return [item.raw for item in short.lines(seed=1)]


def rewind(settings: Settings, redis: Redis) -> None:
    """Set the group back to where what Redis holds can go on; to its beginning where nothing was safe yet."""
    topics, keys = settings.topics, Keys(settings.redis_prefix)
    offsets = {
        TopicPartition(topics.posts.name, partition): min(map(int, redis.hkeys(keys.positions(partition))), default=0)
        for partition in range(PARTITIONS)
    }
    tallies = TopicPartition(topics.tallies.name, 0)
    with KafkaAdminClient(bootstrap_servers=settings.kafka) as admin:
        offsets[tallies] = admin.list_partition_offsets({tallies: OffsetSpec.EARLIEST})[tallies].offset
        until(lambda: not admin.describe_groups([settings.group])[settings.group]["members"], lambda: "still members")
        admin.alter_group_offsets(settings.group, {tp: OffsetAndMetadata(n, "", -1) for tp, n in offsets.items()})
        found = admin.list_group_offsets(settings.group)[settings.group]
    assert {tp: found[tp].offset for tp in offsets} == offsets


def test_a_redis_that_was_lost_is_restored_from_a_copy_and_counts_on_exactly(
    settings: Settings, own_redis: RedisServer, tmp_path: Path
) -> None:
    lines, data, backup = stream(), tmp_path / "redis/appendonlydir", tmp_path / "backup"
    half = len(lines) // 2
    truth, before = offline(settings, lines), offline(settings, lines[:half])
    (tmp_path / "logs").mkdir()
    workers = Workers(1, tmp_path / "logs", settings.environment())
    try:
        with Redis.from_url(settings.redis) as redis:
            write(settings, lines[:half])
            until(lambda: closed(redis, settings) >= before.judge.closed, workers.logs, 180)
            workers.stop()
            own_redis.stop()
            shutil.copytree(data, backup)
            own_redis.start()
            copied = closed(redis, settings)
            workers.revive()
            write(settings, lines[half:])
            until(lambda: closed(redis, settings) >= truth.judge.closed, workers.logs, 180)
            workers.stop()

            own_redis.kill()
            shutil.rmtree(data)
            shutil.copytree(backup, data)
            own_redis.start()
            assert closed(redis, settings) == copied < truth.judge.closed

            workers.revive()
            until(lambda: not workers.alive(), workers.logs, 180)
            assert "Redis has lost what it acknowledged" in workers.logs()

            rewind(settings, redis)
            workers.revive()
            until(lambda: closed(redis, settings) >= truth.judge.closed, workers.logs, 180)
            assert digest(redis, settings) == truth.judge.digest
    finally:
        workers.stop()


def test_a_worker_refuses_what_another_release_wrote_at_its_start_and_is_not_started_again(
    settings: Settings, own_redis: RedisServer, tmp_path: Path
) -> None:
    assert own_redis.pid
    foreign = {"version": "2", "bucket_ms": "60000", "partitions": "2", "lexicon": "", "closed": "1", "digest": ""}
    with Redis.from_url(settings.redis) as redis:
        redis.hset(Keys(settings.redis_prefix).state, mapping=foreign)
        workers = Workers(1, tmp_path, settings.environment())
        try:
            until(lambda: not workers.alive(), workers.logs, 120)
        finally:
            workers.stop()
        assert redis.hgetall(Keys(settings.redis_prefix).state)[b"version"] == b"2"
    assert workers.codes == [ForeignStateError.exit_code] == [2]
    said = workers.logs()
    assert "was written with version = 2, this worker has" in said
    assert "run the release that wrote it" in said
    assert "TOCSIN_NAMESPACE and replay" in said
