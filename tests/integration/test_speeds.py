"""Every verdict through Apache Kafka, as it happened and as fast as possible, by one worker and by three."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from redis import Redis
from servers.kafka import KafkaServer
from servers.pipeline import digest, offline, tocsin, until
from servers.workers import Workers
from streams.crisis import SETTINGS, crisis

from producers.archive.pacing import Pacer
from producers.archive.replay import replay
from producers.broker import connect
from producers.items import Item, read_line
from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings

EXPECTED = {
    ("outage", "channel=sms", "unannounced", ("reports", "volume"), "critical"),
    ("outage", "channel=twitter", "on_time", ("volume",), "info"),
    ("blind", "source=crawler", None, (), "warning"),
    ("exposed", "channel=twitter", None, (), "critical"),
    ("backlog", "backlog=sms", None, (), "info"),
    ("burst", "report=sms", None, (), "info"),  # the reports came first, and became a part of the outage
}


def items(lines: Iterator[bytes]) -> Iterator[Item]:
    return map(read_line, lines)


@pytest.mark.parametrize(("workers", "speed"), [(1, None), (3, 1.0)], ids=["full speed, one", "as it was, three"])
def test_verdicts_and_digest_are_the_same_at_any_speed_and_with_any_number_of_workers(
    workers: int, speed: float | None, kafka: KafkaServer, redis_url: str, redis: Redis, tmp_path: Path, namespace: str
) -> None:
    settings: Settings = load_settings(
        namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, partitions=3, **SETTINGS
    )
    create_topics(settings)
    expected = offline(settings, (line for second in crisis() for line in second.lines))
    running = Workers(workers, tmp_path, settings.environment())
    try:
        # An hour of calm goes in a moment; only the crisis is played as it was.
        with connect(settings.kafka, settings.topics.posts) as writer:
            for in_crisis, seconds in groupby(crisis(), key=lambda second: second.in_crisis):
                pacer = Pacer(speed if in_crisis else None, settings.rules.ahead_ms, idle=writer.poll)
                replay(items(line for second in seconds for line in second.lines), writer, pacer)
        until(lambda: digest(redis, settings) == expected.judge.digest, running.logs)
    finally:
        running.stop()

    told = json.loads(tocsin("incidents", "--json", settings=settings).stdout)
    events = [incident for incident in told if incident["kind"] != "term"]
    assert len(events) == len(EXPECTED)
    found = {(i["kind"], i["series"], i["planned"], tuple(i["evidence"]), i["severity"]) for i in events}
    assert found == EXPECTED
    assert all(incident["closed_at"] is not None for incident in events)
    channels = json.loads(tocsin("status", "--json", settings=settings).stdout)["channels"]
    assert channels == {"sms": "alive", "twitter": "alive", "web": "alive"}
