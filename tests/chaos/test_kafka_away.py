"""Kafka goes away in the middle of a stream, and comes back: waiting and catching up, never losing."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers.disturbed import assert_undisturbed
from servers.kafka import KafkaServer
from servers.missing import running
from servers.relay import Relay
from servers.workers import Workers
from streams.noisy import Noisy

from tocsin.cli.children import LOOPBACK, free_port
from tocsin.settings import Settings

STREAM = Noisy(seed=9, seconds=180, rate=50.0)
AWAY = [pytest.param(12.0, id="12s"), pytest.param(90.0, id="90s", marks=pytest.mark.nightly)]


class RelayedKafka(KafkaServer):
    """An Apache Kafka that says of itself that it is where the relay is."""

    relay: Relay

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.relay.port}"

    def _format(self) -> None:
        super()._format()
        self.relay = Relay(self._port, free_port())
        with self._config.open("a", encoding="utf-8") as config:
            config.write(f"advertised.listeners=PLAINTEXT://{self.bootstrap}\n")

    def stop(self) -> None:
        super().stop()
        self.relay.close()


@pytest.fixture(scope="module")
def relayed_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayedKafka]:
    yield from running(RelayedKafka, tmp_path_factory.mktemp("relayed"))


def stops(kafka: KafkaServer, seconds: float) -> None:
    kafka.stop()
    time.sleep(seconds)
    kafka.start()


def is_killed(kafka: KafkaServer, seconds: float) -> None:
    kafka.kill()
    time.sleep(seconds)
    kafka.start()


def freezes(kafka: KafkaServer, seconds: float) -> None:
    """Connections are accepted, by the machine, and nobody answers."""
    os.kill(kafka.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(kafka.pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (stops, 12.0),
        (is_killed, 0.0),
        pytest.param(freezes, 12.0, marks=pytest.mark.nightly),
        pytest.param(stops, 90.0, marks=pytest.mark.nightly),
    ],
)
def test_the_broker_goes_away_and_comes_back_and_nothing_differs(
    fault: Callable[[KafkaServer, float], None],
    seconds: float,
    kafka: KafkaServer,
    deployment: Callable[..., Settings],
    tmp_path: Path,
) -> None:
    settings = deployment()
    workers = Workers(2, tmp_path, settings.environment())
    try:
        assert_undisturbed(settings, STREAM.lines(), workers, lambda: fault(kafka, seconds))
    finally:
        workers.stop()


@pytest.mark.parametrize("seconds", AWAY)
def test_the_line_to_a_broker_that_lives_on_goes_dead_and_nothing_differs(
    seconds: float, relayed_kafka: RelayedKafka, deployment: Callable[..., Settings], tmp_path: Path
) -> None:
    """The broker gives the workers up, and they do not hear of it."""
    settings = deployment(kafka=relayed_kafka.bootstrap)

    def goes_dead() -> None:
        relayed_kafka.relay.cut()
        time.sleep(seconds)
        relayed_kafka.relay.mend()

    workers = Workers(2, tmp_path, settings.environment())
    try:
        assert_undisturbed(settings, STREAM.lines(), workers, goes_dead)
    finally:
        workers.stop()
