"""Detection moves from one worker to another: the first one must not go on showing what it knew."""

import os
import signal
import urllib.error
import urllib.request
from pathlib import Path

from redis import Redis
from servers.kafka import KafkaServer
from servers.pipeline import closed, offline, until, write
from servers.workers import Workers
from streams.silence import SILENT, START, silence

from tocsin.cli.children import free_port
from tocsin.cli.topics import create_topics
from tocsin.posts import Heartbeat, encode
from tocsin.settings import load_settings

INCIDENT = 'tocsin_incident_open{kind="outage"'
CLOSED = "\ntocsin_closed_timestamp_seconds "


def test_a_worker_that_was_frozen_and_lost_detection_shows_the_present_no_more(
    kafka: KafkaServer, redis_url: str, redis: Redis, namespace: str, tmp_path: Path
) -> None:
    settings = load_settings(namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, partitions=1)
    create_topics(settings)
    lines = silence()
    begin, half, end = (_second(lines, second) for second in (2_700, SILENT[0] + 120, SILENT[0] + 240))
    before, after = lines[begin:half], lines[half:end]
    ports = free_port(), free_port()
    homes = [tmp_path / str(port) for port in ports]
    for home in homes:
        home.mkdir()
    first = Workers(1, homes[0], settings.environment(), ports[0])
    second = None
    try:
        write(settings, before)
        through = offline(settings, before).closed
        until(lambda: closed(redis, settings) >= through and CLOSED in _metrics(ports[0]), first.logs)

        os.kill(first.pids[0], signal.SIGSTOP)
        second = Workers(1, homes[1], settings.environment(), ports[1])
        until(lambda: CLOSED in _metrics(ports[1]), second.logs)
        assert INCIDENT in _metrics(ports[1]), "an incident that lasts is shown before the next bucket closes"
        os.kill(first.pids[0], signal.SIGCONT)
        until(lambda: bool(_metrics(ports[0])) and _showing(ports) == 1, lambda: first.logs() + second.logs())

        write(settings, after)
        until(lambda: closed(redis, settings) >= through + 20, lambda: first.logs() + second.logs())
        assert _showing(ports) == 1
    finally:
        os.kill(first.pids[0], signal.SIGCONT)
        for workers in (first, second):
            if workers:
                workers.stop()


def _second(lines: list[bytes], second: int) -> int:
    """Where a second of the stream is over: behind the heartbeats that say so."""
    beat = encode([Heartbeat("stream", START + second * 1000, ("twitter",))])
    return lines.index(beat) + 1


def _showing(ports: tuple[int, int]) -> int:
    return sum(CLOSED in _metrics(port) for port in ports)


def _metrics(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, OSError):
        return ""
