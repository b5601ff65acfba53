"""Synthetic streams with their ground truth."""

from collections.abc import Callable, Mapping

from producers.scenario.backlog import backlog
from producers.scenario.collector_death import collector_death
from producers.scenario.flapping import flapping
from producers.scenario.model import Scenario
from producers.scenario.overrun import overrun
from producers.scenario.quiet_week import quiet_week
from producers.scenario.tehran_2009 import tehran_2009
from producers.scenario.twin_outage import twin_outage

SCENARIOS: Mapping[str, Callable[[], Scenario]] = {
    "quiet-week": quiet_week,
    "tehran-2009": tehran_2009,
    "collector-death": collector_death,
    "backlog": backlog,
    "twin-outage": twin_outage,
    "overrun": overrun,
    "flapping": flapping,
}

__all__ = ["SCENARIOS", "Scenario"]
