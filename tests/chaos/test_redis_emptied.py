"""Redis comes back without what it had acknowledged: workers refuse with a reason, and can count it all again."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from redis import Redis
from servers.disturbed import closed_now, outcome_of, undisturbed
from servers.pipeline import tocsin, until, write
from servers.redis import RedisServer
from servers.workers import Workers
from streams.noisy import Noisy

from tocsin.settings import Settings

STREAM = Noisy(seed=13, seconds=180, rate=50.0)
REASON = "Redis has lost what it acknowledged"
Restart = Callable[[RedisServer, Path], None]


def folder_of(redis_server: RedisServer) -> Path:
    with Redis.from_url(redis_server.url) as redis:
        return Path(redis.config_get("dir")["dir"]) / redis.config_get("appenddirname")["appenddirname"]


def empty(redis_server: RedisServer, _: Path) -> None:
    folder = folder_of(redis_server)
    redis_server.stop()
    shutil.rmtree(folder)
    redis_server.start()


def with_the_files_of_an_hour_ago(redis_server: RedisServer, earlier: Path) -> None:
    folder = folder_of(redis_server)
    redis_server.stop()
    shutil.rmtree(folder)
    shutil.copytree(earlier, folder)
    redis_server.start()


def committed(settings: Settings) -> bool:
    """Whether the workers have committed something of every topic that they read."""
    with KafkaAdminClient(bootstrap_servers=settings.kafka) as admin:
        offsets = admin.list_group_offsets(settings.group)[settings.group]
    read = {place.topic for place, offset in offsets.items() if offset.offset > 0}
    return read >= {settings.topics.posts.name, settings.topics.tallies.name}


@pytest.mark.parametrize("restart", [empty, pytest.param(with_the_files_of_an_hour_ago, marks=pytest.mark.nightly)])
def test_what_redis_lost_is_refused_with_a_reason_and_counted_again_on_request(
    restart: Restart, redis_server: RedisServer, deployment: Callable[..., Settings], tmp_path: Path
) -> None:
    settings, lines = deployment(partitions=1), STREAM.lines()
    expected, earlier = undisturbed(settings, lines), tmp_path / "earlier"
    third = len(lines) // 3
    workers = Workers(1, tmp_path, settings.environment())
    try:
        write(settings, lines[:third])
        until(lambda: closed_now(settings) > 0, workers.logs)
        shutil.copytree(folder_of(redis_server), earlier)
        early = closed_now(settings)
        write(settings, lines[third : 2 * third])
        until(lambda: closed_now(settings) > early + 5 and committed(settings), workers.logs)

        restart(redis_server, earlier)
        known = closed_now(settings)
        write(settings, lines[2 * third :])
        until(lambda: workers.logs().count(REASON) >= 2, workers.logs, then=workers.revive)
        assert "tocsin rebuild" in workers.logs()
        assert closed_now(settings) == known, "it went on all the same, from the middle of the stream"
    finally:
        workers.stop()

    assert_rebuilt_once_nobody_runs(settings)
    workers = Workers(1, tmp_path, settings.environment())
    try:
        until(lambda: closed_now(settings) >= expected.closed, workers.logs)
        time.sleep(1)
        assert workers.alive()
        assert outcome_of(settings, expected.buckets) == expected
    finally:
        workers.stop()


def assert_rebuilt_once_nobody_runs(settings: Settings) -> None:
    """The broker takes a worker that ended without a word for alive, for the six seconds of its session."""
    deadline = time.monotonic() + 30
    while (done := tocsin("rebuild", "--yes", settings=settings)).returncode:
        assert "Stop all workers" in done.stderr
        assert time.monotonic() < deadline, done.stderr
        time.sleep(1)
    assert "Start the workers" in done.stderr


def test_a_rebuild_does_nothing_while_a_worker_runs(deployment: Callable[..., Settings], tmp_path: Path) -> None:
    settings = deployment(partitions=1)
    workers = Workers(1, tmp_path, settings.environment())
    try:
        write(settings, STREAM.lines()[:2000])
        until(lambda: closed_now(settings) > 0 and committed(settings), workers.logs)
        before = closed_now(settings)
        refused = tocsin("rebuild", "--yes", settings=settings)
        assert refused.returncode == 1
        assert "Stop all workers, and try again. Nothing was changed" in refused.stderr.replace("\n", " ")
        assert closed_now(settings) >= before
        assert workers.alive()
    finally:
        workers.stop()
    assert committed(settings)
