"""From a post that does not come to somebody who is woken, on all the real servers and with the default settings."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from servers.kafka import KafkaServer
from servers.missing import MissingError, go_without
from servers.pipeline import closed, tocsin, until
from servers.watching import Watching
from servers.workers import Workers
from streams.crowd import Crowd

from producers.broker import connect
from producers.items import read_line
from producers.writer import Writer
from tocsin.cli.children import LOOPBACK, free_port
from tocsin.cli.topics import create_topics
from tocsin.posts import Notice, encode
from tocsin.settings import Settings, load_settings

PROMISE = 20.0  # seconds from the last post, by its event time, to the webhook
JUNE = 1_245_000_000  # epoch seconds: 14 June 2009


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, namespace: str) -> Settings:
    settings = load_settings(
        namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, metrics_port=free_port()
    )
    create_topics(settings)
    return settings


@pytest.fixture
def workers(settings: Settings, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(1, tmp_path, settings.environment(), port=settings.metrics_port)
    yield workers
    workers.stop()


@pytest.fixture
def watching(settings: Settings, tmp_path: Path) -> Iterator[Watching]:
    try:
        watching = Watching(tmp_path, [f"{LOOPBACK}:{settings.metrics_port}"])
    except MissingError as error:
        go_without(error)
    yield watching
    watching.stop()


@pytest.fixture
def writer(settings: Settings) -> Iterator[Writer]:
    with connect(settings.kafka, settings.topics.posts, linger_ms=50) as writer:
        yield writer


class Player:
    """Writes what a crowd says, each line when it is due.

    Args:
        crowd: That talks.
        writer: Into Kafka.
        speed: Seconds of event time in each second.
    """

    def __init__(self, crowd: Crowd, writer: Writer, speed: float) -> None:
        self._crowd, self._writer, self._speed = crowd, writer, speed

    def history(self, hours: int) -> None:
        """Write as fast as it goes what the detector learns from."""
        for _ in range(hours * 3600):
            for timed in self._crowd.second():
                self._writer.write(read_line(timed.line))
        self._writer.flush()

    def play(self, done: Callable[[], bool], origin: float, limit: float) -> None:
        """Go on in step with the clock, until something is so.

        Args:
            done: Asked once a second of event time.
            origin: Epoch seconds of the clock at which event time 0 would have been.
            limit: Seconds by the clock after which to give up waiting for it.
        """
        deadline = time.monotonic() + limit
        while not done() and time.monotonic() < deadline:
            for timed in self._crowd.second():
                while (pause := origin + timed.at / 1000 / self._speed - time.time()) > 0:
                    time.sleep(min(pause, 0.05))
                    self._writer.poll()
                self._writer.write(read_line(timed.line))


def test_a_channel_that_falls_silent_wakes_somebody_within_twenty_seconds(
    settings: Settings, workers: Workers, writer: Writer, watching: Watching, redis: Redis
) -> None:
    crowd = Crowd(int(time.time()) - 4 * 3600)
    player, webhook, ask = Player(crowd, writer, speed=1), watching.webhook, watching.prometheus.ask

    def live(done: Callable[[], bool], limit: float) -> None:
        player.play(done, origin=0, limit=limit)
        assert done(), f"{workers.logs()}\n{watching.words()}"

    player.history(hours=4)
    live(lambda: closed(redis, settings) * 5 > time.time() - 20, limit=120)
    watching.start()
    quiet = time.time() + 15
    live(lambda: time.time() > quiet, limit=30)
    assert webhook.received == []

    crowd.silent.add("sms")
    live(lambda: bool(webhook.received), limit=60)
    ((at, labels),) = webhook.firing()
    took = at - crowd.spoke["sms"] / 1000
    print(f"\nFrom the last post of a channel to the webhook: {took:.1f} s")
    assert (labels["alertname"], labels["series"]) == ("TocsinOutage", "channel=sms")
    assert took < PROMISE

    workers.kill(0)
    live(lambda: bool(ask("query", query="absent(tocsin_incident_open)")["result"]), limit=30)
    workers.revive()
    live(lambda: bool(ask("query", query="tocsin_incident_open")["result"]), limit=90)
    quiet = time.time() + 5
    live(lambda: time.time() > quiet, limit=30)
    assert len(webhook.received) == 1, "a restart of the worker rang again"


def test_maintenance_wakes_nobody_and_a_dead_collector_is_blind_and_no_outage(
    settings: Settings, workers: Workers, writer: Writer, watching: Watching, redis: Redis
) -> None:
    """Played at thirty times its speed: before, in and after a window, until its interruption is over for the judge."""
    crowd = Crowd(JUNE)
    player, webhook, speed = Player(crowd, writer, speed=30), watching.webhook, 30
    player.history(hours=2)
    origin = time.time() - crowd.now / speed

    def play(minutes: float) -> None:
        end = crowd.now + minutes * 60
        player.play(lambda: crowd.now >= end, origin, limit=120)

    def firing(alert: str) -> bool:
        query = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
        return bool(watching.prometheus.ask("query", query=query)["result"])

    until(lambda: closed(redis, settings) >= crowd.now // 5 - 3, workers.logs)
    watching.start()
    origin = time.time() - crowd.now / speed
    begin = crowd.now + 240
    writer.write(read_line(encode([_notice(begin, begin + 600)])))
    play(minutes=4.5)
    assert firing("TocsinMaintenance")

    crowd.silent.add("twitter")
    play(minutes=6)
    until(lambda: firing("TocsinOutage"), watching.words)
    (outage,) = [a for a in watching.alertmanager.alerts() if a["labels"]["alertname"] == "TocsinOutage"]
    assert outage["status"]["state"] == "suppressed"
    assert outage["labels"]["severity"] == "info"

    crowd.silent.clear()
    play(minutes=12)
    assert crowd.now > begin + 600, "the window is over"
    (interruption,) = json.loads(tocsin("incidents", "--json", settings=settings).stdout)
    assert (interruption["series"], interruption["planned"]) == ("channel=twitter", "on_time")
    assert interruption["closed_at"]
    assert webhook.received == []

    crowd.dead.add("crawler")
    play(minutes=5)
    until(lambda: bool(webhook.received), watching.words)
    play(minutes=2)
    assert [(a["alertname"], a["series"]) for _, a in webhook.firing()] == [("TocsinBlind", "source=crawler")]


def _notice(begin: int, end: int) -> Notice:
    """Declare maintenance of twitter, between two times in epoch seconds."""
    return Notice("maintenance", "upgrade", "twitter", begin * 1000, end * 1000, (begin - 200) * 1000, "declared")
