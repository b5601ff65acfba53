"""A picture of the coming days in a terminal: a row a day, two columns an hour."""

from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta, tzinfo

from tocsin.advice import Start
from tocsin.maintenance import Window
from tocsin.outlook import Outlook
from tocsin.wall_clock import MINUTE_MS, local, offset_minutes, spell_local
from tocsin.zones import UTC_NAME, city_of

_HALF_MS = 30 * MINUTE_MS
_DAY_MS = 48 * _HALF_MS
_TICK_MS = 3 * 60 * MINUTE_MS
_HEIGHTS = " ▁▂▃▄▅▆▇█"


def draw_hours(
    outlook: Outlook, horizon: range, best: Sequence[Start], windows: Sequence[Window], clocks: Sequence[tzinfo]
) -> Iterator[str]:
    """Draw what a channel is expected to carry: the higher, the more posts.

    Args:
        outlook: What is drawn, by half hours.
        horizon: From when to when, epoch ms.
        best: Marked below their beginning, by their rank from 1.
        windows: Declared ones: marked ``=`` below all of their time.
        clocks: Their hours are written above those of UTC's days.

    Yields:
        Lines of at most 11 columns and 48 more, or as wide as the name of a city needs.
    """
    first, last = horizon.start // _DAY_MS * _DAY_MS, horizon.stop
    days = range(first, last, _DAY_MS)
    wide = max(len(name) for name in (*(city_of(str(clock)) for clock in clocks), "Tue 16 Jun")) + 1
    for clock in (UTC, *clocks):
        hours = (local(at, clock).strftime("%H:%M") for at in range(first, first + _DAY_MS, _TICK_MS))
        name = UTC_NAME if clock is UTC else city_of(str(clock))
        yield (f"{name:<{wide}}" + " ".join(hours)).rstrip()
    halves = {at: outlook.window(at, at + _HALF_MS) for at in range(first, days[-1] + _DAY_MS, _HALF_MS)}
    most = max((found.posts for found in halves.values() if found is not None), default=0.0)
    for day in days:
        slots = range(day, day + _DAY_MS, _HALF_MS)
        posts = [
            found.posts if (found := halves[at]) is not None and horizon.start < at + _HALF_MS <= last else None
            for at in slots
        ]
        yield (f"{local(day, UTC):%a %d %b}".ljust(wide) + "".join(_height(value, most) for value in posts)).rstrip()
        marks = "".join(_mark(at, best, windows) for at in slots).rstrip()
        if marks:
            yield " " * wide + marks
    yield from _changes(clocks, first, last)


def _height(posts: float | None, most: float) -> str:
    """Draw a value by the height of a character; whatever is above zero shows."""
    if posts is None or posts <= 0 or most <= 0:
        return " "
    return _HEIGHTS[max(1, round(posts / most * (len(_HEIGHTS) - 1)))]


def _mark(at: int, best: Sequence[Start], windows: Sequence[Window]) -> str:
    for rank, start in enumerate(best, 1):
        if at <= start.begin < at + _HALF_MS:
            return str(rank)
    return "=" if any(window.begin < at + _HALF_MS and window.end > at for window in windows) else " "


def _changes(clocks: Sequence[tzinfo], first: int, last: int) -> Iterator[str]:
    """Say where a clock changes within the picture, for its hours above are those of the first day."""
    for clock in clocks:
        if offset_minutes(first, clock) != offset_minutes(last, clock):
            hours = timedelta(minutes=offset_minutes(last, clock) - offset_minutes(first, clock)) / timedelta(hours=1)
            yield f"{city_of(str(clock))} changes its clocks by {hours:+g} h before {spell_local(last, clock)}"
