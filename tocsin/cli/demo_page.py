"""The live page beside the demo: a process of its own, that dies with it."""

import json
import os
import sys
import time
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tocsin.cli.children import LOOPBACK, Child, Command, free_port
from tocsin.cli.live import listen
from tocsin.environment import without_ours
from tocsin.errors import UnavailableError
from tocsin.settings import Settings

_START_SECONDS = 60.0  # it takes one or two, and more while everything else starts
_BROWSER_SECONDS = 15.0  # for a browser to start and to load the page


class LivePage:
    """A live page that is starting, or serves.

    Args:
        child: Its process.
    """

    def __init__(self, child: Child) -> None:
        self._child = child

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{LOOPBACK}:{self._child.command.port}"

    def wait(self) -> None:
        """Wait until it serves.

        Raises:
            UnavailableError: When it does not.
        """
        if not self._child.wait_listening(_START_SECONDS):
            raise UnavailableError(f"the live page did not start (--no-page goes without):\n{self._child.log_tail()}")

    def wait_for_browser(self) -> None:
        """Wait until somebody looks, or for some seconds: the browser may have been closed at once."""
        deadline = time.monotonic() + _BROWSER_SECONDS
        while time.monotonic() < deadline and not self._browsers():
            time.sleep(0.2)

    def _browsers(self) -> int:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:  # noqa: S310 - our own page
                return int(json.load(answer)["browsers"])
        except OSError:
            return 0


@contextmanager
def live_page(settings: Settings) -> Iterator[LivePage]:
    """Serve the page for as long as the block lasts.

    Args:
        settings: With the Redis to read. They go through the environment, for the URL holds a password.
    """
    port = _port(settings.live_port)
    argv = [sys.executable, "-m", "tocsin", "live", "--host", LOOPBACK, "--port", str(port)]
    environment = {**without_ours(os.environ), **settings.environment()}
    child = Child(Command("the live page", argv, port, Path.cwd(), environment))
    try:
        yield LivePage(child)
    finally:
        child.stop()


def _port(wished: int) -> int:
    """Take the usual port if nobody else has it, so that the address stays the same from one demo to the next."""
    try:
        with listen(LOOPBACK, wished) as probe:
            return int(probe.getsockname()[1])
    except UnavailableError:
        return free_port()


def open_browser(address: str) -> bool:
    """Open the page where somebody can see it; a browser that would take the terminal is not asked.

    Returns:
        Whether that seems to have worked.
    """
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
