"""Redis and Kafka go away in the middle of a stream, and come back: waiting and catching up, never losing."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from servers.kafka import KafkaServer
from servers.pipeline import digest, offline, until, write
from servers.redis import RedisServer
from servers.workers import Workers
from streams.noisy import Noisy

from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings

# kafka-python leaves the sockets of refused connections to the garbage collector, which warns.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

STREAM = Noisy(seed=9, seconds=240, rate=200.0)
AWAY_SECONDS = 12.0


@pytest.fixture(autouse=True)
def _collect_here() -> Iterator[None]:
    """Let the collector warn now, where it is ignored, and not in the middle of some other test."""
    yield
    gc.collect()


def settings_of(namespace: str, kafka: KafkaServer, redis: RedisServer) -> Settings:
    settings = load_settings(namespace=namespace, kafka=kafka.bootstrap, redis=redis.url, partitions=2)
    create_topics(settings)
    return settings


def run(settings: Settings, folder: Path, disturb: Callable[[], None]) -> None:
    """Write half of a stream, disturb while the other half is being written, and compare with a quiet run."""
    lines = STREAM.lines()
    half = len(lines) // 2
    workers = Workers(2, folder, settings.environment())
    try:
        write(settings, lines[:half])
        writing = threading.Thread(target=write, args=(settings, lines[half:]))
        writing.start()
        disturb()  # in this thread: a server that is started again dies with the thread that did it
        writing.join()
        expected = offline(settings, lines).judge.digest
        until(lambda: _digest(settings) == expected, workers.logs, then=workers.revive)
    finally:
        workers.stop()


def _digest(settings: Settings) -> str:
    with Redis.from_url(settings.redis) as redis:
        try:
            return digest(redis, settings)
        except RedisError:
            return ""


def test_redis_goes_away_and_comes_back_with_its_append_only_file(
    kafka: KafkaServer, redis_server: RedisServer, namespace: str, tmp_path: Path
) -> None:
    def disturb() -> None:
        redis_server.stop()
        time.sleep(AWAY_SECONDS)
        redis_server.start()

    run(settings_of(namespace, kafka, redis_server), tmp_path, disturb)


def test_the_broker_goes_away_and_comes_back(
    kafka: KafkaServer, redis_server: RedisServer, namespace: str, tmp_path: Path
) -> None:
    def disturb() -> None:
        kafka.stop()
        time.sleep(AWAY_SECONDS)
        kafka.start()

    run(settings_of(namespace, kafka, redis_server), tmp_path, disturb)


def test_the_broker_is_killed_and_comes_back(
    kafka: KafkaServer, redis_server: RedisServer, namespace: str, tmp_path: Path
) -> None:
    def disturb() -> None:
        kafka.kill()
        kafka.start()

    run(settings_of(namespace, kafka, redis_server), tmp_path, disturb)
