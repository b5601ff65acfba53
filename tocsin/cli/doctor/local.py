"""What is on this machine: compiled parts, the lexicon, the metrics port and the worker that answers there."""

import importlib
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException

from tocsin import __version__
from tocsin.cli.doctor.finding import Finding
from tocsin.errors import TocsinError
from tocsin.lexicon import default_lexicon, lexicon_from_file
from tocsin.settings import Settings

_ANOTHER_PORT = "Choose another TOCSIN_METRICS_PORT, or 0 for a free one"
_SECONDS = 2.0  # for a worker on the same machine to answer
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to knock when a worker listens everywhere
_MOST_BYTES = 4 << 20  # of an answer: whoever answers need not be a worker


def examine_parts() -> Iterator[Finding]:
    """See whether what is compiled can be loaded."""
    for module, check, remedy in (
        ("crc32c", "crc32c", "Without it Kafka's checksums take a hundred times as long: pip install crc32c"),
        (
            "faust._cython.streams",
            "Faust's compiled part",
            "Workers refuse to start without it: pip install --force-reinstall --only-binary :all: faust-streaming",
        ),
    ):
        try:
            importlib.import_module(module)
        except ImportError as error:
            yield Finding("fail", check, str(error), remedy)
        else:
            yield Finding("ok", check, "loaded")


def examine_lexicon(settings: Settings) -> tuple[str | None, Finding]:
    """Load the keyword groups; returns their digest, None if they cannot be loaded."""
    name = str(settings.lexicon or "built in")
    try:
        lexicon = lexicon_from_file(settings.lexicon) if settings.lexicon else default_lexicon()
    except TocsinError as error:
        return None, Finding("fail", "lexicon", str(error), "Mend the file that TOCSIN_LEXICON names, see docs/lexicon")
    return lexicon.digest, Finding("ok", "lexicon", f"{name}: {len(lexicon.series)} groups")


def examine_port(settings: Settings) -> Iterator[Finding]:
    """See whether a worker answers on the metrics port, or could listen there; and whether it is of this release."""
    host, port = settings.metrics_host, settings.metrics_port
    check, where = "metrics port", f"{host}:{port}"
    if not port:
        yield Finding("ok", check, "each worker takes a free one")
        return
    try:
        status, said = _ask(host, port, "/health/ready")
    except ConnectionRefusedError:
        yield _examine_free_port(host, port)
        return
    except (OSError, HTTPException) as error:
        yield Finding("fail", check, f"{where} is not Tocsin's: {error or type(error).__name__}", _ANOTHER_PORT)
        return
    if status not in {200, 503}:
        yield Finding("fail", check, f"something else answers on {where}", _ANOTHER_PORT)
        return
    if status == 200:
        yield Finding("ok", check, f"a worker answers on {where}, and is ready")
    else:
        remedy = "Wait a minute; then see what the findings above say, and its log"
        yield Finding("warn", check, f"a worker answers on {where}, and is not ready: {said.strip()}", remedy)
    yield from _examine_worker(host, port, settings)


def _ask(host: str, port: int, path: str) -> tuple[int, str]:
    with closing(HTTPConnection(_ANY.get(host, host), port, timeout=_SECONDS)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST_BYTES).decode(errors="replace")


def _examine_worker(host: str, port: int, settings: Settings) -> Iterator[Finding]:
    """Compare the release and the namespace of the worker that answers with these."""
    try:
        _, metrics = _ask(host, port, "/metrics")
    except (OSError, HTTPException):
        return  # it went away meanwhile, as the next look will tell
    found = re.search(r"^tocsin_worker_info\{(.*)\} 1", metrics, re.MULTILINE)
    if found is None:
        return
    theirs = dict(re.findall(r'(\w+)="([^"]*)"', found[1]))
    if theirs.get("version") != __version__:
        yield Finding(
            "warn",
            "worker release",
            f"the worker on {host}:{port} is of release {theirs.get('version')}, this command of {__version__}",
            "Install one release everywhere, and restart the workers; see Upgrades in docs/operations.md",
        )
    elif theirs.get("namespace") != settings.namespace:
        yield Finding(
            "warn",
            "worker release",
            f"the worker on {host}:{port} works for the namespace {theirs.get('namespace')!r}, "
            f"these settings name {settings.namespace!r}",
            "Set the same TOCSIN_NAMESPACE here, or choose another TOCSIN_METRICS_PORT",
        )
    else:
        yield Finding("ok", "worker release", f"{__version__}, as this command")


def _examine_free_port(host: str, port: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return Finding("fail", "metrics port", f"{host}:{port} cannot be used: {error.strerror}", _ANOTHER_PORT)
    return Finding("ok", "metrics port", f"{host}:{port} is free; no worker runs there")
