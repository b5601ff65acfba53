"""Synthetic streams with their ground truth."""

from collections.abc import Callable, Mapping

from producers.scenario.model import Scenario
from producers.scenario.quiet_week import quiet_week
from producers.scenario.tehran_2009 import tehran_2009

SCENARIOS: Mapping[str, Callable[[], Scenario]] = {"quiet-week": quiet_week, "tehran-2009": tehran_2009}

__all__ = ["SCENARIOS", "Scenario"]
