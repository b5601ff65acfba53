"""Workers die, freeze, are told to go, and come and go all the time: not one count differs."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from servers.disturbed import assert_undisturbed
from servers.workers import Workers
from streams.noisy import Noisy

from tocsin.settings import Settings

STREAM = Noisy(seed=21, seconds=180, rate=50.0)
LONGER_THAN_THE_SESSION = 9.0  # seconds; the broker gives a worker up after 6


@pytest.fixture
def settings(deployment: Callable[..., Settings]) -> Settings:
    return deployment()


def kill_each(workers: Workers) -> None:
    for number in range(2):
        workers.kill(number)
        time.sleep(2)
        workers.revive()


def freeze_each(workers: Workers) -> None:
    """The frozen one is given up, another takes over, and then it wakes up and goes on with what it believes."""
    for number in range(2):
        workers.send(number, signal.SIGSTOP)
        time.sleep(LONGER_THAN_THE_SESSION)
        workers.send(number, signal.SIGCONT)
        time.sleep(1)


def tell_each_to_go(workers: Workers) -> None:
    for number in range(2):
        workers.send(number, signal.SIGTERM)
        time.sleep(3)
        workers.revive()


@pytest.mark.parametrize("disturb", [pytest.param(kill_each, marks=pytest.mark.nightly), freeze_each, tell_each_to_go])
def test_whatever_happens_to_workers_nothing_differs(
    disturb: Callable[[Workers], None], settings: Settings, tmp_path: Path
) -> None:
    workers = Workers(2, tmp_path, settings.environment())
    try:
        assert_undisturbed(settings, STREAM.lines(), workers, lambda: disturb(workers))
    finally:
        workers.stop()


def storm(workers: Workers, seconds: float) -> None:
    """Let workers leave every second, politely or not, and others join."""
    rnd, end = Random(5), time.monotonic() + seconds
    while time.monotonic() < end:
        workers.send(rnd.randrange(3), rnd.choice((signal.SIGTERM, signal.SIGKILL)))
        time.sleep(1)
        workers.revive()


@pytest.mark.parametrize("seconds", [20.0, pytest.param(180.0, marks=pytest.mark.nightly)])
def test_a_storm_of_rebalances_changes_nothing(seconds: float, settings: Settings, tmp_path: Path) -> None:
    workers = Workers(3, tmp_path, settings.environment())
    try:
        assert_undisturbed(settings, STREAM.lines(), workers, lambda: storm(workers, seconds), seconds=seconds)
        assert workers.restarts >= seconds / 4, "there was no storm"
    finally:
        workers.stop()
