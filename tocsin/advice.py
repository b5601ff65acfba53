"""When an interruption hurts least: start times ranked by the posts, and then the people, that it would silence."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin import series as names
from tocsin.forecast import NORMAL
from tocsin.incidents import Incident
from tocsin.maintenance import Window
from tocsin.outlook import Forecast, Outlook

LITTLE_DAYS = 2.0  # of history; below that the forecast has hardly seen a day come back
_CROWDS = ("posts", "channel", "keyword", "report")  # whose bursts say that people need to speak just now
_DOWN = ("out", "planned", "blind")


@dataclass(frozen=True)
class Start:
    """A window that may be chosen.

    Attributes:
        begin: Epoch ms.
        end: Epoch ms.
        forecast: What the channel is expected to carry in it.
    """

    begin: int
    end: int
    forecast: Forecast


@dataclass(frozen=True)
class Difference:
    """How much worse one window is than another.

    Attributes:
        posts: How many more are expected.
        times: As many as in the other; None if none is expected there.
        sure: Whether it is more than such forecasts are mostly off, where no burst comes into either window.
    """

    posts: float
    times: float | None
    sure: bool


@dataclass(frozen=True)
class Situation:
    """How things stand.

    Attributes:
        at: Event time up to which everything is known, epoch ms.
        windows: Declared maintenance, cancelled windows included.
        incidents: All that are known.
        channels: How each channel stands: alive, out, planned, blind or quiet.
    """

    at: int
    windows: tuple[Window, ...]
    incidents: tuple[Incident, ...]
    channels: Mapping[str, str]


def starts(outlook: Outlook, earliest: int, horizon_ms: int, duration_ms: int, step_ms: int) -> list[Start]:
    """List the windows of one length that lie within a horizon, in order of time.

    Args:
        outlook: What the channel is expected to carry.
        earliest: Epoch ms; the first start is the next whole step in UTC.
        horizon_ms: From ``earliest`` on; a window ends within it.
        duration_ms: Of the window.
        step_ms: Between two starts.
    """
    found = []
    for begin in range(-(-earliest // step_ms) * step_ms, earliest + horizon_ms - duration_ms + 1, step_ms):
        forecast = outlook.window(begin, begin + duration_ms)
        if forecast is not None:
            found.append(Start(begin, begin + duration_ms, forecast))
    return found


def ranked(candidates: Sequence[Start]) -> list[Start]:
    """Rank by expected posts, then by authors, then by time: the least first."""
    return sorted(candidates, key=lambda s: (round(s.forecast.posts, 6), round(s.forecast.authors, 6), s.begin))


def best(candidates: Sequence[Start], most: int) -> list[Start]:
    """Choose the best windows that do not overlap one another.

    Args:
        candidates: In any order.
        most: How many at most.
    """
    chosen: list[Start] = []
    for start in ranked(candidates):
        if len(chosen) < most and all(start.end <= other.begin or start.begin >= other.end for other in chosen):
            chosen.append(start)
    return chosen


def worst(candidates: Sequence[Start]) -> Start:
    """Choose the window that hurts most, the first of several; there must be one."""
    return max(ranked(candidates), key=lambda s: (round(s.forecast.posts, 6), round(s.forecast.authors, 6)))


def difference(forecast: Forecast, other: Forecast) -> Difference:
    """Tell how much more a window is expected to silence than another, both foretold at the same moment."""
    some, fewer = max(forecast.posts, 0.5), max(other.posts, 0.5)
    chance = math.hypot(max(forecast.apart, other.apart), NORMAL * math.sqrt(1 / some + 1 / fewer))
    return Difference(
        posts=forecast.posts - other.posts,
        times=forecast.posts / other.posts if other.posts > 0 else None,
        sure=abs(math.log(some / fewer)) > chance,
    )


def spell_difference(found: Difference) -> str:
    """Say a difference in words, and whether it is sure."""
    if found.posts >= 0:
        times = f", {found.times:,.1f} times as many" if found.times is not None else ""
        said, word = f"{found.posts:,.0f} more posts{times}", "worse"
    else:
        said, word = f"{-found.posts:,.0f} fewer posts", "better"
    return f"clearly {word}: {said}" if found.sure else f"{said}, which may be chance"


def declared_on(situation: Situation, channel: str) -> list[Window]:
    """List the windows that are declared on a channel and not over yet, by their beginning."""
    held = [w for w in situation.windows if w.channel == channel and w.state != "cancelled" and w.end > situation.at]
    return sorted(held, key=lambda window: (window.begin, window.id))


def cautions(channel: str, situation: Situation, outlook: Outlook) -> list[str]:
    """Say what should be known before a channel is interrupted, the gravest first.

    Args:
        channel: That would be interrupted.
        situation: How things stand.
        outlook: What the advice rests on.
    """
    said = []
    others = {name: state for name, state in situation.channels.items() if name != channel}
    if "alive" not in others.values():
        said.append(f"{channel} is the last channel that is alive: while it is down, nobody is heard")
    down = [
        f"{name} is {'in maintenance' if state == 'planned' else state}"
        for name, state in others.items()
        if state in _DOWN
    ]
    if down:
        said.append(f"less is heard already: {', '.join(down)}")
    if (state := situation.channels.get(channel)) in _DOWN:
        said.append(f"{channel} itself is {'in maintenance' if state == 'planned' else state} now")
    bursts = [incident.series for incident in situation.incidents if _speaks_of_need(incident, channel)]
    if bursts:
        said.append(f"people have much to say just now: bursts of {', '.join(sorted(bursts))} last")
    if outlook.days < LITTLE_DAYS:
        said.append(f"the forecast rests on {outlook.days:.1f} days: too few to know the rhythm of {channel}")
    return said


def _speaks_of_need(incident: Incident, channel: str) -> bool:
    if incident.kind != "burst" or incident.closed_at is not None or "|" in incident.series:
        return False
    dimension = names.dimension_of(incident.series)
    return dimension in _CROWDS and (dimension != "channel" or names.value_of(incident.series) == channel)
