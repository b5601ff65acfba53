"""What is true of a scenario: told by its parts, and by no detector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from producers.scenario.parts import MINUTE_MS, Burst, Dead, Drop, Flood, SlowClock
from tocsin.maintenance import Planned
from tocsin.posts import Notice
from tocsin.truth import LOUD, Truth

if TYPE_CHECKING:  # the model asks for the truth
    from producers.scenario.model import Scenario

# What people write about moves all that is counted of their posts.
_ANY = ("posts", "channel", "lang", "region", "media")


def truth_of(scenario: Scenario) -> list[Truth]:
    """Tell what happens; see :meth:`producers.scenario.model.Scenario.truth`."""
    events = [
        *(truth for burst in scenario.bursts for truth in _of_burst(scenario, burst)),
        *(_of_flood(flood) for flood in scenario.floods),
        *(_of_drop(scenario, drop) for drop in scenario.drops),
        *(truth for dead in scenario.deaths for truth in _of_dead(scenario, dead)),
        *(truth for slow in scenario.clocks for truth in _of_clock(scenario, slow)),
        *(Truth(b.name, "backlog", (f"backlog={b.channel}",), b.begin, b.end) for b in scenario.backlogs),
        *_exposed(scenario),
    ]
    return sorted(events, key=lambda event: (event.begin, event.name))


def _of_burst(scenario: Scenario, burst: Burst) -> Iterator[Truth]:
    """Tell of a burst, and of the outage that it reports if nobody collects that service."""
    shows, may = burst.shows, (*_ANY, *burst.may)
    report = f"report={burst.reports}"
    if any(drop.channel == burst.reports and drop.begin <= burst.begin < drop.end for drop in scenario.drops):
        may = (*may, report)  # it need not ring: it is evidence of an outage that is known already
    elif burst.reports in {channel.name for channel in scenario.channels}:
        shows = (*shows, report)
    elif burst.reports:
        name = f"{burst.name}: the outage"
        yield Truth(name, "outage", (report,), burst.begin, burst.end, planned="unannounced", evidence=("reports",))
    yield Truth(burst.name, "burst", shows, burst.begin, burst.end, may)


def _of_flood(flood: Flood) -> Truth:
    return Truth(flood.name, "burst", flood.shows, flood.begin, flood.end, (*_ANY, *flood.may))


def _of_drop(scenario: Scenario, drop: Drop) -> Truth:
    a_minute = sum(c.level(scenario.local(drop.begin)) for c in scenario.channels if c.name == drop.channel)
    rate = a_minute * scenario.rules.bucket_ms / MINUTE_MS
    reported = any(b.reports == drop.channel and b.begin < drop.end and b.end > drop.begin for b in scenario.bursts)
    planned = _planned(scenario.notices, drop)
    return Truth(
        name=drop.name,
        kind="outage",
        must=(f"channel={drop.channel}",),
        begin=drop.begin,
        end=drop.end,
        planned=planned,
        evidence=("reports", "volume") if reported else ("volume",),
        critical=planned != "on_time" and _critical(scenario, drop),  # what is on time wakes nobody
        total=drop.left == 0 and not drop.flaps_ms and not drop.fades_ms and rate >= LOUD,
        rate=round(rate, 3),
    )


def _planned(notices: tuple[Notice, ...], drop: Drop) -> Planned:
    """Tell how an outage lies to the windows of its channel that were declared before it began."""
    windows = {n.id: n for n in sorted(notices, key=lambda n: n.at) if n.channel == drop.channel and n.at <= drop.begin}
    for window in windows.values():
        if window.state != "cancelled" and drop.begin < window.end and drop.end > window.begin:
            if drop.begin < window.begin:
                return "early"
            return "overrun" if drop.end > window.end else "on_time"
    return "unannounced"


def _critical(scenario: Scenario, drop: Drop) -> bool | None:
    """Tell whether an outage leaves no more than one channel; None if that changes while it lasts."""
    others = [other for other in scenario.drops if other.channel != drop.channel]
    during = [other for other in others if other.begin < drop.end and other.end > drop.begin]
    if len(scenario.channels) - 1 - len({other.channel for other in during}) > 1:
        return False
    already = {other.channel for other in during if other.begin <= drop.begin < other.end}
    return True if len(scenario.channels) - 1 - len(already) <= 1 else None


def _of_dead(scenario: Scenario, dead: Dead) -> Iterator[Truth]:
    """Tell of blindness, and of the backlog if what was missed is written later."""
    yield Truth(dead.name, "blind", (f"source={dead.source}",), dead.begin, dead.end)
    if dead.returns_ms:
        series = tuple(f"backlog={channel}" for channel in scenario.sources.get(dead.source, ()))
        yield Truth(f"{dead.name}: what was missed", "backlog", series, dead.end, dead.end + dead.returns_ms)


def _of_clock(scenario: Scenario, slow: SlowClock) -> Iterator[Truth]:
    """Tell of a collector with a slow clock: it is taken for dead, and what it brings for old."""
    series = tuple(f"backlog={channel}" for channel in scenario.sources.get(slow.source, ()))
    yield Truth(slow.name, "blind", (f"source={slow.source}",), slow.begin, slow.end)
    yield Truth(f"{slow.name}: what it brings", "backlog", series, slow.begin, slow.end)


def _exposed(scenario: Scenario) -> Iterator[Truth]:
    """Tell while maintenance is declared on a channel, and all others are out."""
    for notice in scenario.notices:
        others = [channel.name for channel in scenario.channels if channel.name != notice.channel]
        later = [n.at for n in scenario.notices if n.id == notice.id and n.at > notice.at]
        begin, end = notice.at, min([notice.end, *later])
        for other in others:
            out = [drop for drop in scenario.drops if drop.channel == other and drop.begin < end and drop.end > begin]
            begin, end = (max(begin, out[0].begin), min(end, out[0].end)) if out else (begin, begin)
        if others and notice.state != "cancelled" and begin < end:
            series = (f"channel={notice.channel}",)
            yield Truth("maintenance of the last channel", "exposed", series, begin, end, critical=True)
