"""What in a scenario can be played, and is yet likely a mistake."""

from collections.abc import Iterator

from producers.scenario.document import nearest
from producers.scenario.expected import ordinary
from producers.scenario.happenings import happenings
from producers.scenario.model import Scenario
from producers.scenario.parts import HOUR_MS, MINUTE_MS, Burst

_LEARN_HOURS = 24
_FAINT = 1.0  # extra posts a bucket at the height of a burst, below which it is lost in the noise
_FAINT_SHARE = 1 / 3  # of what is ordinary on a channel, likewise


def doubts(scenario: Scenario) -> Iterator[str]:
    """Find what whoever wrote it can hardly have meant.

    Yields:
        What is doubtful, and what would be expected.
    """
    yield from _strangers(scenario)
    yield from _outside(scenario)
    yield from _without_effect(scenario)
    for burst in scenario.bursts:
        yield from _faint(scenario, burst)
    first = min((event.begin for event in scenario.truth()), default=scenario.end)
    if first - scenario.begin < _LEARN_HOURS * HOUR_MS:
        yield f"the first event comes within {_LEARN_HOURS} hours: nobody knows yet what is ordinary"


def _strangers(scenario: Scenario) -> Iterator[str]:
    """Find channels and sources that nobody has."""
    channels, sources = [channel.name for channel in scenario.channels], list(scenario.sources)
    on_channels = [
        *((drop.name, drop.channel) for drop in scenario.drops),
        *((flood.name, flood.channel) for flood in scenario.floods),
        *((backlog.name, backlog.channel) for backlog in scenario.backlogs),
        *((notice.id, notice.channel) for notice in scenario.notices),
        *((burst.name, channel) for burst in scenario.bursts for channel in burst.per_minute),
    ]
    of_sources = [
        *((dead.name, dead.source) for dead in scenario.deaths),
        *((slow.name, slow.source) for slow in scenario.clocks),
    ]
    for name, channel in on_channels:
        if channel not in channels:
            yield f"{name}: no channel is called {channel}; {nearest(channel, channels)}"
    for name, source in of_sources:
        if source not in sources:
            yield f"{name}: no channel has a source {source}; {nearest(source, sources)}"


def _outside(scenario: Scenario) -> Iterator[str]:
    """Find what does not happen while the scenario lasts."""
    for one in happenings(scenario):
        if not scenario.begin <= one.begin < scenario.end:
            yield f"{one.name}: it begins outside the scenario, and is never seen"
        elif one.end is not None and one.end > scenario.end:
            yield f"{one.name}: it goes on after the scenario, which cuts it off; let it end with that"
    for notice in scenario.notices:
        if notice.begin >= scenario.end:
            yield f"{notice.id}: its window lies behind the end of the scenario"


def _without_effect(scenario: Scenario) -> Iterator[str]:
    for drop in scenario.drops:
        if drop.left == 1:
            yield f"{drop.name}: all posts are left, so nothing is missed"
        if drop.fades_ms >= drop.end - drop.begin:
            yield f"{drop.name}: it is over before it has faded"
    for dead in scenario.deaths:
        if (dead.end - scenario.begin) % (scenario.heartbeat_seconds * 1000):
            yield f"{dead.name}: it ends between two heartbeats, so nobody says at once that it is over"
    for backlog in scenario.backlogs:
        closed = backlog.begin - scenario.rules.bucket_ms - scenario.rules.lateness_ms
        if not backlog.oldest < backlog.newest < closed:
            yield f"{backlog.name}: expected oldest before newest, and both in buckets that have closed"
    if scenario.heartbeat_seconds > scenario.settings["blind_after_seconds"]:
        yield "heartbeats come so seldom that every collector is blind between two of them"


def _faint(scenario: Scenario, burst: Burst) -> Iterator[str]:
    buckets_a_minute = MINUTE_MS / scenario.rules.bucket_ms
    extra = sum(burst.per_minute.values()) / buckets_a_minute
    if burst.shows and extra < _FAINT:
        yield f"{burst.name}: {extra:g} posts a bucket at its height are lost in the noise"
    for channel in scenario.channels:
        usual, more = ordinary(scenario, channel, burst.begin), burst.per_minute.get(channel.name, 0.0)
        if f"channel={channel.name}" in burst.shows and more < _FAINT_SHARE * usual:
            yield f"{burst.name}: {more:g} posts a minute hardly show on {channel.name}, which has {usual:.0f} anyway"
