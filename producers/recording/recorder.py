"""Recording: from a topic, through the weave, into an archive."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from producers.archive.cut import between
from producers.items import Item, Sink, read_line
from producers.recording.topic import Batch
from producers.recording.weave import REACH, Weave
from tocsin.posts import Post


class Reader(Protocol):
    """What a recorder needs of :class:`producers.recording.topic.TopicReader`."""

    @property
    def positions(self) -> Mapping[int, int]:
        """The next offset of each partition."""

    def poll(self) -> list[Batch]:
        """Read what comes within a moment."""

    def hold(self, partitions: Collection[int]) -> None:
        """Read nothing more of these partitions for now."""

    def is_caught_up(self) -> bool:
        """Whether the broker is there, and has no more of what is not held."""


@dataclass(frozen=True)
class Limits:
    """When a recording ends; whichever comes first.

    Attributes:
        posts: After so many posts, at least one.
        idle_seconds: When nothing has come for so long. While the broker is away, nobody knows.
        end: Event time, epoch ms: when every source has passed it. What happened then is left out.
    """

    posts: int | None = None
    idle_seconds: float | None = None
    end: int | None = None


class Recorder:
    """Records a topic.

    Args:
        reader: Of the topic.
        sink: The archive.
        limits: When to end.
        reach: Lines of each partition that may be held in memory.
        is_stopped: Asked now and then whether somebody has had enough; what has been read is then written.
        observe: Shown each line after it was written.
        idle: Called now and then.
        clock: Monotonic seconds.

    Attributes:
        posts: How many were recorded.
        missing: Offsets by partition that retention has taken before they were read.
    """

    def __init__(  # noqa: PLR0913 - what is asked and told while it runs
        self,
        reader: Reader,
        sink: Sink,
        limits: Limits,
        *,
        reach: int = REACH,
        is_stopped: Callable[[], bool] = lambda: False,
        observe: Callable[[Item], None] = lambda _: None,
        idle: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._sink = sink
        self._limits = limits
        self._is_stopped = is_stopped
        self._observe = observe
        self._idle = idle
        self._clock = clock
        self._weave = Weave(len(reader.positions), reach)
        self.posts = 0
        self.missing: Counter[int] = Counter()

    @property
    def disordered(self) -> int:
        """Heartbeats and notices that the partitions heard in different orders, or not all of them."""
        return self._weave.disordered

    def run(self) -> None:
        """Record until a limit is reached, or somebody stops it."""
        for item in between(self._lines(), None, self._limits.end):
            self._sink.write(item)
            self.posts += isinstance(item.line, Post)
            self._observe(item)
            if self.posts == self._limits.posts:
                return

    def _lines(self) -> Iterator[Item]:
        """Yield the lines of the topic as one stream."""
        partitions = self._reader.positions.keys()
        quiet_since: float | None = None
        while not self._is_stopped():
            batches = self._reader.poll()
            for batch in batches:
                self._take(batch)
            full = {n for n in partitions if self._weave.is_full(n)}
            is_quiet = not batches and self._reader.is_caught_up()
            if not is_quiet or full:
                quiet_since = None
            elif quiet_since is None:
                quiet_since = self._clock()
            # Those that are full must wait for those that have nothing to say just now no longer.
            yield from self._weave.ready(partitions - full if is_quiet and full else ())
            self._reader.hold({n for n in partitions if self._weave.is_full(n)})
            self._sink.poll()
            self._idle()
            if quiet_since is not None and self._is_idle(quiet_since):
                break
        yield from self._weave.drain()

    def _is_idle(self, since: float) -> bool:
        return self._limits.idle_seconds is not None and self._clock() - since >= self._limits.idle_seconds

    def _take(self, batch: Batch) -> None:
        if batch.missing:
            self.missing[batch.partition] += batch.missing
        for value in batch.values:
            lines = (line for line in value.split(b"\n") if line.strip())  # blank lines mean nothing
            self._weave.add(batch.partition, map(read_line, lines))
