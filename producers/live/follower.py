"""What a collector makes of what a server tells: posts once each, heartbeats that tell the truth, and gaps.

Pure: what time it is and what arrives is passed in. Once posts have been lost for good, a second source stands beside
the first, the *witness*: it collects no channel. It speaks ahead of the first when that comes back, and together with
it ever after, so that the first is blind for what it has not seen: where there is no other source, nothing else on the
wire could say so.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from producers.live.events import Event, Opened
from producers.live.filters import Filter
from producers.live.gaps import Gap, OpenGap, Outcome, Rate
from producers.live.memory import Memory
from producers.live.state import State
from producers.live.vouching import Voucher
from tocsin.posts import Heartbeat, Post

AHEAD_MS = 60_000


@dataclass(frozen=True)
class Plan:
    """What a follower is to do; times in ms.

    Attributes:
        source: Its name, in posts and heartbeats.
        channel: What it collects.
        allowance_ms: How much older than the newest event one that follows may be.
        heartbeat_ms: Pause between two heartbeats, by our clock.
        memory_ms: How far back what has come is known again.
        tolerance_ms: How far behind the newest event before a gap the first one after it may lie, if it was repeated.
        blind_ms: What the pipeline is set to: from when on a source is blind.
    """

    source: str
    channel: str
    allowance_ms: int
    heartbeat_ms: int
    memory_ms: int
    tolerance_ms: int
    blind_ms: int

    @property
    def witness(self) -> str:
        """Name of the source that only says that the first was blind."""
        return f"{self.source}.witness"


class Follower:
    """Follows a source over connections, gaps and restarts.

    Args:
        plan: What it is to do.
        wanted: Which posts are written.
        state: Where an earlier run had come to.
        now: Epoch ms.

    Attributes:
        counts: What came, by name.
        gap: The gap that is open; None while the source is heard.
        vouched: Newest heartbeat, epoch ms; -1 before the first.
        mark: Where to resume.
    """

    def __init__(self, plan: Plan, wanted: Filter, state: State | None, now: int) -> None:
        self._plan = plan
        self._wanted = wanted
        self._memory = Memory(plan.memory_ms, state.memory if state else None)
        self._rate = Rate(state.per_second if state else 0.0)
        self._voucher = Voucher(plan.allowance_ms, state.newest if state else None)
        self.vouched = state.vouched if state else -1
        self._lost = state.lost if state else None
        self._witness = state.witness if state else False
        self._beaten = now - plan.heartbeat_ms
        self._connected = False
        self._opened = 0
        self._begun = False
        self._beyond = 0
        self.mark = state.mark if state else 0
        self.counts: Counter[str] = Counter()
        self.gap: OpenGap | None = None
        if state and self._known_through >= 0:
            self.gap = OpenGap(plan.source, "the collector was not running", self._known_through, state.saved)

    @property
    def _known_through(self) -> int:
        return max(self.vouched, -1 if self._voucher.newest is None else self._voucher.newest)

    def state(self, now: int) -> State:
        """Write down where it stands; to be kept once all that it gave out is safe."""
        return State(
            source=self._plan.source,
            mark=self.mark,
            newest=self._voucher.newest,
            vouched=self.vouched,
            lost=self._lost,
            witness=self._witness,
            saved=now,
            per_second=self._rate.per_second,
            memory=self._memory.dump(),
        )

    def on_attempt(self) -> None:
        """Note that a connection is tried."""
        if self.gap is not None:
            self.gap.on_attempt()

    def on_open(self, opened: Opened, now: int) -> None:
        """Note that a connection stands."""
        self._connected = True
        self._opened = now if opened.clock is None else opened.clock
        self._voucher.open()
        if opened.clock is not None:
            self._voucher.on_clock(opened.clock, now)

    def on_close(self, cause: str, now: int) -> None:
        """Note that it ended, or did not come about."""
        self._connected = False
        if self.gap is None and self._known_through >= 0:
            self.gap = OpenGap(self._plan.source, cause, self._known_through, now)

    def on_answer(self, asked: int) -> None:
        """Note that the server answered a question asked at a time, epoch ms of our clock."""
        self._voucher.on_answer(asked)

    def on_event(self, event: Event, now: int) -> tuple[list[Post | Heartbeat], Gap | None]:
        """Note what the server told.

        Args:
            event: What.
            now: Epoch ms.

        Returns:
            What is to be written, and the gap that this ends.
        """
        self.counts[event.kind] += 1
        known = event.key is not None and self._memory.knows(event.key)
        ended = self._end_gap(event, known, now)
        wild = event.at > now + AHEAD_MS
        if wild:
            self.counts["ahead"] += 1
        else:
            self._reach(event)
            if event.ordered:
                self._voucher.on_event(event.at, now)
        if known:
            self.counts["repeated"] += 1
            return [], ended
        # Where events tell nothing of the present, they are remembered by when they came.
        seen = event.at if event.ordered and not wild else now
        if not self._memory.reaches(seen):
            self.counts["older than memory"] += 1
            return [], ended
        if event.key is not None:
            self._memory.add(event.key, seen)
        return [*self.beat(now), *self._written(event)], ended

    def _reach(self, event: Event) -> None:
        """Move the mark; but not beyond a gap that is being bridged, or what is in it would be skipped."""
        if event.ordered or self.gap is None:
            self.mark = max(self.mark, event.mark)
        else:
            self._beyond = max(self._beyond, event.mark)

    def _written(self, event: Event) -> Iterator[Post | Heartbeat]:
        if event.post is None:
            return
        self._rate.add(event.at)
        if not self._wanted.takes(event.post):
            self.counts["filtered"] += 1
            return
        if not self._begun:
            self._begun = True
            yield from self._heartbeats(self._opening(event))
        self.counts["written"] += 1
        yield event.post

    def _opening(self, event: Event) -> int:
        """Choose the heartbeat that a source begins with: what it has vouched for, or else before its first post."""
        through = self._voucher.through
        return self.vouched if self.vouched >= 0 else max(0, event.at - 1) if through is None else through

    def _end_gap(self, event: Event, known: bool, now: int) -> Gap | None:
        """Tell what became of a gap, once an event tells it."""
        if self.gap is None or not event.ordered:
            return None
        if known:
            return self._close_gap("recovered", self.gap.begin, now)
        if event.at > self.gap.begin + self._plan.tolerance_ms:
            return self._close_gap("lost", event.at, now)
        return None

    def on_bridged(self, *, whole: bool, now: int) -> Gap | None:
        """Note that all that was missed has been fetched, or as much as could be."""
        if self.gap is None:
            return None
        self.mark = max(self.mark, self._beyond)
        return self._close_gap("recovered" if whole else "lost", self._opened, now)

    def _close_gap(self, outcome: Outcome, end: int, now: int) -> Gap | None:
        if self.gap is None:
            return None
        gap, self.gap = self.gap.close(outcome, end, now, self._rate.per_second), None
        if outcome == "lost":
            self._lost = gap.begin if self._lost is None else min(self._lost, gap.begin)
        return gap

    def on_reached(self, at: int, now: int) -> list[Heartbeat]:
        """Note that of what was missed all has been fetched up to an event time, epoch ms; give the heartbeat due."""
        beats = self._due(at - self._plan.allowance_ms, now)
        if self.gap is not None:
            self.gap.begin = max(self.gap.begin, self.vouched)
        return beats

    def beat(self, now: int) -> list[Heartbeat]:
        """Give the heartbeats that are due.

        None while the source is not heard, and none while it is not clear what became of a gap.

        Args:
            now: Epoch ms.
        """
        through = self._voucher.through
        if not self._connected or self.gap is not None or through is None:
            return []
        return self._due(through, now)

    def _due(self, through: int, now: int) -> list[Heartbeat]:
        if through <= self.vouched:
            return []
        # By event time too: a backlog comes faster than our clock goes, and posts far ahead of the last heartbeat
        # would be rejected.
        pause = self._plan.heartbeat_ms
        if through - self.vouched < pause and 0 <= now - self._beaten < pause:
            return []
        if self._lost is not None and through <= self._lost + self._plan.blind_ms:
            return []  # it must have been blind before it may come back
        self._beaten, self._begun = now, True
        lost, self._lost = self._lost is not None, None
        self._witness = self._witness or lost
        beats = self._heartbeats(through)
        return beats[::-1] if lost else beats

    def _heartbeats(self, at: int) -> list[Heartbeat]:
        self.vouched = at
        beats = [Heartbeat(self._plan.source, at, (self._plan.channel,))]
        return [*beats, Heartbeat(self._plan.witness, at)] if self._witness else beats
