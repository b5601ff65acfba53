"""What happens in a scenario, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from producers.scenario.model import Scenario
from producers.scenario.parts import DAY_MS, HOUR_MS, MINUTE_MS, Drop


@dataclass(frozen=True)
class Happening:
    """Something that happens.

    Attributes:
        begin: Epoch ms.
        end: Epoch ms; None where it is but a moment.
        name: For people.
        words: What it is.
    """

    begin: int
    end: int | None
    name: str
    words: str


def happenings(scenario: Scenario) -> list[Happening]:
    """Tell what happens, in order of time."""
    return sorted(_all(scenario), key=lambda one: (one.begin, one.name))


def spell_duration(ms: int) -> str:
    """Spell a duration as it is written in a scenario's file."""
    parts = []
    for unit, length in (("d", DAY_MS), ("h", HOUR_MS), ("m", MINUTE_MS), ("s", 1000)):
        count, ms = divmod(ms, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _all(scenario: Scenario) -> Iterator[Happening]:
    for burst in scenario.bursts:
        rates = ", ".join(f"{rate:g} a minute on {channel}" for channel, rate in burst.per_minute.items())
        words = f"posts on {burst.topic}, up to {rates}"
        yield Happening(burst.begin, burst.end, burst.name, words)
    for flood in scenario.floods:
        words = f"{flood.accounts:,} accounts paste one text, {flood.per_minute:g} times a minute on {flood.channel}"
        yield Happening(flood.begin, flood.end, flood.name, words)
    for drop in scenario.drops:
        yield Happening(drop.begin, drop.end, drop.name, _fall(drop))
    for dead in scenario.deaths:
        after = f", and writes what it missed within {spell_duration(dead.returns_ms)}" if dead.returns_ms else ""
        yield Happening(dead.begin, dead.end, dead.name, f"{dead.source} is dead{after}")
    for slow in scenario.clocks:
        words = f"the clock of {slow.source} is {spell_duration(slow.slow_ms)} slow"
        yield Happening(slow.begin, slow.end, slow.name, words)
    for backlog in scenario.backlogs:
        words = f"{backlog.per_minute:g} old posts a minute on {backlog.channel}, {backlog.copies:.0%} of them twice"
        yield Happening(backlog.begin, backlog.end, backlog.name, words)
    for notice in scenario.notices:
        length = spell_duration(notice.end - notice.begin)
        words = f"maintenance of {notice.channel} is {notice.state}, to begin after "
        words += f"{spell_duration(notice.begin - notice.at)} and last {length}"
        yield Happening(notice.at, None, notice.id, words)


def _fall(drop: Drop) -> str:
    falls = f"falls to {drop.left:.0%}" if drop.left else "falls silent"
    if drop.fades_ms:
        return f"{drop.channel} {falls} over {spell_duration(drop.fades_ms)}"
    turns = f", and is back, by turns of {spell_duration(drop.flaps_ms)}" if drop.flaps_ms else ""
    return f"{drop.channel} {falls}{turns}"
