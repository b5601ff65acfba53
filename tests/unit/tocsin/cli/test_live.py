import socket

import pytest

from tocsin.cli.live import address_of, listen
from tocsin.errors import UnavailableError


def test_a_free_port_is_found_and_said() -> None:
    with listen("127.0.0.1", 0) as listening:
        assert address_of(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_who_listens_everywhere_is_found_here() -> None:
    with listen("0.0.0.0", 0) as listening:  # noqa: S104 - that is the case
        assert address_of(listening).startswith("http://127.0.0.1:")


def test_a_port_that_somebody_has_is_named_with_what_to_do() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UnavailableError, match=rf"127\.0\.0\.1:{port} .*--port 0"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_here_is_no_traceback() -> None:
    with pytest.raises(UnavailableError, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)
