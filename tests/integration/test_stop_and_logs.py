"""Every long-running command, in mid-stream: SIGTERM ends it within five seconds, and each line it logged is JSON."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from redis import Redis
from servers.jetstream import JetstreamServer, speaks
from servers.kafka import KafkaServer

from producers.items import read_line
from tocsin import __version__
from tocsin.cli.children import free_port, with_parent
from tocsin.cli.topics import create_topics
from tocsin.posts import Post
from tocsin.settings import Settings, load_settings

STOP_SECONDS = 5.0
COMMANDS = ("follow", "record", "replay", "live", "worker")  # in the order in which they are stopped


@dataclass
class Running:
    """One command of the pipeline."""

    process: subprocess.Popen[bytes]
    log: Path

    def words(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass(frozen=True)
class Stopped:
    """How a command ended; of the seconds it took, those are left out in which others had the cores that it wanted."""

    code: int
    seconds: float
    words: str


@pytest.fixture(scope="module")
def settings(kafka: KafkaServer, redis_url: str) -> Settings:
    made = load_settings(
        kafka=kafka.bootstrap,
        redis=redis_url,
        namespace="t-stop-and-logs",
        partitions=2,
        metrics_port=free_port(),
        live_port=free_port(),
        bucket_seconds=60,
        allowed_lateness_seconds=60,
        blind_after_seconds=300,
        ahead_seconds=300,
        author_key="a key that is only for tests",
        log_format="json",
    )
    create_topics(made)
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("running")


@pytest.fixture(scope="module")
def jetstream() -> Iterator[str]:
    """A server that speaks and speaks, beside this thread."""
    ready, over, urls = threading.Event(), threading.Event(), list[str]()

    async def serve() -> None:
        async with JetstreamServer([speaks]) as server:
            urls.append(server.url)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(20)
    yield urls[0]
    over.set()
    thread.join()


@pytest.fixture(scope="module")
def stopped(settings: Settings, home: Path, jetstream: str, redis_url: str) -> dict[str, Stopped]:
    """Start everything, wait until all of it works, and stop one after the other."""
    arguments = {
        "worker": ["worker", "--no-restart"],
        "replay": ["replay", "quiet-week", "--speed", "600"],
        "record": ["record", "-o", str(home / "recorded.ndjson")],
        "live": ["live"],
        "follow": ["follow", "jetstream", "--instance", jetstream, "-o", str(home / "followed.ndjson")],
    }
    running = {name: _start(name, words, settings, home) for name, words in arguments.items()}
    try:
        _wait_until_all_work(settings, home, redis_url, running)
        return {name: _stop(running[name]) for name in COMMANDS}
    finally:
        for command in running.values():
            command.process.kill()
            command.process.wait()


def _start(name: str, arguments: list[str], settings: Settings, home: Path) -> Running:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
    log = home / f"{name}.log"
    with log.open("wb") as file:
        command = with_parent([sys.executable, "-m", "tocsin", *arguments])
        process = subprocess.Popen(command, env={**clean, **settings.environment()}, stdout=file, stderr=file)
    return Running(process, log)


def _wait_until_all_work(settings: Settings, home: Path, redis_url: str, running: dict[str, Running]) -> None:
    deadline = time.monotonic() + 300
    with Redis.from_url(redis_url) as redis:
        signs = {
            "worker": lambda: int(redis.hget(f"{settings.redis_prefix}totals", "posts") or 0) > 100,
            "record": lambda: (home / "recorded.ndjson.part").stat().st_size > 10_000,
            "follow": lambda: (home / "followed.ndjson.part").stat().st_size > 10_000,
            "live": lambda: _answers(settings.live_port),
        }
        for name, works in signs.items():
            while True:
                with suppress(FileNotFoundError):
                    if works():
                        break
                ended = [other for other, command in running.items() if command.process.poll() is not None]
                assert not ended, [running[other].words() for other in ended]
                assert time.monotonic() < deadline, f"{name} does not work:\n{running[name].words()}"
                time.sleep(0.1)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _stop(running: Running) -> Stopped:
    began, waits = time.monotonic(), dict[int, list[float]]()
    _note_waits(running.process.pid, waits)
    running.process.send_signal(signal.SIGTERM)
    while running.process.poll() is None and time.monotonic() < began + 60:
        _note_waits(running.process.pid, waits)
        time.sleep(0.01)
    took, code = time.monotonic() - began, running.process.poll()
    assert code is not None, running.words()
    starved = sum(last - first for first, last in waits.values())  # a parent waits for its child, so never both at once
    return Stopped(code, took - starved, running.words())


def _note_waits(pid: int, waits: dict[int, list[float]]) -> None:
    """Note for how many seconds a process and its children were ready to run, and had to wait for a core."""
    with suppress(OSError):  # it has just ended
        seconds = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
        waits.setdefault(pid, [seconds, seconds])[1] = seconds
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            _note_waits(int(child), waits)


@pytest.mark.parametrize("name", COMMANDS)
def test_told_to_stop_in_mid_stream_it_ends_in_order_within_five_seconds(
    stopped: dict[str, Stopped], name: str
) -> None:
    assert stopped[name].code == 0, stopped[name].words
    assert stopped[name].seconds < STOP_SECONDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_line_that_it_logged_is_a_json_object(stopped: dict[str, Stopped], name: str, settings: Settings) -> None:
    lines = stopped[name].words.splitlines()
    assert lines, "it says at least where it is, or what it came to"
    for line in lines:
        told = json.loads(line)
        assert {"time", "level", "logger", "message"} <= set(told)
        assert (told["version"], told["namespace"]) == (__version__, settings.namespace)


def test_no_post_and_no_author_is_in_any_log(stopped: dict[str, Stopped], home: Path) -> None:
    posts = [read_line(raw).line for raw in (home / "recorded.ndjson").read_bytes().splitlines()]
    said = "\n".join(command.words for command in stopped.values())
    written = [post for post in posts if isinstance(post, Post)]
    assert len(written) > 10
    assert not [post for post in written if post.author in said or (len(post.text) > 12 and post.text in said)]


def test_what_was_recorded_before_the_stop_can_be_read(stopped: dict[str, Stopped], home: Path) -> None:
    assert set(stopped) == set(COMMANDS)
    assert {path.name for path in home.iterdir()} >= {"recorded.ndjson", "followed.ndjson"}
    assert not list(home.glob("*.part"))


def test_a_worker_lets_go_of_redis_last(stopped: dict[str, Stopped]) -> None:
    assert "no Redis at" not in stopped["worker"].words
