"""Connections to a Mastodon server: its stream, and its timeline for what was missed.

A stream cannot be resumed. So after each new beginning the timeline is asked for what is newer than the last status;
what comes twice is known by its id.

References:
    https://docs.joinmastodon.org/methods/streaming/
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import aiohttp

from producers.live.causes import spell_cause
from producers.live.events import Answer, Arrival, CutError, Opened
from producers.live.mastodon_events import MastodonEvents
from producers.live.mastodon_place import Calls, Place
from producers.live.mastodon_timeline import TIME_BITS, Timeline, clock_of

_LINE_BYTES = 512 * 1024
_DATA_LINES = 16  # of an event; servers send one

Deliver = Callable[[Arrival], Awaitable[None]]


class MastodonStream:
    """Listens to a stream.

    Args:
        place: Which.
        events: Reads what it tells.
        now: Epoch ms.
        calls: How a connection is kept.
        sleep: Waits for seconds.
        seconds: Monotonic.
    """

    def __init__(
        self,
        place: Place,
        events: MastodonEvents,
        now: Callable[[], int],
        *,
        calls: Calls | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._events = events
        self._now = now
        self._seconds = seconds
        self._calls = calls or Calls()
        self._timeline = Timeline(place, self._events, now, self._calls, sleep)
        self._first: int | None = None  # when the first stream began, by the server's clock

    async def listen(self, mark: int, deliver: Deliver) -> None:
        """Connect, fetch what was missed, and deliver what the server tells, until the connection ends.

        Args:
            mark: Number of the newest status so far; 0 if there is none.
            deliver: Takes it; may be slow, then less is read.

        Raises:
            CutError: Always: with the reason why it ended.
        """
        host = urlsplit(self._place.server).hostname
        try:
            async with aiohttp.ClientSession(headers=self._place.headers, read_bufsize=_LINE_BYTES) as session:
                await self._listen(session, mark, deliver)
        except CutError as error:
            raise CutError(f"{host}: {error}") from None
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError too
            raise CutError(f"{host}: {spell_cause(error)}") from None

    async def _listen(self, session: aiohttp.ClientSession, mark: int, deliver: Deliver) -> None:
        timeout = aiohttp.ClientTimeout(total=None, connect=self._calls.connect, sock_read=self._calls.dead)
        async with session.get(self._place.stream, timeout=timeout) as response:
            if response.status != 200:
                raise CutError(_refusal(response.status))
            clock = clock_of(response.headers)
            await deliver(Opened(clock=clock))
            if not mark and self._first is not None:  # nothing has come yet; ask from when we began
                mark = self._first << TIME_BITS
            self._first = clock if self._first is None else self._first
            # What the stream tells meanwhile waits in the connection: it is far ahead of what was missed.
            await self._timeline.bridge(session, mark, deliver)
            await self._read(response.content, deliver)

    async def _read(self, lines: aiohttp.StreamReader, deliver: Deliver) -> None:
        """Read server-sent events until there are no more."""
        name, data = "", list[str]()
        while True:
            line = await self._line(lines, deliver)
            field, _, value = line.partition(":")
            if field == "event":
                name = value.strip()
            elif field == "data":
                data.append(value.removeprefix(" "))
                if len(data) > _DATA_LINES:
                    raise CutError("an event was too large")
            elif not line and (name or data):
                await deliver(self._events.event(name, "\n".join(data), self._now()))
                name, data = "", []

    async def _line(self, lines: aiohttp.StreamReader, deliver: Deliver) -> str:
        """Read a line, a comment at times; if it was waited for, all that was told before the waiting has come."""
        asked, began = self._now(), self._seconds()
        try:
            raw = await lines.readline()
        except ValueError:
            raise CutError("a line was too large") from None
        if not raw.endswith(b"\n"):
            raise CutError("the server ended the stream")
        if self._seconds() - began >= self._calls.idle:
            await deliver(Answer(asked))
        return raw.decode(errors="replace").rstrip("\r\n")


def _refusal(status: int) -> str:
    reasons = {
        401: "it wants an access token (TOCSIN_MASTODON_TOKEN)",
        403: "the access token may not read this stream",
        404: "it has no such stream",
        429: "too many requests",
    }
    return f"the server refused, HTTP {status}" + (f": {reasons[status]}" if status in reasons else "")
