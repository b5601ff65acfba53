"""``collector-death``: collectors die, and nobody knows what is written meanwhile."""

from dataclasses import replace

from producers.scenario.model import Scenario
from producers.scenario.parts import Dead
from producers.scenario.stage import at, stage


def collector_death(returns_minutes: int = 0) -> Scenario:
    """Lay out the death of a channel's only collector, and then of one of two.

    Args:
        returns_minutes: Over how long each of them writes what it missed, once it is back. If 0, that is lost.
    """
    calm = stage(
        "collector-death",
        "The only collector of text messages dies for six hours, and then one of two that share twitter. Both are "
        "blind, and nothing is out. Synthetic throughout.",
        hours=57,
    )
    twitter, *others = calm.channels
    shared = replace(twitter, sources={"twitter-east": 0.55, "twitter-west": 0.45})
    return replace(
        calm,
        channels=(shared, *others),
        deaths=(
            Dead("the gateway is dead", "sms-gateway", at(36), at(42), returns_minutes),
            Dead("one of two streams is dead", "twitter-west", at(47), at(52), returns_minutes),
        ),
    )
