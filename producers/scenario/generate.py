"""From a scenario to its stream, minute by minute, in bounded memory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING

from producers.items import Item, item_of
from producers.scenario.parts import MINUTE_MS
from producers.scenario.stream import Arrival, Stream
from producers.scenario.texts import Composer
from tocsin.posts import Heartbeat

if TYPE_CHECKING:  # the model imports the generator
    from producers.scenario.model import Scenario

_comes = itemgetter(0)


def generate(scenario: Scenario, seed: int) -> Iterator[Item]:
    """Make the stream of a scenario; see :meth:`producers.scenario.model.Scenario.lines`."""
    chance = Random(seed).random  # noqa: S311 - a simulation, not a secret
    sources = scenario.sources
    for source, names in sources.items():
        yield item_of(Heartbeat(source, scenario.begin - 1, names))

    texts = Composer(scenario.topics, scenario.places, scenario.photos)
    streams = [Stream(scenario, channel, texts, chance) for channel in scenario.channels]
    pending: list[Arrival] = [(notice.at, item_of(notice)) for notice in scenario.notices]
    heartbeat_ms = scenario.heartbeat_seconds * 1000
    heartbeat_at = scenario.begin + heartbeat_ms
    for minute in range(scenario.begin, scenario.end, MINUTE_MS):
        until = min(minute + MINUTE_MS, scenario.end)
        for stream in streams:
            pending += stream.minute(minute, until)
        while heartbeat_at < until:
            pending += [
                (heartbeat_at, item_of(heartbeat)) for heartbeat in _heartbeats(scenario, sources, heartbeat_at)
            ]
            heartbeat_at += heartbeat_ms
        pending.sort(key=_comes)  # what comes at the same moment keeps the order in which it was made
        due = bisect_left(pending, until, key=_comes)
        for _, item in pending[:due]:
            yield item
        del pending[:due]

    for _, item in pending:
        yield item
    # The last bucket closes, and not the one after it, which would be empty: on loud channels that is an outage.
    closing = scenario.end + scenario.rules.bucket_ms + scenario.rules.lateness_ms - 1
    for source, names in sources.items():
        yield item_of(Heartbeat(source, closing, names))


def _heartbeats(scenario: Scenario, sources: Mapping[str, tuple[str, ...]], at: int) -> Iterator[Heartbeat]:
    """Yield what each collector says at a moment; the dead say nothing."""
    for source, names in sources.items():
        if not any(dead.source == source and dead.begin <= at < dead.end for dead in scenario.deaths):
            yield Heartbeat(source, at - scenario.slow_ms(source, at), names)
