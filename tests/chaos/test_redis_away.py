"""Redis goes away, dies, or takes no writes, in the middle of a stream: workers wait, say why, and lose nothing."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis
from redis.exceptions import OutOfMemoryError
from servers.disturbed import assert_undisturbed, closed_now
from servers.redis import RedisServer
from servers.relay import Relay
from servers.workers import Workers
from streams.noisy import Noisy

from tocsin.settings import Settings

STREAM = Noisy(seed=10, seconds=180, rate=50.0)
AWAY = [pytest.param(12.0, id="12s"), pytest.param(90.0, id="90s", marks=pytest.mark.nightly)]
UNWILLING_SECONDS = 5.0


@pytest.fixture
def workers(deployment: Callable[..., Settings], tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(2, tmp_path, deployment().environment())
    yield workers
    workers.stop()


def assert_waited(workers: Workers, *words: str) -> None:
    """Waiting is enough: a worker that ended and was started again would have done more than needed."""
    assert workers.restarts == 0, workers.logs()[-6000:]
    for word in words:
        assert word in workers.logs(), workers.logs()[-6000:]
    assert "Traceback" not in workers.logs()


@pytest.mark.parametrize("seconds", AWAY)
def test_redis_stops_and_comes_back_and_nothing_differs(
    seconds: float, redis_server: RedisServer, deployment: Callable[..., Settings], workers: Workers
) -> None:
    def stops() -> None:
        redis_server.stop()
        time.sleep(seconds)
        redis_server.start()

    assert_undisturbed(deployment(), STREAM.lines(), workers, stops)
    assert_waited(workers, "no Redis at", "trying again")


def test_workers_come_and_go_while_redis_is_away_and_nothing_differs(
    redis_server: RedisServer, deployment: Callable[..., Settings], workers: Workers
) -> None:
    """A rebalance finds agents that wait: what they hold is of the old generation, and so is what Faust has fetched."""

    def two_faults_at_once() -> None:
        for number in (0, 1, 0):
            redis_server.stop()
            workers.kill(number)
            time.sleep(1)
            workers.revive()
            time.sleep(3)
            redis_server.start()
            time.sleep(2)

    assert_undisturbed(deployment(), STREAM.lines(), workers, two_faults_at_once, seconds=15)


def test_redis_is_killed_and_reads_its_append_only_file_and_nothing_differs(
    redis_server: RedisServer, deployment: Callable[..., Settings], workers: Workers
) -> None:
    def dies() -> None:
        for _ in range(3):
            redis_server.kill()
            redis_server.start()
            time.sleep(1)

    assert_undisturbed(deployment(), STREAM.lines(), workers, dies)
    assert_waited(workers)


@pytest.mark.nightly
def test_the_line_to_redis_goes_dead_and_nothing_differs(
    redis_server: RedisServer, deployment: Callable[..., Settings], tmp_path: Path
) -> None:
    relay = Relay(urlsplit(redis_server.url).port or 0)
    settings = deployment(redis=f"redis://127.0.0.1:{relay.port}/0")
    workers = Workers(2, tmp_path, settings.environment())

    def goes_dead() -> None:
        relay.cut()
        time.sleep(12)
        relay.mend()

    try:
        assert_undisturbed(settings, STREAM.lines(), workers, goes_dead)
        assert_waited(workers, "TimeoutError")
    finally:
        workers.stop()
        relay.close()


@contextmanager
def out_of_memory(redis: Redis) -> Iterator[None]:
    redis.config_set("maxmemory-policy", "noeviction")
    redis.config_set("maxmemory", redis.info("memory")["used_memory"] // 2)
    try:
        with pytest.raises(OutOfMemoryError):
            redis.set("more", "x")
        yield
    finally:
        redis.config_set("maxmemory", 0)  # what the workers' words advise: raise it


@contextmanager
def replica_of_nowhere(redis: Redis) -> Iterator[None]:
    redis.replicaof("127.0.0.1", "9")
    try:
        yield
    finally:
        redis.replicaof("NO", "ONE")


@contextmanager
def unable_to_save(redis: Redis) -> Iterator[None]:
    """A snapshot that cannot be written has the same answer as an append-only file on a full disk."""
    folder = Path(redis.config_get("dir")["dir"])
    blocking = folder / "dump.rdb"
    shutil.rmtree(blocking, ignore_errors=True)
    blocking.mkdir()
    (blocking / "full").touch()
    redis.config_set("save", "3600 1")
    try:
        redis.bgsave()
        while redis.info("persistence")["rdb_bgsave_in_progress"]:
            time.sleep(0.05)
        assert redis.info("persistence")["rdb_last_bgsave_status"] == "err"
        yield
    finally:
        shutil.rmtree(blocking)
        redis.config_set("save", "")


def test_redis_takes_no_writes_for_a_while_and_nothing_differs(
    redis: Redis, deployment: Callable[..., Settings], workers: Workers
) -> None:
    settings = deployment()

    def refuses() -> None:
        for unwilling in (out_of_memory, replica_of_nowhere, unable_to_save):
            with unwilling(redis):
                stood = closed_now(settings)
                time.sleep(UNWILLING_SECONDS)
                assert closed_now(settings) <= stood + 1, "it took writes all the same"
            time.sleep(1)

    assert_undisturbed(settings, STREAM.lines(), workers, refuses, seconds=4 * UNWILLING_SECONDS)
    assert_waited(workers, "OOM", "Raise maxmemory", "READONLY", "REPLICAOF NO ONE", "MISCONF", "Make room")
