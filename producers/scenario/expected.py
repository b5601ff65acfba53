"""How many posts may be expected of a scenario, chance aside."""

from producers.scenario.life import Channel
from producers.scenario.model import Scenario
from producers.scenario.parts import MINUTE_MS

_STEP_MINUTES = 10


def ordinary(scenario: Scenario, channel: Channel, at: int) -> float:
    """Tell how many posts a minute are ordinary on a channel at a moment (epoch ms), if nothing happens."""
    return channel.level(scenario.local(at))


def posts(scenario: Scenario) -> int:
    """Estimate how many posts a scenario has, those that nobody collects left out."""
    total, step_ms = 0.0, _STEP_MINUTES * MINUTE_MS
    for at in range(scenario.begin, scenario.end, step_ms):
        for channel in scenario.channels:
            dead = sum(
                channel.sources.get(death.source, 0.0)
                for death in scenario.deaths
                if death.begin <= at < death.end and not death.returns_ms
            )
            seen = 1 - dead / sum(channel.sources.values())
            total += seen * _STEP_MINUTES * _a_minute(scenario, channel, at)
    return round(total)


def _a_minute(scenario: Scenario, channel: Channel, at: int) -> float:
    rate = ordinary(scenario, channel, at)
    rate += sum(burst.per_minute.get(channel.name, 0.0) * burst.level(at) for burst in scenario.bursts)
    rate += sum(f.per_minute for f in scenario.floods if f.channel == channel.name and f.begin <= at < f.end)
    for drop in scenario.drops:
        if drop.channel == channel.name:
            # Where it flaps, half of the time counts, whichever moment this is.
            rate *= (1 + drop.left) / 2 if drop.flaps_ms and drop.begin <= at < drop.end else drop.left_at(at)
    back = (b for b in scenario.backlogs if b.channel == channel.name and b.begin <= at < b.end)
    return rate + sum(backlog.per_minute * (1 + backlog.copies) for backlog in back)
