"""One run of the pipeline, seen in a real Chromium: Kafka, Redis, a worker and the page, as somebody runs them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from redis import Redis
from servers.browser import Chromium
from servers.kafka import KafkaServer
from servers.live import FirstBucket, LiveServer, painted
from servers.missing import running
from servers.pipeline import closed, until
from servers.redis import RedisServer
from servers.workers import Workers
from streams.desk import after, desk
from streams.stored import MINUTES

from producers.broker import connect
from producers.items import read_line
from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings

expect.set_options(timeout=30_000)  # ms; by default 5 s, which is little beside everything else that runs


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    yield from running(Chromium, tmp_path_factory.mktemp("chromium"))


@dataclass
class Desk:
    """A pipeline with everything that a page can show, and what the page in front of it did.

    Attributes:
        settings: Of the pipeline.
        redis: That holds what was found, for this pipeline alone: tests stop it.
        live: Serves the page.
        workers: The worker.
        home: Folder for its logs.
        chromium: To look with.
        first: From the first closed bucket to the first painted chart, in seconds.
        requests: Every address that any page asked for.
        complaints: Errors on the console of any page.
    """

    settings: Settings
    redis: RedisServer
    live: LiveServer
    workers: Workers
    home: Path
    chromium: Chromium
    first: float = 0.0
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def page(self, query: str = "", *, width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        """Open the page, and wait until all charts are painted."""
        page = self.open(query, width=width, height=height, scheme=scheme)
        painted(page)
        return page

    def open(self, query: str = "", *, width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        """Open the page, whatever it shows."""
        page = self.chromium.page(width, height, scheme)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{self.live.url}{query}")
        page.wait_for_selector("#head h1")
        return page

    def write(self, lines: list[bytes]) -> None:
        """Write lines through the real writer."""
        with connect(self.settings.broker, self.settings.topics.posts) as writer:
            for record in lines:
                for line in record.splitlines():
                    writer.write(read_line(line))

    def restart_worker(self) -> None:
        """Start a worker where one was stopped."""
        self.workers = Workers(1, self.home, self.settings.environment())


@pytest.fixture(scope="module")
def desk_of(
    kafka: KafkaServer, chromium: Chromium, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """The pipeline, after the whole stream; nothing closes any more, unless :class:`Life` goes on."""
    assert redis_server.url, "without Redis nothing here can run"
    home = tmp_path_factory.mktemp("desk")
    redis = RedisServer(home)
    redis.start()
    settings = load_settings(
        namespace="t-live-page",
        kafka=kafka.bootstrap,
        redis=redis.url,
        partitions=1,
        bucket_seconds=30,
        blind_after_seconds=120,
    )
    create_topics(settings)
    live = LiveServer(settings)
    desk_ = Desk(settings, redis, live, Workers(1, home, settings.environment()), home, chromium)
    try:
        live.start()
        _play(desk_)
        yield desk_
    finally:
        desk_.workers.stop()
        live.stop()
        redis.stop()


def _play(desk_: Desk) -> None:
    """Play the stream before an open page, and note when the first bucket closed and the first chart was painted."""
    page = desk_.open()
    page.get_by_text("Nothing has been counted yet").wait_for()
    clock = FirstBucket(desk_.settings.redis, desk_.settings.redis_prefix)
    lines = list(desk())
    desk_.write(lines[:40])
    until(lambda: clock.at is not None, desk_.workers.logs)
    desk_.first = painted(page) - (clock.at or 0)
    desk_.write(lines[40:])
    last = (MINUTES * 60_000 + 32_001 - 2_000) // 30_000 - 1
    with Redis.from_url(desk_.settings.redis) as client:
        began = (1_244_678_400_000) // 30_000
        until(lambda: closed(client, desk_.settings) >= began + last, desk_.workers.logs, seconds=240)
    page.close()


class Life:
    """Lets two channels go on beyond the stream, two buckets each half second, until told to stop."""

    def __init__(self, desk_: Desk, minute: Callable[[], int]) -> None:
        self._desk = desk_
        self._minute = minute
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.5):
            self._desk.write([after(self._minute())])

    def stop(self) -> None:
        """Stop, and wait until all is written."""
        self._stop.set()
        self._thread.join()


@pytest.fixture(scope="module")
def minutes() -> Callable[[], int]:
    """Count minutes beyond the end of the stream: event time never goes back."""
    count = iter(range(MINUTES + 1, 10**6))
    return lambda: next(count)


@pytest.fixture
def life(desk_of: Desk, minutes: Callable[[], int]) -> Iterator[Life]:
    life = Life(desk_of, minutes)
    yield life
    life.stop()
