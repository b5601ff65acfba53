"""``tocsin live``: what the workers found, on a page in a browser."""

import socket
from typing import Annotated

import typer

from dashboards.live.gate import Gate, is_loopback
from dashboards.live.lookout import Lookout
from dashboards.reader import Reader
from tocsin.cli.show import stderr
from tocsin.errors import SettingsError, UnavailableError
from tocsin.settings import Settings, load_settings

PATIENCE_SECONDS = 3.0  # with a Redis that does not answer, before the page says so


def live(
    host: Annotated[str | None, typer.Option(help="Address to listen on; live_host by default.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; live_port by default; 0 takes a free one.")
    ] = None,
) -> None:
    """Serve a page with rates, incidents, channels and the state of the pipeline, for any number of browsers.

    It reads Redis and nothing else. Nobody but this machine sees it unless you say so, and set a password.

    Examples:
      tocsin live                                  # then open http://127.0.0.1:8050

      TOCSIN_REDIS=redis://redis:6379/0 tocsin live --port 9000
    """
    settings = load_settings()
    host, port = host or settings.live_host, settings.live_port if port is None else port
    with listen(host, port) as listening, Reader(settings.redis_url, settings.redis_prefix, PATIENCE_SECONDS) as reader:
        gate = _gate(settings, host, listening.getsockname()[0])
        stderr().print(f"The live page is at {address_of(listening)}; Ctrl-C ends it")
        from dashboards.live.server import serve  # noqa: PLC0415 - no other command needs an HTTP server

        serve(Lookout(reader), listening, gate)


def _gate(settings: Settings, host: str, address: str) -> Gate:
    """Decide who may see the page: everybody on this machine, and elsewhere only who knows the password."""
    user, password = settings.live_user, settings.live_password
    if (user is None) != (password is None):
        missing = "TOCSIN_LIVE_USER" if user is None else "TOCSIN_LIVE_PASSWORD"
        raise SettingsError(f"{missing} is missing: the live page asks for a user and a password, or for neither")
    if password is None and not is_loopback(address):
        raise SettingsError(
            f"live_host = {host}: other machines reach this address, and the page would ask them for nothing. Set "
            "TOCSIN_LIVE_USER and TOCSIN_LIVE_PASSWORD, or listen on 127.0.0.1 and come through SSH or a proxy"
        )
    return Gate((host, *settings.live_hosts.split(",")), user, password.get_secret_value() if password else None)


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Args:
        host: Name or address.
        port: Or 0 for a free one.

    Raises:
        UnavailableError: When somebody else has it, or there is no such address here.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise UnavailableError(
            f"cannot listen on {host}:{port} ({error.strerror or error}). Choose another port: tocsin live --port 0"
        ) from error
    return listening


def address_of(listening: socket.socket) -> str:
    """Spell where a browser finds what listens."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"
