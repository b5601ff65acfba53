"""Which channels stand: who can still be heard, and what would be lost with the last of them."""

from collections.abc import Iterable, Mapping
from typing import Literal

from tocsin import series as names
from tocsin.casebook import Casebook
from tocsin.incidents import Incident
from tocsin.maintenance import Window

State = Literal["alive", "out", "planned", "blind", "quiet"]
Channels = dict[str, State]
# A channel that has said nothing for so long carries no news, even if it is too small for its silence to be an outage.
QUIET_MS = 6 * 3_600_000


def states_of(heard: Mapping[str, int], unseen: Iterable[str], outages: Iterable[Incident]) -> Channels:
    """Tell how every channel stands.

    Args:
        heard: For how long each channel has been silent, ms; those that nobody remembers are left out.
        unseen: Channels none of whose sources covers the present.
        outages: Those that last.

    Returns:
        By channel, sorted: ``alive``; ``out``, or ``planned`` if that is inside a declared window; ``blind`` if nobody
        sees it; ``quiet`` if it speaks so seldom that nobody can tell.
    """
    states: Channels = {channel: "quiet" if ms > QUIET_MS else "alive" for channel, ms in heard.items()}
    for outage in outages:
        if names.dimension_of(outage.series) == "channel":
            states[names.value_of(outage.series)] = "planned" if outage.planned == "on_time" else "out"
    states |= dict.fromkeys((channel for channel in unseen if channel in states), "blind")
    return dict(sorted(states.items()))


def alive(channels: Channels) -> tuple[str, ...]:
    """List the channels that are alive."""
    return tuple(channel for channel, state in channels.items() if state == "alive")


def watch_the_last(book: Casebook, channels: Channels, windows: Mapping[str, Window], now: int) -> None:
    """Open and close incidents of the kind ``exposed``, and raise outages that leave one channel, or none.

    A channel is exposed when a window is declared on it that is not over, while all others are down or unseen. That
    holds through the window itself, and for a channel that others leave alone after it was declared.

    Args:
        book: Where incidents are kept.
        channels: How they stand.
        windows: By id.
        now: End of the bucket, epoch ms.
    """
    standing = alive(channels)
    down = {channel for channel, state in channels.items() if state in ("out", "planned", "blind")}
    for outage in book.of_kind("outage") if down else ():  # what is merely reported leaves all channels standing
        if outage.standing is None or len(standing) < min(len(outage.standing), 2):
            book.revise(outage, standing=standing)
    last = {
        window.channel
        for window in windows.values()
        if window.state != "cancelled" and window.end > now and window.channel in channels
        if set(standing) <= {window.channel} and down - {window.channel}
    }
    for incident in book.of_kind("exposed"):
        if names.value_of(incident.series) not in last:
            book.end(incident, now)
    for channel in sorted(last):
        series = names.series("channel", channel)
        if book.find("exposed", series) is None:
            others = tuple(sorted(down - {channel}))
            book.begin("exposed", series, now, detected_at=now, channels=others, standing=standing)
