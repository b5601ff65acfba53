"""What a check finds."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        level: Whether it is as it should be, may become a trouble, or keeps Tocsin from working.
        check: What was looked at; one of :data:`tocsin.cli.doctor.checks.CHECKS`, and which of its kind.
        found: What was found.
        remedy: What to do about it.
    """

    level: Level
    check: str
    found: str
    remedy: str = ""
