"""Worker processes as an operator runs them, which can be killed and started again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tocsin.cli.children import with_parent


class Workers:
    """A few ``python -m processors``.

    Args:
        count: How many.
        home: Folder for their logs.
        env: Settings, as ``TOCSIN_...``.
        port: Of the metrics; for a single worker only. Free ones by default.
    """

    def __init__(self, count: int, home: Path, env: dict[str, str], port: int = 0) -> None:
        self._home = home
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        self._env = {**clean, **env, "TOCSIN_METRICS_PORT": str(port)}
        self._running = [self._start(number) for number in range(count)]
        self.restarts = 0

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        with (self._home / f"worker-{number}.log").open("ab") as log:
            return subprocess.Popen(
                with_parent([sys.executable, "-m", "processors"]), env=self._env, stdout=log, stderr=log
            )

    @property
    def pids(self) -> list[int]:
        """Their process ids."""
        return [process.pid for process in self._running]

    @property
    def codes(self) -> list[int | None]:
        """Their exit codes; None while they run."""
        return [process.poll() for process in self._running]

    def send(self, number: int, signalled: signal.Signals) -> None:
        """Send a signal; one that has ended by itself, as a worker with a stale record does, is left alone."""
        self._running[number].send_signal(signalled)

    def kill(self, number: int) -> None:
        """``kill -9``."""
        self.send(number, signal.SIGKILL)

    def revive(self) -> None:
        """Start those again that have ended, as a supervisor would."""
        for number, process in enumerate(self._running):
            if process.poll() is not None:
                self._running[number] = self._start(number)
                self.restarts += 1

    def alive(self) -> bool:
        """Whether all of them still run."""
        return all(process.poll() is None for process in self._running)

    def logs(self) -> str:
        """What they said."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self._home.glob("worker-*.log")))

    def stop(self) -> None:
        """SIGTERM, as at a deployment."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
