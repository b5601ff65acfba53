"""What is true of a scenario: told by its parts, and by no detector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from producers.scenario.parts import MINUTE_MS, Burst, Dead, Drop
from tocsin.truth import LOUD, Truth

if TYPE_CHECKING:  # the model asks for the truth
    from producers.scenario.model import Scenario

# What people write about moves all that is counted of their posts.
_ANY = ("posts", "channel", "lang", "region", "media")


def truth_of(scenario: Scenario) -> list[Truth]:
    """Tell what happens; see :meth:`producers.scenario.model.Scenario.truth`."""
    events = [
        *(truth for burst in scenario.bursts for truth in _of_burst(scenario, burst)),
        *(_of_drop(scenario, drop) for drop in scenario.drops),
        *(truth for dead in scenario.deaths for truth in _of_dead(scenario, dead)),
        *(Truth(b.name, "backlog", (f"backlog={b.channel}",), b.begin, b.end) for b in scenario.backlogs),
        *scenario.also,
    ]
    return sorted(events, key=lambda event: (event.begin, event.name))


def _of_burst(scenario: Scenario, burst: Burst) -> Iterator[Truth]:
    """Tell of a burst, and of the outage that it reports if nobody collects that service."""
    series, may = burst.series, (*_ANY, *burst.may)
    report = f"report={burst.reports}"
    if any(drop.channel == burst.reports and drop.begin <= burst.begin < drop.end for drop in scenario.drops):
        may = (*may, report)  # it need not ring: it is evidence of an outage that is known already
    elif burst.reports in {channel.name for channel in scenario.channels}:
        series = (*series, report)
    elif burst.reports:
        name = f"{burst.name}: the outage"
        yield Truth(name, "outage", (report,), burst.begin, burst.end, planned="unannounced", evidence=("reports",))
    yield Truth(burst.name, "burst", series, burst.begin, burst.end, may)


def _of_drop(scenario: Scenario, drop: Drop) -> Truth:
    local = drop.begin + scenario.utc_offset_minutes * MINUTE_MS
    a_minute = sum(channel.level(local) for channel in scenario.channels if channel.name == drop.channel)
    rate = a_minute * scenario.rules.bucket_ms / MINUTE_MS
    reported = any(b.reports == drop.channel and b.begin < drop.end and b.end > drop.begin for b in scenario.bursts)
    return Truth(
        name=drop.name,
        kind="outage",
        must=(f"channel={drop.channel}",),
        begin=drop.begin,
        end=drop.end,
        planned=drop.planned,
        evidence=("reports", "volume") if reported else ("volume",),
        critical=_critical(scenario, drop),
        total=drop.left == 0 and not drop.flaps_minutes and rate >= LOUD,
        rate=round(rate, 3),
    )


def _critical(scenario: Scenario, drop: Drop) -> bool | None:
    """Tell whether an outage leaves no more than one channel; None if that changes while it lasts."""
    if drop.planned == "on_time":
        return False  # it wakes nobody
    others = [other for other in scenario.drops if other.channel != drop.channel]
    during = [other for other in others if other.begin < drop.end and other.end > drop.begin]
    if len(scenario.channels) - 1 - len({other.channel for other in during}) > 1:
        return False
    already = {other.channel for other in during if other.begin <= drop.begin < other.end}
    return True if len(scenario.channels) - 1 - len(already) <= 1 else None


def _of_dead(scenario: Scenario, dead: Dead) -> Iterator[Truth]:
    """Tell of blindness, and of the backlog if what was missed is written later."""
    yield Truth(dead.name, "blind", (f"source={dead.source}",), dead.begin, dead.end)
    if dead.returns_minutes:
        series = tuple(f"backlog={channel}" for channel in scenario.sources[dead.source])
        back = dead.end + dead.returns_minutes * MINUTE_MS
        yield Truth(f"{dead.name}: what was missed", "backlog", series, dead.end, back)
