"""What tests of live sources share: a sink that is a list, a clock that the server moves, a collector that runs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from producers.items import Item
from producers.live.collector import Collector, Source, World
from producers.live.filters import Filter
from producers.live.follower import Follower, Plan
from producers.live.gaps import Gap
from producers.live.state import load_state
from tocsin.clocks import Rules, blind_sources
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.posts import Heartbeat, Post

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
PLAN = Plan(
    source="jetstream",
    channel="bluesky",
    allowance_ms=1_000,
    heartbeat_ms=1_000,
    memory_ms=3_600_000,
    tolerance_ms=1_000,
    blind_ms=RULES.blind_ms,
)


@dataclass
class Clock:
    """Epoch ms, moved by hand."""

    at: int

    def now(self) -> int:
        return self.at


class Listed:
    """A sink that keeps what it is given, in memory."""

    def __init__(self) -> None:
        self.lines: list[Post | Heartbeat] = []
        self.raw: list[bytes] = []

    def write(self, item: Item) -> None:
        assert isinstance(item.line, Post | Heartbeat)
        self.lines.append(item.line)
        self.raw.append(item.raw)

    def poll(self) -> None:
        pass

    def flush(self) -> None:
        pass

    @property
    def posts(self) -> list[Post]:
        return [line for line in self.lines if isinstance(line, Post)]

    @property
    def beats(self) -> list[Heartbeat]:
        return [line for line in self.lines if isinstance(line, Heartbeat)]


@dataclass
class Run:
    """One run of a collector, and what came of it."""

    source: Source
    clock: Clock
    plan: Plan = PLAN
    wanted: Filter = field(default_factory=Filter)
    state: Path | None = None
    sink: Listed = field(default_factory=Listed)
    gaps: list[Gap] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)

    async def until(self, done: Callable[["Run"], bool], seconds: float = 15.0) -> None:
        """Run until something holds; fails if that takes too long."""
        earlier = load_state(self.state, self.plan.source) if self.state else None
        self.follower = Follower(self.plan, self.wanted, earlier, self.clock.now())
        world = World(
            self.clock.now, lambda: 0.0, on_gap=self.gaps.append, on_cut=lambda cause, _: self.causes.append(cause)
        )
        collector = Collector(self.source, self.follower, self.sink, self.state, save_seconds=0.2, world=world)
        stop = asyncio.Event()
        running = asyncio.create_task(collector.run(stop))
        async with asyncio.timeout(seconds):
            while not done(self):
                if running.done():
                    running.result()
                await asyncio.sleep(0.01)
            stop.set()
            await running


@dataclass
class Counted:
    """What the pipeline makes of lines.

    Attributes:
        posts: Bucket -> posts.
        unseen: Buckets that a source did not cover.
        aside: Late, duplicate and rejected lines.
    """

    posts: dict[int, int] = field(default_factory=dict)
    unseen: set[int] = field(default_factory=set)
    aside: int = 0


def counted(raw: list[bytes], source: str = "jetstream") -> Counted:
    """Let the pipeline count lines, and tell what it says of each bucket."""
    offline, told = Offline(RULES, default_lexicon(), 365), Counted()
    for begin in range(0, len(raw), 500):
        for judgement in offline.fold(b"\n".join(raw[begin : begin + 500])):
            closed = judgement.closed
            told.posts[closed.bucket] = closed.counts.get("posts", (0, 0, 0))[0]
            if source in blind_sources(closed.clocks, closed.bucket, RULES):
                told.unseen.add(closed.bucket)
            told.aside += sum(closed.late.values()) + sum(closed.duplicates.values()) + sum(closed.rejected.values())
    return told
