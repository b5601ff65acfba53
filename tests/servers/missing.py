"""What a suite needs and this machine lacks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

import pytest

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


class MissingError(Exception):
    """A program is missing. The message says how to get it."""


class Startable(Protocol):
    """A server of the tests."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


Server = TypeVar("Server", bound=Startable)


def go_without(error: MissingError) -> NoReturn:
    """Skip the test, and say why; with CI=true let it fail, for there no suite may skip."""
    if IN_CI:
        pytest.fail(f"in CI no suite may skip: {error}")
    pytest.skip(str(error))


def running(kind: Callable[[Path], Server], home: Path) -> Iterator[Server]:
    """Run a server for a fixture; without its program, the tests are skipped, and in CI they fail."""
    try:
        server = kind(home)
    except MissingError as error:
        go_without(error)
    server.start()
    try:
        yield server
    finally:
        server.stop()
