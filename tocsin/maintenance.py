"""Declared maintenance windows, and what an outage looks like beside them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tocsin.bounds import MOST_NOTICES
from tocsin.outlook import Forecast
from tocsin.posts import Notice

Planned = Literal["on_time", "early", "overrun", "unannounced"]
# When a window is over for so long, it is forgotten; so is a notice that comes as late as that.
KEPT_MS = 90 * 86_400_000
TOLERANCE_MS = 120_000  # an interruption may begin before its window, or end after it, and still be the one announced

Foretell = Callable[[str, int, int], Forecast | None]


class Window(Struct, frozen=True, omit_defaults=True):
    """A maintenance window ``[begin, end)`` of a channel, as its newest notice has it.

    Attributes:
        id: Of its notices.
        channel: That will be interrupted.
        begin: Epoch ms.
        end: Epoch ms.
        at: When the newest notice was made, epoch ms.
        state: What that notice says.
        forecast: What the channel was expected to carry in it when that notice came; None where too little was known.
        since: When its first notice was made, epoch ms: what was silent before that had not been announced.
    """

    id: str
    channel: str
    begin: int
    end: int
    at: int
    state: Literal["declared", "moved", "cancelled"]
    forecast: Forecast | None = None
    since: int = 0


Windows = dict[str, Window]


def on_notices(windows: Windows, notices: Iterable[Notice], now: int, foretell: Foretell) -> Windows:
    """Fold notices into the known windows: of each id the one with the newest ``at`` holds.

    Args:
        windows: By id; not mutated.
        notices: In any order.
        now: Event time, epoch ms.
        foretell: Tells what a channel is expected to carry between two times, epoch ms.

    Returns:
        The windows by id, cancelled ones included, for a late older notice must not revive them. Those that are over
        for ninety days are gone. Beyond a thousand there is no room for another id.
    """
    folded = dict(windows)
    for notice in notices:
        held = folded.get(notice.id)
        if held is None and len(folded) >= MOST_NOTICES:
            continue
        since = notice.at if held is None else min(held.since, notice.at)
        if held is not None and notice.at < held.at:
            folded[notice.id] = replace(held, since=since)
            continue
        forecast = None if notice.state == "cancelled" else foretell(notice.channel, notice.begin, notice.end)
        folded[notice.id] = Window(
            notice.id, notice.channel, notice.begin, notice.end, notice.at, notice.state, forecast, since
        )
    return {name: window for name, window in folded.items() if window.end > now - KEPT_MS}


def declared(windows: Mapping[str, Window], channel: str) -> list[Window]:
    """List the windows that hold for a channel, by their beginning."""
    held = [window for window in windows.values() if window.channel == channel and window.state != "cancelled"]
    return sorted(held, key=lambda window: (window.begin, window.end, window.id))


def classify(windows: Mapping[str, Window], channel: str, begin: int, end: int, tolerance_ms: int) -> Planned:
    """Hold an outage against the windows declared for its channel.

    Windows that follow each other within the tolerance count as one. Where an outage reaches through several that do
    not, the first one excuses it no longer than it lasts. One that was first announced after the onset excuses nothing,
    but one that was announced before may be moved while the outage lasts.

    Args:
        windows: By id.
        channel: That fell silent.
        begin: Onset, epoch ms.
        end: When it recovered, or the present while it lasts, epoch ms.
        tolerance_ms: How far an onset or a recovery may lie outside a window before that counts.

    Returns:
        ``on_time`` inside a window, ``early`` if it began before one that it reaches into, ``overrun`` if it
        went on after one, ``unannounced`` if it touches none.
    """
    touched = [
        window
        for window in declared(windows, channel)
        if begin < window.end + tolerance_ms and end > window.begin - tolerance_ms
        if window.since <= begin + tolerance_ms
    ]
    if not touched:
        return "unannounced"
    if begin < touched[0].begin - tolerance_ms:
        return "early"
    covered = touched[0].end
    for window in touched[1:]:
        if window.begin <= covered + tolerance_ms:
            covered = max(covered, window.end)
    return "overrun" if end > covered + tolerance_ms else "on_time"
