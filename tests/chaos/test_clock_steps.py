"""Somebody sets the wall clock by an hour, either way, in the middle of a stream: event time does not care."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from servers.clocks import HOUR, SettableClock
from servers.disturbed import assert_undisturbed, closed_now, outcome_of, undisturbed
from servers.jetstream import Connection, JetstreamServer, post_event
from servers.pipeline import until
from servers.workers import Workers
from streams.noisy import Noisy

from producers.items import read_line
from tocsin.posts import Heartbeat, Post, encode
from tocsin.settings import Settings

BOTH_WAYS = (HOUR, -HOUR)
PAUSE_SECONDS = 4.0


@pytest.fixture
def clock(tmp_path: Path) -> SettableClock:
    return SettableClock(tmp_path)


def test_the_clock_that_can_be_set_is_the_one_that_a_process_reads(clock: SettableClock) -> None:
    read = [sys.executable, "-c", "import time; from aiokafka import cluster; print(int(cluster.time.time()))"]
    for step in BOTH_WAYS:
        clock.step(step)
        said = subprocess.run(read, env={**os.environ, **clock.environment}, capture_output=True, check=True).stdout
        assert abs(int(said) - time.time() - step) < 60


def with_bare_source(stream: Noisy, wild_at: int) -> list[bytes]:
    """Mix in a source without heartbeats, whose posts Kafka's timestamps bound; some are far ahead of these."""
    lines = stream.lines()
    beats = len(lines) - 4
    for number in range(0, beats, 20):
        wild = number % 200 == 0
        at = wild_at if wild else stream.start + number * stream.seconds * 1000 // beats
        lines[number + number // 20 + 4 : number + number // 20 + 4] = [
            encode([Post(f"bare-{number}", at, "bare", "forum", f"b{number % 7}", "salam")])
        ]
    return lines


def test_the_clock_of_a_worker_steps_and_nothing_differs(
    clock: SettableClock, deployment: Callable[..., Settings], tmp_path: Path
) -> None:
    """The stream is of the last hour, so that what Kafka's timestamps bound is bounded here too."""

    def steps() -> None:
        for step in BOTH_WAYS:
            clock.step(step)
            time.sleep(PAUSE_SECONDS)

    now = time.time_ns() // 1_000_000
    lines = with_bare_source(Noisy(seed=14, seconds=180, rate=50.0, start=now - HOUR * 1000), now + 6 * HOUR * 1000)
    settings = deployment(partitions=1)
    workers = Workers(1, tmp_path, settings.environment() | clock.environment)
    try:
        assert_undisturbed(settings, lines, workers, steps, seconds=2 * PAUSE_SECONDS, written_at=now)
        assert workers.restarts == 0
    finally:
        workers.stop()
    assert undisturbed(settings, lines, now).totals["rejected:ahead"] > 40, "nothing was bounded"


THIRD_PARTY = """
import pathlib, sys, time
from producers.broker import connect
from producers.items import read_line
from tocsin.settings import load_settings
settings = load_settings()
with connect(settings.broker, settings.topics.posts) as writer:
    for number, line in enumerate(pathlib.Path(sys.argv[1]).read_bytes().splitlines()):
        writer.write(read_line(line))
        if number % 50 == 0:
            writer.flush()
            time.sleep(0.2)
"""


def test_the_clock_of_a_producer_steps_and_nothing_differs(
    clock: SettableClock, deployment: Callable[..., Settings], tmp_path: Path
) -> None:
    """Its timestamps would bound sources without heartbeats, and refuse what is of now; the broker's own do not."""
    now = time.time_ns() // 1_000_000
    lines = with_bare_source(Noisy(seed=15, seconds=180, rate=20.0, start=now - 180_000), now + 6 * HOUR * 1000)
    archive = tmp_path / "lines.ndjson"
    archive.write_bytes(b"\n".join(lines) + b"\n")
    settings, expected = deployment(partitions=1), undisturbed(deployment(partitions=1), lines, now)
    workers = Workers(1, tmp_path, settings.environment())
    writing = subprocess.Popen(
        [sys.executable, "-c", THIRD_PARTY, str(archive)],
        env={**os.environ, **settings.environment(), **clock.environment},
        stderr=subprocess.PIPE,
    )
    try:
        until(lambda: closed_now(settings) > 0, workers.logs)
        for step in BOTH_WAYS:
            clock.step(step)
            time.sleep(PAUSE_SECONDS)
        assert writing.poll() is None, "it had ended before its clock was set"
        _, words = writing.communicate(timeout=120)
        assert writing.returncode == 0, words
        until(lambda: closed_now(settings) >= expected.closed, workers.logs)
        assert outcome_of(settings, expected.buckets) == expected
    finally:
        writing.kill()
        writing.communicate()
        workers.stop()


async def falls_quiet(connection: Connection) -> None:
    """Tell some posts, and then nothing, but answer: from then on the collector's own clock is what it vouches by."""
    for number in range(100):
        await connection.tell(post_event(number, time.time_ns() // 1000))
        await asyncio.sleep(0.01)
    await asyncio.Event().wait()


def test_the_clock_of_a_live_collector_steps_and_its_heartbeats_neither_jump_nor_end(
    clock: SettableClock, tmp_path: Path
) -> None:
    """A heartbeat cannot be taken back: one of an hour ahead would make every post of that hour late."""
    output = tmp_path / "live.ndjson"
    part = output.with_name(f"{output.name}.part")

    async def more_beats(wanted: int) -> None:
        fewest = len(heartbeats(part)) + wanted
        while len(heartbeats(part)) < fewest:  # noqa: ASYNC110 - another process writes it, and tells nobody
            await asyncio.sleep(0.1)

    async def scene() -> None:
        arguments = ("follow", "jetstream", "-o", str(output), "--state", str(tmp_path / "state"))
        environment = {**os.environ, **clock.environment, "TOCSIN_AUTHOR_KEY": "a key that is only for tests"}
        async with JetstreamServer([falls_quiet]) as server, asyncio.timeout(90):
            collector = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tocsin", *arguments, "--instance", server.url),
                env=environment,
                stderr=asyncio.subprocess.PIPE,
            )
            await more_beats(2)
            for step in BOTH_WAYS:
                clock.step(step)
                await more_beats(3)
            collector.send_signal(signal.SIGTERM)
            _, words = await collector.communicate()
            assert collector.returncode == 0, words

    began = time.time_ns() // 1_000_000
    asyncio.run(scene())
    beats = heartbeats(output)
    assert beats == sorted(beats)
    assert began - 60_000 < beats[0]
    assert beats[-1] <= time.time_ns() // 1_000_000, "it vouches for what has not been"
    assert max(later - earlier for earlier, later in pairwise(beats)) < 30_000


def heartbeats(path: Path) -> list[int]:
    if not path.exists():
        return []
    lines = [read_line(raw).line for raw in path.read_bytes().splitlines()]
    return [line.at for line in lines if isinstance(line, Heartbeat)]
