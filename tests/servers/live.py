"""The live page, served as users serve it."""

import os
import sys
import time
from pathlib import Path
from threading import Thread

from playwright.sync_api import Page
from redis import Redis

from tocsin.cli.children import LOOPBACK, Child, Command, free_port
from tocsin.settings import Settings

_START_SECONDS = 90.0
_PAINT_SECONDS = 90.0
# In the browser: when the first chart with anything on it was painted, epoch ms.
_PAINTED = "performance.getEntriesByName('tocsin-first-chart').map(mark => performance.timeOrigin + mark.startTime)[0]"


def painted(page: Page) -> float:
    """Wait until the first chart with anything on it is painted; returns when that was, in seconds since 1970.

    The page's own policy forbids what Playwright's ``wait_for_function`` would do there: to evaluate a text.
    """
    deadline = time.monotonic() + _PAINT_SECONDS
    while (at := page.evaluate(_PAINTED)) is None:
        assert time.monotonic() < deadline, "no chart was painted"
        page.wait_for_timeout(50)
    return float(at) / 1000


class LiveServer:
    """``tocsin live``, which can be stopped and started again on the same port.

    Args:
        settings: With the Redis to read.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._port = free_port()
        self._child: Child | None = None

    @property
    def host(self) -> str:
        """Where it listens."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/"

    def start(self) -> None:
        """Start it, and wait until it serves."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("TOCSIN_", "PYTEST_"))}
        argv = [sys.executable, "-m", "tocsin", "live", "--port", str(self._port)]
        command = Command("the live page", argv, self._port, Path.cwd(), {**clean, **self._settings.environment()})
        child = self._child = Child(command)
        assert child.wait_listening(_START_SECONDS), child.log_tail()

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._child is not None and self._child.alive()

    def words(self) -> str:
        """What it has said."""
        return self._child.log_tail() if self._child else ""

    def stop(self) -> None:
        """SIGTERM."""
        if self._child:
            self._child.stop()
            self._child = None


class FirstBucket:
    """Watches Redis for the first closed bucket, in a thread of its own.

    Args:
        redis_url: Where.
        prefix: Of the keys.

    Attributes:
        at: When it was there, in seconds since 1970; None before that.
    """

    def __init__(self, redis_url: str, prefix: str) -> None:
        self.at: float | None = None
        self._redis_url = redis_url
        self._key = f"{prefix}state"
        Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        with Redis.from_url(self._redis_url) as client:
            while not client.hexists(self._key, "closed"):
                time.sleep(0.005)
        self.at = time.time()
