"""``tocsin worker``: counts, judges and stores, and starts again when it has to."""

import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from tocsin.cli.children import with_parent
from tocsin.cli.show import stderr
from tocsin.cli.topics import create_topics
from tocsin.environment import without_ours
from tocsin.errors import DeadLetterFloodError, SettingsError
from tocsin.settings import Settings, load_settings

WORKER = (sys.executable, "-m", "processors")
FIRST_WAIT, LONGEST_WAIT, STEADY = 1.0, 15.0, 60.0  # seconds
FINAL = (SettingsError.exit_code, DeadLetterFloodError.exit_code)  # starting again would end alike

Say = Callable[[str], None]


def worker(
    restart: Annotated[
        bool, typer.Option(help="Start again after a crash. With --no-restart a supervisor of yours must do that.")
    ] = True,
) -> None:
    """Count posts, judge what closes, and serve metrics. Run as many workers as you like.

    All workers of a namespace share the partitions of the topic. Killing one at any moment changes no count: the
    others go on from its last commit.

    Examples:
      tocsin worker

      TOCSIN_METRICS_PORT=9465 tocsin worker      # a second one on the same machine
    """
    settings = load_settings()
    console = stderr()

    def look_at_kafka() -> None:
        create_topics(settings, patience_seconds=math.inf, on_wait=console.print)

    supervisor = Supervisor(WORKER, restart=restart, say=console.print, before=look_at_kafka)

    def end(*_: object) -> None:
        supervisor.stop()
        if not supervisor.is_running:
            sys.exit(0)  # it looks for Kafka, for as long as that takes

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    raise typer.Exit(supervisor.run())


class Supervisor:
    """Runs a worker process, and starts it again whenever it ends without having been told to.

    A worker that is not sure ends itself, since all that is not committed will be read again.

    Args:
        command: Of the worker.
        restart: Whether to start it again.
        say: Told of each restart.
        env: Environment of the worker; this process's own by default.
        before: Called before each start. What it raises on purpose ends the supervision: a user who has lost a right
            would otherwise be told so by tracebacks, again and again.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        restart: bool,
        say: Say,
        env: Mapping[str, str] | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._command = with_parent(command)
        self._restart = restart
        self._say = say
        self._env = env
        self._before = before
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Supervise until :meth:`stop`, an end that starting again cannot help, or the first end if restarts are off.

        Returns:
            The exit code of the last worker.
        """
        wait = FIRST_WAIT
        while True:
            self._before()
            began = time.monotonic()
            # In a session of its own: Ctrl-C reaches this process alone, which then ends the worker in order.
            self._process = subprocess.Popen(self._command, env=self._env, start_new_session=True)  # noqa: S603
            if self._stopped.is_set():
                self._process.terminate()
            code = self._process.wait()
            if self._stopped.is_set() or not self._restart or code in FINAL:
                return 0 if self._stopped.is_set() else code
            wait = FIRST_WAIT if time.monotonic() - began > STEADY else min(2 * wait, LONGEST_WAIT)
            self._say(f"the worker ended with exit code {code}; starting it again in {wait:.0f} s")
            self._stopped.wait(wait)

    def stop(self) -> None:
        """Tell the worker to finish what it holds and end."""
        self._stopped.set()
        if self._process is not None and self.is_running:
            self._process.terminate()

    @property
    def is_running(self) -> bool:
        """Whether there is a worker now."""
        return self._process is not None and self._process.poll() is None


@contextmanager
def working(settings: Settings) -> Iterator[None]:
    """Keep a worker running beside something else, for as long as the block lasts; it says only what is wrong."""
    environment = {**without_ours(os.environ), **settings.environment(), "TOCSIN_LOG_LEVEL": "error"}
    supervisor = Supervisor(WORKER, restart=True, say=stderr().print, env=environment)
    thread = threading.Thread(target=supervisor.run, name="worker")
    thread.start()
    try:
        yield
    finally:
        supervisor.stop()
        thread.join()
