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
from servers.pipeline import closed, digest, offline, until, write
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


def digest_after(settings: Settings, folder: Path, disturb: Callable[[], None]) -> str:
    """Write half of a stream, disturb while the other half is being written, and wait until all has closed."""
    lines = STREAM.lines()
    half = len(lines) // 2
    last = offline(settings, lines).closed
    workers = Workers(2, folder, settings.environment())
    try:
        write(settings, lines[:half])
        writing = threading.Thread(target=write, args=(settings, lines[half:]))
        writing.start()
        disturb()  # in this thread: a server that is started again dies with the thread that did it
        writing.join()
        until(lambda: _look(settings)[0] >= last, workers.logs, then=workers.revive)
        return _look(settings)[1]
    finally:
        workers.stop()


def _look(settings: Settings) -> tuple[int, str]:
    with Redis.from_url(settings.redis) as redis:
        try:
            return closed(redis, settings), digest(redis, settings)
        except RedisError:
            return -1, ""


def redis_stops(_: KafkaServer, redis: RedisServer) -> None:
    redis.stop()
    time.sleep(AWAY_SECONDS)
    redis.start()


def kafka_stops(kafka: KafkaServer, _: RedisServer) -> None:
    kafka.stop()
    time.sleep(AWAY_SECONDS)
    kafka.start()


def kafka_is_killed(kafka: KafkaServer, _: RedisServer) -> None:
    kafka.kill()
    kafka.start()


@pytest.mark.parametrize("disturb", [redis_stops, kafka_stops, kafka_is_killed])
def test_a_server_goes_away_and_comes_back_and_nothing_differs(
    disturb: Callable[[KafkaServer, RedisServer], None],
    kafka: KafkaServer,
    redis_server: RedisServer,
    namespace: str,
    tmp_path: Path,
) -> None:
    settings = load_settings(namespace=namespace, kafka=kafka.bootstrap, redis=redis_server.url, partitions=2)
    create_topics(settings)
    quiet = offline(settings, STREAM.lines()).judge.digest
    assert digest_after(settings, tmp_path, lambda: disturb(kafka, redis_server)) == quiet
