"""The shell around the follower: what is safe, what waits, and what ends it."""

import asyncio
import threading

import pytest
from servers.listening import PLAN, Clock, Listed

from producers.items import Item
from producers.live.collector import Collector, World
from producers.live.events import CutError, Event, Opened
from producers.live.filters import Filter
from producers.live.follower import Follower
from producers.live.memory import key_of
from producers.live.state import load_state
from tocsin.errors import ArchiveError
from tocsin.posts import Post

START = 1_791_000_000_000


class Told:
    """A source that tells so many posts, and then says nothing."""

    def __init__(self, posts: int) -> None:
        self.posts = posts
        self.delivered = 0

    async def listen(self, _mark, deliver) -> None:
        await deliver(Opened())
        for number in range(self.posts):
            at = START + number
            post = Post(str(number), at, "jetstream", "bluesky", "somebody", "x")
            await deliver(Event("post", at, key=key_of(str(number)), mark=at * 1000, post=post))
            self.delivered += 1
        await asyncio.sleep(60)


class Stuck(Listed):
    """A sink that takes nothing for a while, as while the broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()

    def write(self, item: Item) -> None:
        assert self.free.wait(10)
        super().write(item)


class Full(Listed):
    def flush(self) -> None:
        raise ArchiveError("a.ndjson: cannot be written: No space left on device")


def collector(source, sink, state=None, **world) -> Collector:
    clock = Clock(START + 60_000)
    follower = Follower(PLAN, Filter(), None, clock.now())
    return Collector(source, follower, sink, state, save_seconds=0, world=World(clock.now, lambda: 0.5, **world))


def test_while_the_sink_is_stuck_only_so_much_is_read_and_then_nothing_is_lost() -> None:
    source, sink = Told(20_000), Stuck()

    async def scene() -> int:
        stop = asyncio.Event()
        running = asyncio.create_task(collector(source, sink).run(stop))
        await asyncio.sleep(0.3)
        waiting = source.delivered
        sink.free.set()
        while len(sink.posts) < 20_000:  # noqa: ASYNC110 - the sink is no part of the loop
            await asyncio.sleep(0.01)
        stop.set()
        await running
        return waiting

    assert asyncio.run(scene()) <= 3_000
    assert [post.id for post in sink.posts] == [str(number) for number in range(20_000)]


def test_what_the_sink_has_not_confirmed_is_in_no_state(tmp_path) -> None:
    state = tmp_path / "state"
    with pytest.raises(ArchiveError, match="No space"):
        asyncio.run(collector(Told(100), Full(), state).run(asyncio.Event()))
    assert load_state(state, PLAN.source) is None


def test_a_fault_of_ours_ends_the_collector_and_is_not_taken_for_a_gap() -> None:
    class Faulty:
        async def listen(self, _mark, _deliver) -> None:
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        asyncio.run(collector(Faulty(), Listed()).run(asyncio.Event()))


def test_it_waits_between_attempts_and_stops_while_it_waits() -> None:
    told: list[tuple[str, float]] = []

    class Absent:
        async def listen(self, _mark, _deliver) -> None:
            raise CutError("it takes no connection")

    async def scene() -> None:
        stop = asyncio.Event()

        async def sleep(_seconds: float) -> None:
            if len(told) == 3:
                stop.set()
                await asyncio.sleep(60)

        def on_cut(cause: str, seconds: float) -> None:
            told.append((cause, seconds))

        async with asyncio.timeout(5):
            await collector(Absent(), Listed(), sleep=sleep, on_cut=on_cut).run(stop)

    asyncio.run(scene())
    assert told == [("it takes no connection", seconds) for seconds in (0.25, 0.5, 1.0)]
