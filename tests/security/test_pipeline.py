"""The whole pipeline with TLS, a password and no more than its rights for every role."""

from collections.abc import Callable
from pathlib import Path

from redis import Redis
from servers.pipeline import closed, digest, offline, until, write
from servers.workers import Workers
from streams.noisy import Noisy

from tocsin.cli.topics import create_topics
from tocsin.settings import Settings

STREAM = Noisy(seed=4, seconds=60, rate=40.0)


def test_each_role_does_its_work_with_its_own_rights_and_the_counts_are_right(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> None:
    worker, reader = settings_of("worker", "worker"), settings_of("reader")
    lines = STREAM.lines()
    quiet = offline(worker, lines)
    create_topics(worker)
    workers = Workers(1, tmp_path, worker.environment())
    try:
        write(settings_of("producer"), lines)
        with Redis.from_url(reader.redis_url) as redis:
            until(lambda: closed(redis, reader) >= quiet.closed, workers.logs, seconds=180)
            assert digest(redis, reader) == quiet.judge.digest
    finally:
        workers.stop()
