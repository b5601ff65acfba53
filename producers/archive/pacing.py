"""How fast a recorded stream is played, and on which dates."""

import time
from collections.abc import Callable, Iterable, Iterator

import msgspec

from producers.items import Item, item_of
from tocsin.posts import LAST_MS, Heartbeat, Notice

_STEP_SECONDS = 0.1


class Pacer:
    """Holds lines back until it is their time.

    Heartbeats say what time it is; a post that claims to be far ahead of them is not waited for.

    Args:
        speed: Seconds of event time per second; None is as fast as possible.
        ahead_ms: How far ahead of the clock a post may be before its word is doubted.
        clock: Monotonic seconds.
        sleep: Waits for seconds.
        idle: Called now and then while waiting, so that lines in a half-filled record go out.
    """

    def __init__(
        self,
        speed: float | None,
        ahead_ms: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._speed = speed
        self._ahead_ms = ahead_ms
        self._clock = clock
        self._sleep = sleep
        self._idle = idle
        self._origin: tuple[float, int] | None = None
        self._heard = 0

    def wait(self, item: Item) -> None:
        """Return when it is time to write a line."""
        line = item.line
        if self._speed is None or line is None:
            return
        if isinstance(line, Heartbeat):
            self._heard = max(self._heard, line.at)
        elif line.at > self._heard + self._ahead_ms:
            return
        if self._origin is None:
            self._origin = (self._clock(), line.at)
        began, first = self._origin
        due = began + (line.at - first) / 1000 / self._speed
        while (left := due - self._clock()) > 0:
            self._sleep(min(left, _STEP_SECONDS))
            self._idle()


def rebase(items: Iterable[Item], now_ms: int, bucket_ms: int) -> Iterator[Item]:
    """Move a stream in time, so that it begins now.

    It moves by whole buckets, so that every bucket keeps its posts. The hour of the day and the day of the week do
    change, and with them what is usual for them. Lines that cannot be read stay as they are, and so does a line that
    would leave the range of event times.

    Args:
        items: The stream; its first line that bears a time will bear ``now_ms``, or up to a bucket before.
        now_ms: Epoch ms.
        bucket_ms: Width of a bucket.

    Yields:
        The lines, with new times.
    """
    shift: int | None = None
    for item in items:
        if item.line is None:
            yield item
            continue
        if shift is None:
            shift = (now_ms - item.line.at) // bucket_ms * bucket_ms
        yield _moved(item, shift)


def _moved(item: Item, shift: int) -> Item:
    line = item.line
    if line is None:
        return item
    times = {"at": line.at + shift}
    if isinstance(line, Notice):
        times |= {"begin": line.begin + shift, "end": line.end + shift}
    if min(times.values()) < 0 or max(times.values()) > LAST_MS:
        return item
    return item_of(msgspec.structs.replace(line, **times))
