"""What a suite needs and this machine lacks."""

import os
from typing import NoReturn

import pytest


class MissingError(Exception):
    """A program is missing. The message says how to get it."""


def go_without(error: MissingError) -> NoReturn:
    """Skip the test, and say why; with CI=true let it fail, for there no suite may skip."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(f"in CI no suite may skip: {error}")
    pytest.skip(str(error))
