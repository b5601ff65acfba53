"""Servers as child processes: on loopback, watched, and never outliving the command that started them.

Linux only, like the rest of Tocsin: ``/proc`` tells whether the child itself holds its port, and
``PR_SET_PDEATHSIG`` ends it when the parent is killed without a chance to clean up.
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tocsin.errors import UnavailableError

LOOPBACK = "127.0.0.1"
# Below the range that Linux hands to outgoing connections: there, a client that calls a stopped server again and
# again would in the end connect to itself, and hold the port that the server wants back.
_PORTS = range(20_000, 32_000)
_LISTEN = "0A"
_LOG_TAIL_BYTES = 4096
_FIRST_POLL_SECONDS, _LAST_POLL_SECONDS = 0.002, 0.05
# A launcher instead of preexec_fn, which may deadlock (and warns, from Python 3.12 on) once the parent has threads.
# The parent may have died before prctl: hence the look at getppid.
_LAUNCHER = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent is gone")
signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and exec would hand that on
os.execv(sys.argv[2], sys.argv[2:])
"""


def with_parent(argv: Sequence[str]) -> list[str]:
    """Spell a command so that its process dies with this one, even when this one is killed without warning.

    Args:
        argv: Program (an absolute path) and arguments.
    """
    return [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *argv]


def free_port() -> int:
    """Choose a loopback port that nobody listens on.

    Returns:
        The port. Someone else may still take it before it is used: whoever starts a server there must check.

    Raises:
        UnavailableError: When a hundred ports in a row are taken.
    """
    for _ in range(100):
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise UnavailableError(f"no free port on {LOOPBACK} between {_PORTS.start} and {_PORTS.stop}")


@dataclass(frozen=True)
class Command:
    """How to start a server.

    Attributes:
        name: What people call it, for messages.
        argv: Program (an absolute path) and arguments.
        port: The loopback port that it will listen on.
        cwd: Working directory.
        env: The whole environment; nothing is inherited, for servers read variables with common names.
        stdin: What it reads first, such as a configuration with a password, which must not show in ``argv``.
    """

    name: str
    argv: Sequence[str]
    port: int
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""


class Child:
    """A running server. Always end it with :meth:`stop` or :meth:`kill`.

    Start it from a thread that lives as long as the server shall: Linux ties the death signal to the thread.

    Args:
        command: What to start.
    """

    def __init__(self, command: Command) -> None:
        self.command = command
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop and kill; it has no name to leave behind
        self._process = subprocess.Popen(  # noqa: S603 - the callers name the programs
            with_parent(command.argv),
            cwd=command.cwd,
            env=dict(command.env),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which then ends things in order
        )
        self._feed(command.stdin)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Tell whether the process still runs."""
        return self._process.poll() is None

    def wait_listening(self, timeout_s: float) -> bool:
        """Wait until this very process listens on its port.

        A connection would not tell: it may reach someone else who took the port meanwhile.

        Args:
            timeout_s: How long to wait, in seconds.

        Returns:
            False if the process ended or did not listen in time.
        """
        deadline, pause = time.monotonic() + timeout_s, _FIRST_POLL_SECONDS
        while self.alive() and time.monotonic() < deadline:
            if _listens(self.pid, self.command.port):
                return True
            time.sleep(pause)
            pause = min(pause * 1.5, _LAST_POLL_SECONDS)
        return False

    def rss_bytes(self) -> int:
        """Resident memory of the process, in bytes.

        Raises:
            UnavailableError: When the process has ended.
        """
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError):
            pages = 0  # gone, or a zombie
        if not pages or not self.alive():
            raise UnavailableError(f"{self.command.name} has ended. Its last words:\n{self.log_tail()}")
        return pages * os.sysconf("SC_PAGE_SIZE")

    def log_tail(self) -> str:
        """The end of what the process wrote to stdout and stderr, or an empty string once it was ended."""
        if self._log.closed:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        # The file position is shared with the child: only pread leaves it where it is.
        tail = os.pread(self._log.fileno(), _LOG_TAIL_BYTES, max(0, size - _LOG_TAIL_BYTES))
        return tail.decode(errors="replace").strip()

    def stop(self, grace_s: float = 10.0) -> None:
        """End the process with SIGTERM, and with SIGKILL if it lingers. Does nothing the second time.

        Args:
            grace_s: How long it may take to end by itself, in seconds.
        """
        if self.alive():
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace_s)
        self.kill()

    def kill(self) -> None:
        """End the process with SIGKILL, as a crash would. Does nothing the second time."""
        if self.alive():
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._log.close()

    def _feed(self, stdin: bytes) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            # A broken pipe means that it ended at once: wait_listening and log_tail tell why.
            with contextlib.suppress(BrokenPipeError), pipe:
                pipe.write(stdin)


def _listens(pid: int, port: int) -> bool:
    try:
        sockets = {f"socket:[{inode}]" for inode in _listening_inodes(pid, port)}
        return bool(sockets) and any(str(link.readlink()) in sockets for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False  # the process or one of its descriptors went away while we looked


def _listening_inodes(pid: int, port: int) -> list[str]:
    found = []
    for table in (Path(f"/proc/{pid}/net/tcp"), Path(f"/proc/{pid}/net/tcp6")):
        for line in table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else ():
            _, local, _, state, *_, inode = line.split()[:10]
            if state == _LISTEN and local.endswith(f":{port:04X}"):
                found.append(inode)
    return found
