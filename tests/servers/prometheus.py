"""A real Prometheus, on loopback, with a configuration of the caller's and no memory but its own folder."""

import json
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from servers.missing import MissingError

from tocsin.cli.children import LOOPBACK, Child, Command, free_port

_START_SECONDS = 30.0
_PAUSE_SECONDS = 0.05


class Answering:
    """A server that is ready when it answers, and runs until :meth:`stop`."""

    _child: Child | None = None

    def stop(self) -> None:
        """End it. Does nothing if it does not run."""
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def log_tail(self) -> str:
        """The end of what it said."""
        return self._child.log_tail() if self._child else ""


class PrometheusServer(Answering):
    """A Prometheus that runs from :meth:`start` to :meth:`stop`.

    Args:
        home: A folder of its own; ``data`` in it holds the blocks, and may be filled before the start.
        config: The file to run.
        flags: More arguments, such as the retention.
    """

    def __init__(self, home: Path, config: Path, flags: Sequence[str] = ()) -> None:
        self._home = home
        self._config = config
        self._flags = flags
        self._program = program("prometheus")
        self.url = ""

    def start(self) -> None:
        """Start it, and wait until it is ready.

        Raises:
            RuntimeError: With the end of its log, when it does not become ready.
        """
        port = free_port()
        self.url = f"http://{LOOPBACK}:{port}"
        argv = [
            *(self._program, f"--config.file={self._config}", f"--storage.tsdb.path={self._home / 'data'}"),
            *(f"--web.listen-address={LOOPBACK}:{port}", *self._flags),
        ]
        self._child = started(Command("Prometheus", argv, port, self._home), f"{self.url}/-/ready")

    def ask(self, path: str, **parameters: str | float) -> Any:
        """Call its API, such as ``ask("query", query="up")``.

        Returns:
            What is under ``data``.

        Raises:
            ValueError: With Prometheus's own words, when it refuses.
        """
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - loopback
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(f"{parameters}: {json.load(error).get('error', error)}") from error


def program(name: str) -> str:
    """Path of a program of Debian's packages ``prometheus`` or ``prometheus-alertmanager``.

    Raises:
        MissingError: When it is not installed.
    """
    if found := shutil.which(name):
        return found
    raise MissingError(f"{name} is missing: apt-get install prometheus prometheus-alertmanager")


def started(command: Command, ready: str) -> Child:
    """Start a server, and wait until it says that it is ready.

    Args:
        command: Of the server.
        ready: Address that answers with success then.

    Raises:
        RuntimeError: With the end of its log, when it does not become ready.
    """
    child = Child(command)
    deadline = time.monotonic() + _START_SECONDS
    while child.alive() and time.monotonic() < deadline:
        if answers(ready):
            return child
        time.sleep(_PAUSE_SECONDS)
    words = child.log_tail()
    child.stop()
    raise RuntimeError(f"{command.name} did not start:\n{words}")


def answers(url: str) -> bool:
    """Whether a server answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status == 200
    except OSError:
        return False
