"""The pipeline as an operator runs it, and the little that tests need to drive it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition
from redis import Redis

from producers.broker import client_options, connect
from producers.items import read_line
from tocsin.lexicon import default_lexicon, lexicon_from_file
from tocsin.offline import Offline
from tocsin.settings import Settings


def tocsin(
    *arguments: str, settings: Settings | None = None, timeout: float = 500, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line, in an environment of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    environment = {**clean, **(settings.environment() if settings else {}), "COLUMNS": "160"}
    command = [sys.executable, "-m", "tocsin", *arguments]
    return subprocess.run(
        command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False
    )


def write(settings: Settings, lines: Iterable[bytes]) -> None:
    """Write lines through the real writer."""
    with connect(settings.broker, settings.topics.posts) as writer:
        for line in lines:
            writer.write(read_line(line))


def closed(redis: Redis, settings: Settings) -> int:
    """The last closed bucket."""
    return int(redis.hget(f"{settings.redis_prefix}state", "closed") or -1)


def digest(redis: Redis, settings: Settings) -> str:
    """What Redis holds of the digest."""
    return (redis.hget(f"{settings.redis_prefix}state", "digest") or b"").decode()


def until(
    condition: Callable[[], bool],
    words: Callable[[], str],
    seconds: float = 90,
    then: Callable[[], None] = lambda: None,
) -> None:
    """Wait for a condition; fail with the workers' words."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, words()[-6000:]
        then()
        time.sleep(0.1)


def offline(settings: Settings, lines: Iterable[bytes]) -> Offline:
    """Fold lines without servers."""
    lexicon = lexicon_from_file(settings.lexicon) if settings.lexicon else default_lexicon()
    pipeline = Offline(settings.rules, lexicon, settings.false_page_days)
    for line in lines:
        for _ in pipeline.fold(line):
            pass
    return pipeline


def messages(settings: Settings, topic: str, partition: int = 0) -> list[tuple[bytes, bytes]]:
    """Read a partition from its beginning to its present end: keys and values."""
    place = TopicPartition(topic, partition)
    with KafkaConsumer(**client_options(settings.broker), enable_auto_commit=False, group_id=None) as consumer:
        consumer.assign([place])
        end = consumer.end_offsets([place])[place]
        consumer.seek_to_beginning(place)
        read: list[tuple[bytes, bytes]] = []
        while consumer.position(place) < end:
            for records in consumer.poll(timeout_ms=1000).values():
                read += [(record.key, record.value) for record in records]
    return read


def words_of(folder: Path) -> Callable[[], str]:
    """What the workers of a folder have logged."""
    return lambda: "\n".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.log")))
