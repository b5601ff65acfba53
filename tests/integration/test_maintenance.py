"""Maintenance from the command line, through Kafka and a worker, and back from Redis."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from servers.kafka import KafkaServer
from servers.pipeline import closed, tocsin, until, write
from servers.workers import Workers
from streams.silence import SECONDS, SOURCES, START, silence

from tocsin.cli.topics import create_topics
from tocsin.posts import Heartbeat, encode
from tocsin.settings import Settings, load_settings

END = START + SECONDS * 1000 + 8_000


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, namespace: str) -> Settings:
    settings = load_settings(namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, partitions=2)
    create_topics(settings)
    return settings


@pytest.fixture
def workers(settings: Settings, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(1, tmp_path, settings.environment())
    yield workers
    workers.stop()


def test_a_window_is_declared_moved_cancelled_and_reviewed(settings: Settings, workers: Workers, redis: Redis) -> None:
    beats = 0

    def go_on() -> None:
        """Let event time pass, so that the worker takes in what was written."""
        nonlocal beats
        beats += 1
        at = END + beats * 10_000
        write(settings, [encode([Heartbeat(source, at, (channel,))]) for source, channel in SOURCES.items()])
        until(lambda: closed(redis, settings) >= (at - 2_000) // 5_000 - 1, workers.logs)

    def say(*words: str) -> str:
        result = tocsin("maintenance", *words, settings=settings)
        assert result.returncode == 0, result.stderr
        return result.stdout

    write(settings, silence())
    go_on()
    declared = say("declare", "twitter", "2009-06-15 14:00-15:00", "--zone", "America/Los_Angeles", "--id", "upgrade",
                   "--at", "2009-06-14T20:00Z", "--audience", "Asia/Tehran")  # fmt: skip
    assert "Tue 2009-06-16 01:30" in declared
    go_on()
    (window,) = json.loads(say("list", "--json"))
    assert (window["id"], window["channel"], window["state"]) == ("upgrade", "twitter", "declared")
    assert window["end"] - window["begin"] == 3_600_000

    say(
        "move", "upgrade", "2009-06-16 01:30", "--duration", "30m", "--zone", "Asia/Tehran", "--at", "2009-06-14T20:01Z"
    )
    go_on()
    (moved,) = json.loads(say("list", "--json"))
    assert (moved["state"], moved["begin"], moved["end"]) == ("moved", window["begin"], window["begin"] + 1_800_000)
    assert moved["forecast"]["posts"] > 100

    advice = json.loads(say("advise", "--channel", "twitter", "--duration", "30m", "--horizon", "48h", "--json"))
    assert [one["id"] for one in advice["declared"]] == ["upgrade"]
    assert advice["best"][0]["posts"] <= advice["worst"]["posts"]

    say("cancel", "upgrade", "--at", "2009-06-14T20:02Z")
    go_on()
    (cancelled,) = json.loads(say("review", "--json"))
    assert (cancelled["state"], cancelled["lost"]) == ("cancelled", 0)

    refused = tocsin("maintenance", "declare", "twitter", "2-3p PST (1:30a in Iran)", "--date", "2009-06-16",
                     settings=settings)  # fmt: skip
    assert refused.returncode == 2
    assert "21:00-22:00 UTC" in refused.stderr
    assert "22:00-23:00 UTC" in refused.stderr
    unknown = tocsin("maintenance", "cancel", "nobody-declared-it", settings=settings)
    assert unknown.returncode != 0
    assert "upgrade" in unknown.stderr
