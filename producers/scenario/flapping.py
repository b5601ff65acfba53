"""``flapping``: a channel that is down and up every three minutes."""

from dataclasses import replace

from producers.scenario.model import Scenario
from producers.scenario.parts import Drop
from producers.scenario.stage import at, stage


def flapping() -> Scenario:
    """Lay out two hours that are one incident, not twenty."""
    calm = stage(
        "flapping",
        "For two hours twitter is down and up every three minutes: one incident, not twenty. Synthetic throughout.",
        hours=46,
    )
    return replace(calm, drops=(Drop("flapping", "twitter", at(36), at(38), 0.0, "unannounced", flaps_minutes=3),))
