"""The timeline of a Mastodon server, from which is fetched what its stream told while nobody listened.

References:
    https://docs.joinmastodon.org/methods/timelines/
    https://docs.joinmastodon.org/api/rate-limits/
"""

from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import msgspec

from producers.archive.times import TimeError, epoch_ms
from producers.live.events import Arrival, Bridged, Reached
from producers.live.mastodon_events import MastodonEvents, mark_of
from producers.live.mastodon_place import Calls, Place

TIME_BITS = 16  # a status' number is its time in ms, and so many bits that tell it from others


class Timeline:
    """Fetches statuses page by page, from old to new.

    Args:
        place: Which timeline.
        events: Reads statuses.
        now: Epoch ms.
        calls: How patiently.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        place: Place,
        events: MastodonEvents,
        now: Callable[[], int],
        calls: Calls,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._place = place
        self._events = events
        self._now = now
        self._calls = calls
        self._sleep = sleep

    async def bridge(
        self, session: aiohttp.ClientSession, mark: int, deliver: Callable[[Arrival], Awaitable[None]]
    ) -> None:
        """Fetch what is newer than a mark, and say at the end whether that was all.

        Args:
            session: By which the server is asked.
            mark: Number of a status; 0 if none is known.
            deliver: Takes it; may be slow.
        """
        if not mark:
            await deliver(Bridged(whole=False))
            return
        newest = max(1, mark - (int(self._calls.overlap * 1000) << TIME_BITS))
        for _ in range(self._calls.pages):
            page = await self._page(session, newest)
            if page is None:
                break
            if not page:
                await deliver(Bridged(whole=True))
                return
            for status in reversed(page):
                await deliver(Reached(max(0, (mark_of(status) >> TIME_BITS) - 1)))
                await deliver(self._events.status(status, self._now()))
            reached = max(map(mark_of, page))
            if reached <= newest:
                break
            newest = reached
        await deliver(Bridged(whole=False))

    async def _page(self, session: aiohttp.ClientSession, newest: int) -> list[Any] | None:
        """Fetch the page that follows a status; None if it cannot be had."""
        waited = 0.0
        while True:
            timeout = aiohttp.ClientTimeout(total=self._calls.connect)
            try:
                address = f"{self._place.timeline}&min_id={newest}"
                async with session.get(address, timeout=timeout) as response:
                    if response.status == 200:
                        page = msgspec.json.decode(await response.read())
                        return page if isinstance(page, list) else None
                    pause = _pause(response.headers) if response.status == 429 else None
            except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError, ValueError, RecursionError):
                return None
            if pause is None or waited + pause > self._calls.patience:
                return None
            await self._sleep(pause)
            waited += pause


def clock_of(headers: Mapping[str, str]) -> int | None:
    """Read what the server's clock shows, or a little less: whole seconds."""
    try:
        return int(parsedate_to_datetime(headers["Date"]).timestamp() * 1000)
    except (KeyError, ValueError, OverflowError):
        return None


def _pause(headers: Mapping[str, str]) -> float | None:
    """Read in how many seconds requests are allowed again, by the server's own clock; None if it does not say."""
    clock = clock_of(headers)
    try:
        return None if clock is None else max(1.0, (epoch_ms(headers["X-RateLimit-Reset"]) - clock) / 1000)
    except (KeyError, TimeError):
        return None
