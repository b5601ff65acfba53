"""Declared maintenance windows, and what an outage looks like beside them."""

from collections.abc import Iterable, Mapping
from typing import Literal

from tocsin.posts import Notice

Planned = Literal["on_time", "early", "overrun", "unannounced"]
Windows = dict[str, Notice]


def on_notices(windows: Windows, notices: Iterable[Notice]) -> Windows:
    """Fold notices into the known windows: of each id the one with the newest ``at`` holds.

    Args:
        windows: By id; not mutated.
        notices: In any order.

    Returns:
        The windows by id, cancelled ones included, for a late older notice must not revive them.
    """
    folded = dict(windows)
    for notice in notices:
        held = folded.get(notice.id)
        if held is None or notice.at >= held.at:
            folded[notice.id] = notice
    return folded


def classify(windows: Mapping[str, Notice], channel: str, begin: int, end: int, tolerance_ms: int) -> Planned:
    """Hold an outage against the windows declared for its channel.

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
        for window in windows.values()
        if window.channel == channel
        and window.state != "cancelled"
        and begin < window.end + tolerance_ms
        and end > window.begin - tolerance_ms
    ]
    if not touched:
        return "unannounced"
    if begin < min(window.begin for window in touched) - tolerance_ms:
        return "early"
    return "overrun" if end > max(window.end for window in touched) + tolerance_ms else "on_time"
