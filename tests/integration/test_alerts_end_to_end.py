"""From a post that does not come to somebody who is woken, on all the real servers and with the default settings."""

import json
import sys
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
from streams.crowd import Crowd, Timed

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
    settings = load_settings(namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, metrics_port=free_port())
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
    with connect(settings.broker, settings.topics.posts, linger_ms=50) as writer:
        yield writer


class Player:
    """Writes what a crowd says, each line when it is due.

    Args:
        crowd: That talks.
        writer: Into Kafka.
    """

    def __init__(self, crowd: Crowd, writer: Writer) -> None:
        self._crowd, self._writer = crowd, writer

    def history(self, hours: int) -> None:
        """Write as fast as it goes what the detector learns from."""
        for _ in range(hours * 3600):
            self._write(self._crowd.second(beats=10), lambda _: 0)
        self._writer.flush()

    def live(self, done: Callable[[], bool], words: Callable[[], str], limit: float) -> None:
        """Go on in step with the clock, until something is so; fail with words after so many seconds."""
        deadline = time.monotonic() + limit
        while not done():
            assert time.monotonic() < deadline, words()[-6000:]
            self._write(self._crowd.second(), lambda at: at)

    def replay(self, seconds: int, speed: float) -> None:
        """Go on for so many seconds of event time, faster than the clock."""
        begin, now = self._crowd.now, time.time()
        for _ in range(seconds):
            self._write(self._crowd.second(), lambda at: now + (at - begin) / speed)

    def _write(self, second: list[Timed], due: Callable[[float], float]) -> None:
        for at, line in second:
            while (pause := due(at / 1000) - time.time()) > 0:
                time.sleep(min(pause, 0.05))
                self._writer.poll()
            self._writer.write(read_line(line))


def test_a_channel_that_falls_silent_wakes_somebody_within_twenty_seconds(
    settings: Settings, workers: Workers, writer: Writer, watching: Watching, redis: Redis
) -> None:
    crowd = Crowd(int(time.time()) - 4 * 3600)
    player, webhook, ask = Player(crowd, writer), watching.webhook, watching.prometheus.ask

    def live(done: Callable[[], bool], limit: float = 90) -> None:
        player.live(done, lambda: f"{workers.logs()}\n{watching.words()}", limit)

    player.history(hours=4)
    live(lambda: closed(redis, settings) * 5 > time.time() - 20, limit=180)
    watching.start()
    quiet = time.time() + 10
    live(lambda: time.time() > quiet)
    assert webhook.received == []

    crowd.silent.add("sms")
    live(lambda: bool(webhook.received))
    ((at, labels),) = webhook.firing()
    took = at - crowd.spoke["sms"] / 1000
    sys.stdout.write(f"\nFrom the last post of a channel to the webhook: {took:.1f} s\n")
    assert (labels["alertname"], labels["series"]) == ("TocsinOutage", "channel=sms")
    assert took < PROMISE

    workers.kill(0)
    live(lambda: bool(ask("query", query="absent(tocsin_incident_open)")["result"]))
    workers.revive()
    live(lambda: bool(ask("query", query="tocsin_incident_open")["result"]))
    quiet = time.time() + 5
    live(lambda: time.time() > quiet)
    assert len(webhook.received) == 1, "a restart of the worker rang again"


def test_maintenance_wakes_nobody_and_a_dead_collector_is_blind_and_no_outage(
    settings: Settings, workers: Workers, writer: Writer, watching: Watching, redis: Redis
) -> None:
    """Played at thirty times its speed: before, in and after a window, until its interruption is over for the judge."""
    crowd = Crowd(JUNE)
    player, webhook = Player(crowd, writer), watching.webhook

    def firing(alert: str) -> bool:
        query = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
        return bool(watching.prometheus.ask("query", query=query)["result"])

    def words() -> str:
        return f"{workers.logs()}\n{watching.words()}"

    player.history(hours=2)
    until(lambda: closed(redis, settings) >= crowd.now // 5 - 5, words, seconds=180)
    watching.start()
    begin = crowd.now + 240
    writer.write(read_line(encode([_notice(begin, begin + 600)])))
    player.replay(seconds=270, speed=30)
    until(lambda: firing("TocsinMaintenance"), words)

    crowd.silent.add("twitter")
    player.replay(seconds=360, speed=30)
    until(lambda: firing("TocsinOutage"), words)
    until(lambda: _states(watching, "TocsinOutage") == [("info", "suppressed")], words)

    crowd.silent.clear()
    player.replay(seconds=720, speed=30)
    assert crowd.now > begin + 600, "the window is over"
    until(lambda: closed(redis, settings) >= crowd.now // 5 - 5, words)
    (interruption,) = json.loads(tocsin("incidents", "--json", settings=settings).stdout)
    assert (interruption["series"], interruption["planned"]) == ("channel=twitter", "on_time")
    assert interruption["closed_at"]
    assert webhook.received == []

    crowd.dead.add("crawler")
    player.replay(seconds=240, speed=30)
    until(lambda: bool(webhook.received), words)
    player.replay(seconds=120, speed=30)
    assert [(a["alertname"], a["series"]) for _, a in webhook.firing()] == [("TocsinBlind", "source=crawler")]


def _states(watching: Watching, alert: str) -> list[tuple[str, str]]:
    """How severe the alerts of a name are, and whether Alertmanager lets them be heard."""
    alerts = [one for one in watching.alertmanager.alerts() if one["labels"]["alertname"] == alert]
    return [(one["labels"]["severity"], one["status"]["state"]) for one in alerts]


def _notice(begin: int, end: int) -> Notice:
    """Declare maintenance of twitter, between two times in epoch seconds."""
    return Notice("maintenance", "upgrade", "twitter", begin * 1000, end * 1000, (begin - 200) * 1000, "declared")
