"""What an archive lacks to be a stream: heartbeats, which alone move event time.

Everything follows from the lines and the rules, so that a run without servers and a replay through Kafka read the
same stream, and come to the same incidents.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from producers.items import Item, Line, item_of
from tocsin.clocks import Rules
from tocsin.posts import Heartbeat, Part, Post, Posts

DAY_MS = 86_400_000
LOOK_AHEAD = 16


def timeline(items: Iterable[Item], rules: Rules) -> Iterator[Item]:
    """Complete a stream: opening heartbeats, those of sources that send none, and closing heartbeats.

    - A source opens with a heartbeat just before its first post.
    - Until it sends a heartbeat of its own, one is put just before each post that crosses an interval (a bucket, or
      half of ``rules.ahead_ms`` if that is less). Only its own posts vouch for a source: while it writes nothing,
      others' clocks move on, and it becomes blind.
    - A post that lies further ahead than the rules allow moves the clock only if the posts that follow agree that
      time has passed. Otherwise it is a stray, and goes through for the pipeline to reject.
    - At the end every source that is not blind gets a heartbeat that closes the last bucket, unless it has one.

    A stream that is complete comes out as it came in.

    Args:
        items: Lines in the order of the stream; read once, a few lines ahead.
        rules: What the pipeline is set to.

    Yields:
        The lines, and heartbeats between them.
    """
    return Timeline(rules).run(items)


@dataclass
class _Source:
    """What is known of one collector.

    Attributes:
        clock: Newest heartbeat, epoch ms.
        speaks: Whether it sends heartbeats of its own.
        channels: Those of its posts, in order of appearance.
    """

    clock: int
    speaks: bool
    channels: dict[str, None] = field(default_factory=dict)


class Timeline:
    """Knows what a stream lacks at the line that it has come to; see :func:`timeline`.

    Args:
        rules: What the pipeline is set to.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._interval = max(1, min(rules.bucket_ms, rules.ahead_ms // 2))
        self._sources: dict[str, _Source] = {}
        self._next: deque[Item] = deque()
        self._last = -1  # the newest event time that the pipeline accepts

    def run(self, items: Iterable[Item]) -> Iterator[Item]:
        """Complete a whole stream."""
        coming, lines = self._next, iter(items)
        while True:
            for item in lines:
                if not self._is_complete(item.line):
                    break
                yield item
            else:
                break
            coming.append(item)
            while coming:
                item = coming.popleft()
                if self._is_complete(item.line):
                    yield item
                    continue
                if isinstance(item.line, Post):  # what it lacks depends on the next ones
                    coming.extend(islice(lines, LOOK_AHEAD - len(coming)))
                yield from self._step(item)
        yield from self.close()

    def complete(self, items: Sequence[Item], ahead: Iterable[Item]) -> Iterator[Item]:
        """Complete a stretch of the stream.

        Args:
            items: The stretch.
            ahead: The ``LOOK_AHEAD`` lines that follow it, or all there are.
        """
        self._next = deque((*items, *ahead))
        for _ in items:
            yield from self._step(self._next.popleft())

    def lacks_nothing(self, parts: Iterable[Part]) -> bool:
        """Pass over a stretch of the stream if nothing need be added to it.

        Args:
            parts: The stretch, decoded.

        Returns:
            Whether it was passed over. If not, nothing has happened.
        """
        speaking = {name for name, source in self._sources.items() if source.speaks}
        passed: list[Heartbeat | tuple[list[Post], set[str]]] = []
        for part in parts:
            if isinstance(part, Heartbeat):
                speaking.add(part.heartbeat)
                passed.append(part)
            elif isinstance(part, Posts):
                sources = {post.source for post in part.posts}
                if not sources <= speaking:
                    return False
                passed.append((part.posts, sources))
        for heard in passed:
            if isinstance(heard, Heartbeat):
                self._hear(heard)
            else:
                self._pass(*heard)
        return True

    def close(self) -> Iterator[Item]:
        """Yield the heartbeats that close the last bucket."""
        if self._last < 0:
            return
        furthest = max(source.clock for source in self._sources.values())
        closing = self._last + self._rules.bucket_ms + self._rules.lateness_ms + 1
        for name, source in self._sources.items():
            if source.clock < closing and source.clock >= furthest - self._rules.blind_ms:
                source.clock = closing
                yield self._heartbeat(name, source)

    def _is_complete(self, line: Line | None) -> bool:
        """Pass over a post of a source that speaks for itself, as almost all do."""
        if type(line) is not Post:
            return False
        source = self._sources.get(line.source)
        if source is None or not source.speaks:
            return False
        if self._last < line.at <= source.clock + self._rules.ahead_ms:
            self._last = line.at
        return True

    def _step(self, item: Item) -> Iterator[Item]:
        """Yield a line, and before it what it lacks."""
        line = item.line
        if isinstance(line, Post):
            yield from self._before(line)
        elif isinstance(line, Heartbeat):
            self._hear(line)
        yield item

    def _pass(self, posts: list[Post], sources: set[str]) -> None:
        """Note the newest event time of posts whose sources speak for themselves."""
        latest = min(self._sources[source].clock for source in sources) + self._rules.ahead_ms
        if (newest := max([post.at for post in posts])) <= latest:
            self._last = max(self._last, newest)
            return
        for post in posts:
            if post.at <= self._sources[post.source].clock + self._rules.ahead_ms:
                self._last = max(self._last, post.at)

    def _hear(self, heartbeat: Heartbeat) -> None:
        source = self._sources.get(heartbeat.heartbeat)
        if source is None:
            source = self._sources[heartbeat.heartbeat] = _Source(heartbeat.at, speaks=True)
        source.clock, source.speaks = max(source.clock, heartbeat.at), True
        source.channels = dict.fromkeys(heartbeat.channels)

    def _before(self, post: Post) -> Iterator[Item]:
        """Yield the heartbeat that must precede a post, if any."""
        source = self._sources.get(post.source)
        if source is None:
            source = self._sources[post.source] = _Source(self._opening(post), speaks=False)
            source.channels[post.channel] = None
            yield self._heartbeat(post.source, source)
        if not source.speaks:
            new = post.channel not in source.channels
            source.channels[post.channel] = None
            crosses = post.at > source.clock + self._interval and not self._is_stray(post, source)
            if crosses:
                source.clock = post.at - 1
            if crosses or new:  # a heartbeat says which channels its source collects
                yield self._heartbeat(post.source, source)
        if post.at <= source.clock + self._rules.ahead_ms:
            self._last = max(self._last, post.at)

    def _opening(self, post: Post) -> int:
        """Choose the time at which a source opens: before its first post, unless that one is a stray."""
        times = sorted([post.at, *self._times_ahead()])
        middle = times[(len(times) - 1) // 2]
        if middle - DAY_MS <= post.at <= middle + self._rules.ahead_ms:
            return max(0, post.at - 1)
        return max(0, min(at for at in times if abs(at - middle) <= DAY_MS) - 1)

    def _is_stray(self, post: Post, source: _Source) -> bool:
        """Tell whether a post lies ahead of its time, rather than after a gap."""
        if post.at <= source.clock + self._rules.ahead_ms:
            return False
        times = self._times_ahead()
        if not times:  # nobody can tell; a day is more than a quiet archive's last pause
            return post.at > source.clock + DAY_MS
        agreeing = sum(at >= post.at - self._rules.ahead_ms for at in times)
        return 2 * agreeing < len(times)

    def _times_ahead(self) -> list[int]:
        return [item.line.at for item in islice(self._next, LOOK_AHEAD) if item.line is not None]

    def _heartbeat(self, name: str, source: _Source) -> Item:
        return item_of(Heartbeat(name, source.clock, tuple(source.channels)))
