"""Running a collector: connections that come and go on one side, Kafka or an archive on the other.

What arrives waits in a queue of bounded length. While the broker is away nothing is taken from it: it fills, and then
nothing more is read, so that the server must wait, or throws us out; that is a gap like any other. Pings are answered
until then.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from producers.items import Sink, item_of
from producers.live.backoff import Backoff
from producers.live.events import Answer, Arrival, Broken, CutError, Event, Opened, Reached
from producers.live.follower import Follower
from producers.live.gaps import Gap
from producers.live.state import save_state
from tocsin.posts import Heartbeat, Post

_QUEUE = 1000
_TICK_SECONDS = 0.1


class Source(Protocol):
    """A service that can be listened to."""

    async def listen(self, mark: int, deliver: Callable[[Arrival], Awaitable[None]]) -> None:
        """Connect, resume behind a mark, and deliver what comes until the connection ends.

        Raises:
            CutError: When it ended.
        """


@dataclass(frozen=True)
class World:
    """What a collector knows of the world.

    Attributes:
        now: Epoch ms.
        chance: Gives numbers from 0 to 1.
        sleep: Waits for seconds.
        on_gap: Told of a gap once it has ended.
        on_cut: Told why a connection ended, and how many seconds will pass before the next attempt.
    """

    now: Callable[[], int]
    chance: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    on_gap: Callable[[Gap], None] = lambda _: None
    on_cut: Callable[[str, float], None] = lambda _cause, _seconds: None


class Collector:
    """Follows a source until it is told to stop.

    Args:
        source: What is listened to.
        follower: Makes posts and heartbeats of it.
        sink: Where they go.
        state: File that is replaced whenever all that was written is safe; None keeps none.
        save_seconds: How often.
        world: Clock, chance, and who is told.
    """

    def __init__(
        self,
        source: Source,
        follower: Follower,
        sink: Sink,
        state: Path | None,
        *,
        save_seconds: float,
        world: World,
    ) -> None:
        self._source = source
        self._follower = follower
        self._sink = sink
        self._state = state
        self._save_ms = int(save_seconds * 1000)
        self._world = world
        self._saved: int | None = None
        self._backoff = Backoff(world.chance)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the source over all its connections, and leave everything safe behind.

        Args:
            stop: Set when it is to end.

        Raises:
            TocsinError: When the sink can take no more.
        """
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                cause = await self._connection(stopped)
                if cause is None:
                    break
                self._follower.on_close(cause, self._world.now())
                pause = self._backoff.next()
                self._world.on_cut(cause, pause)
                resting = asyncio.ensure_future(self._world.sleep(pause))
                await asyncio.wait([stopped, resting], return_when=asyncio.FIRST_COMPLETED)
                resting.cancel()
        finally:
            stopped.cancel()
        await self._save()

    async def _connection(self, stopped: asyncio.Task[bool]) -> str | None:
        """Follow one connection; returns why it ended, or None if it was told to stop."""
        queue: asyncio.Queue[Arrival] = asyncio.Queue(_QUEUE)
        self._follower.on_attempt()
        listening = asyncio.create_task(self._source.listen(self._follower.mark, queue.put))
        try:
            while not stopped.done():
                arrivals = await _next(queue, listening)
                if arrivals is None:
                    return _cause(listening)
                await self._take(arrivals)
            return None
        finally:
            listening.cancel()
            await asyncio.wait([listening])

    async def _take(self, arrivals: list[Arrival]) -> None:
        """Write what comes of some arrivals, and the heartbeat that is due."""
        lines: list[Post | Heartbeat] = []
        for arrival in arrivals:
            lines += self._on(arrival)
        lines += self._follower.beat(self._world.now())
        # The sink blocks while the broker is away; the loop goes on answering pings.
        await asyncio.to_thread(self._write, lines)
        if self._is_due():
            await self._save()

    def _is_due(self) -> bool:
        if self._saved is None:  # as soon as there is something to know: killed at once, it must know where it began
            return self._follower.vouched >= 0
        return self._world.now() - self._saved >= self._save_ms

    def _on(self, arrival: Arrival) -> list[Post | Heartbeat]:
        now, follower, gap = self._world.now(), self._follower, None
        lines: list[Post | Heartbeat] = []
        if isinstance(arrival, Event | Answer):  # not before: some servers take a connection only to end it
            self._backoff.reset()
        if isinstance(arrival, Event):
            lines, gap = follower.on_event(arrival, now)
        elif isinstance(arrival, Answer):
            follower.on_answer(arrival.asked)
        elif isinstance(arrival, Broken):
            follower.counts[arrival.fault] += 1
        elif isinstance(arrival, Opened):
            follower.on_open(arrival, now)
        elif isinstance(arrival, Reached):
            lines += follower.on_reached(arrival.at, now)
        else:
            gap = follower.on_bridged(whole=arrival.whole, now=now)
        if gap is not None:
            self._world.on_gap(gap)
        return lines

    def _write(self, lines: list[Post | Heartbeat]) -> None:
        for line in lines:
            self._sink.write(item_of(line))
        self._sink.poll()

    async def _save(self) -> None:
        """Make all that was written safe, and only then write down that it is."""
        await asyncio.to_thread(self._sink.flush)
        self._saved = now = self._world.now()
        if self._state is not None:
            await asyncio.to_thread(save_state, self._state, self._follower.state(now))


async def _next(queue: asyncio.Queue[Arrival], listening: asyncio.Task[None]) -> list[Arrival] | None:
    """Take what has arrived, after a tick at the latest; None once the connection has ended and all is taken."""
    if queue.empty() and not listening.done():
        getting = asyncio.ensure_future(queue.get())
        await asyncio.wait([getting, listening], timeout=_TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if getting.done():
            first = [getting.result()]
        else:
            getting.cancel()
            first = []
    elif queue.empty():
        return None
    else:
        first = []
    return first + [queue.get_nowait() for _ in range(queue.qsize())]


def _cause(listening: asyncio.Task[None]) -> str:
    """Say why a connection ended; anything but a cut is a fault of ours, and is raised."""
    try:
        listening.result()
    except CutError as error:
        return str(error)
    return "the server ended the connection"
