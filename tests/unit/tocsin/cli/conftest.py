"""A small stored stream, and a way to run commands against it."""

import os
from collections.abc import Callable
from typing import Any

import pytest
import typer
from streams.stored import fill, settings_for
from typer.testing import CliRunner, Result

from tocsin.offline import Offline
from tocsin.settings import Settings

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def stored_settings(redis_url: str) -> Settings:
    return settings_for(redis_url, "t-commands")


@pytest.fixture(scope="session")
def stored(stored_settings: Settings) -> Offline:
    """What judged the stream that is stored."""
    return fill(stored_settings)


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the settings of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("TOCSIN_"):
            monkeypatch.delenv(name)


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """Run one command with arguments and settings; errors come out as they are, for the caller prints them."""
    request.getfixturevalue("clean_environment")

    def run(command: Callable[..., Any], *args: str, settings: Settings | None = None, **env: str) -> Result:
        app = typer.Typer(pretty_exceptions_enable=False)
        app.command()(command)
        if settings is not None:
            env |= {
                "TOCSIN_REDIS": settings.redis,
                "TOCSIN_NAMESPACE": settings.namespace,
                "TOCSIN_BUCKET_SECONDS": str(settings.bucket_seconds),
                "TOCSIN_BLIND_AFTER_SECONDS": str(settings.blind_after_seconds),
                "TOCSIN_PARTITIONS": str(settings.partitions),
            }
        return CliRunner().invoke(app, args, env=env)

    return run
