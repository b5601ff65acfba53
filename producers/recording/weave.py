"""From the lines of all partitions, one stream in which every line is judged as it was in its own partition.

Every partition hears every heartbeat and notice; posts are spread by author. What the pipeline makes of a post depends
on the heartbeats before it, above all on those of its own source. So, in the stream:

- each heartbeat and notice stands once, or as often as in the partition that has it most often;
- a post stands behind the heartbeats of its source that precede it in its partition, and before those that follow.

Where all partitions hear the heartbeats in the same order, as from one producer, a post keeps its place among all of
them, and the stream leads to the same buckets, byte for byte. Several producers may be heard in different orders. Then
the heartbeat that is earliest in event time comes first: posts are counted as they were, but what came late or twice
may be told a bucket earlier or later.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from operator import itemgetter

from producers.items import Item
from tocsin.posts import LAST_MS, Heartbeat, Post

REACH = 20_000


class Weave:
    """Takes lines as they are read from each partition, and hands them on once their place is certain.

    Args:
        partitions: How many there are.
        reach: Lines of a partition that may be held. One that is full is not waited for others' sake any longer.

    Attributes:
        disordered: Heartbeats and notices so far that the partitions heard in different orders, or not all of them.
    """

    def __init__(self, partitions: int, reach: int = REACH) -> None:
        self._strands = [_Strand(reach) for _ in range(partitions)]
        self.disordered = 0

    def add(self, partition: int, items: Iterable[Item]) -> None:
        """Take in the next lines of a partition."""
        self._strands[partition].extend(items)

    def is_full(self, partition: int) -> bool:
        """Whether a partition should not be read further for now."""
        return self._strands[partition].is_full

    def ready(self, idle: Collection[int] = ()) -> Iterator[Item]:
        """Yield the lines whose place is certain.

        Args:
            idle: Partitions that nothing more is to be expected of.
        """
        strands = self._strands
        while True:
            waived = {n for n, strand in enumerate(strands) if n in idle or strand.is_full}
            for strand in strands:
                strand.settle()
                if strand.is_full and strand.head is None:
                    yield from strand.take_rest()
            if any(not strand.is_known for n, strand in enumerate(strands) if n not in waived):
                return
            places = [(strand.place, strand.head) for strand in strands if strand.head is not None]
            if not places:
                return
            _, chosen = min(places, key=itemgetter(0))
            if not all(strand.knows(chosen) for n, strand in enumerate(strands) if n not in waived):
                return
            yield from self._pass(chosen)

    def drain(self) -> Iterator[Item]:
        """Yield all that is held, for nothing more comes."""
        yield from self.ready(range(len(self._strands)))
        yield from _by_time([strand.take_rest() for strand in self._strands])

    def _pass(self, control: Item) -> Iterator[Item]:
        """Yield a heartbeat or notice, behind all that must precede it."""
        agreed = True
        before = []
        for strand in self._strands:
            if strand.head is not None and strand.head.raw == control.raw:
                before.append(strand.take_segment())
            else:
                agreed = False
                before.append(strand.take_before(control))
        self.disordered += not agreed
        yield from _by_time(before)
        yield control


class _Segment:
    """The posts of a partition up to a heartbeat or notice."""

    __slots__ = ("control", "posts")

    def __init__(self, posts: list[Item], control: Item) -> None:
        self.posts = posts
        self.control = control


class _Strand:
    """What is held of one partition.

    Args:
        reach: Lines that may be held.
    """

    def __init__(self, reach: int) -> None:
        self._reach = reach
        self._segments: deque[_Segment] = deque()
        self._rest: list[Item] = []  # posts behind the last heartbeat or notice
        self._held = 0
        self._passed: dict[str, int] = {}  # clocks by the heartbeats that have been handed on
        self._heard: dict[str, int] = {}  # clocks by all heartbeats that have been read
        self._owed: dict[bytes, int] = {}  # how often a line of other partitions, handed on, is yet to come here

    @property
    def is_full(self) -> bool:
        return self._held >= self._reach

    @property
    def head(self) -> Item | None:
        """The first heartbeat or notice."""
        return self._segments[0].control if self._segments else None

    @property
    def place(self) -> tuple[int, bool, bytes]:
        """Where the head belongs among those of other partitions.

        A heartbeat that moves no clock, as from a producer that began again, need not wait. A notice belongs just
        before the heartbeat behind it.
        """
        line = next((s.control.line for s in self._segments if isinstance(s.control.line, Heartbeat)), None)
        if line is None:
            return LAST_MS + 1, False, b""
        is_old = line.at <= self._passed.get(line.heartbeat, -1)
        head = self._segments[0].control
        return -1 if is_old else line.at, isinstance(head.line, Heartbeat), head.raw

    @property
    def is_known(self) -> bool:
        """Whether the head has a place."""
        return any(isinstance(segment.control.line, Heartbeat) for segment in self._segments)

    def extend(self, items: Iterable[Item]) -> None:
        for item in items:
            self._held += 1
            if not item.is_control:
                self._rest.append(item)
                continue
            self._segments.append(_Segment(self._rest, item))
            self._rest = []
            _advance(self._heard, item)

    def knows(self, control: Item) -> bool:
        """Whether it is known which posts precede a heartbeat here."""
        line = control.line
        return not isinstance(line, Heartbeat) or self._heard.get(line.heartbeat, -1) >= line.at

    def settle(self) -> None:
        """Drop heartbeats and notices at the head that other partitions have brought already."""
        while self._segments and (left := self._owed.get(self._segments[0].control.raw)):
            segment = self._segments.popleft()
            self._held -= 1
            _advance(self._passed, segment.control)
            self._owed[segment.control.raw] = left - 1
            if left == 1:
                del self._owed[segment.control.raw]
            if self._segments:
                self._segments[0].posts = segment.posts + self._segments[0].posts
            else:
                self._rest = segment.posts + self._rest

    def take_segment(self) -> list[Item]:
        """Take the first heartbeat or notice away, and the posts before it."""
        segment = self._segments.popleft()
        self._held -= len(segment.posts) + 1
        _advance(self._passed, segment.control)
        return segment.posts

    def take_before(self, control: Item) -> list[Item]:
        """Take the posts that must precede a heartbeat of their source which comes first in another partition."""
        self._owe(control.raw)
        line = control.line
        if not isinstance(line, Heartbeat):
            return []
        end, at = self._find(line)
        # What precedes the first heartbeat of a source, as in a partition that begins later, belongs just before it.
        if line.heartbeat not in self._passed and at != line.at:
            return []
        taken: list[Item] = []
        for segment in list(self._segments)[:end]:
            segment.posts = _sift(segment.posts, line.heartbeat, taken)
        if at is None:
            self._rest = _sift(self._rest, line.heartbeat, taken)
        self._held -= len(taken)
        return taken

    def take_rest(self) -> list[Item]:
        """Take the posts behind the last heartbeat or notice."""
        taken, self._rest = self._rest, []
        self._held -= len(taken)
        return taken

    def _find(self, heartbeat: Heartbeat) -> tuple[int, int | None]:
        """Find the segment that ends with the same or a later heartbeat of the source, and its time."""
        if self._heard.get(heartbeat.heartbeat, -1) >= heartbeat.at:
            for number, segment in enumerate(self._segments, 1):
                line = segment.control.line
                if isinstance(line, Heartbeat) and line.heartbeat == heartbeat.heartbeat and line.at >= heartbeat.at:
                    return number, line.at
            return 0, self._heard[heartbeat.heartbeat]  # it was handed on long ago, and only repeats here
        return len(self._segments), None

    def _owe(self, raw: bytes) -> None:
        self._owed[raw] = self._owed.get(raw, 0) + 1
        if len(self._owed) > self._reach:  # of a source that this partition never hears
            del self._owed[next(iter(self._owed))]


def _advance(clocks: dict[str, int], control: Item) -> None:
    line = control.line
    if isinstance(line, Heartbeat):
        clocks[line.heartbeat] = max(line.at, clocks.get(line.heartbeat, -1))


def _sift(posts: list[Item], source: str, taken: list[Item]) -> list[Item]:
    """Move the posts of a source to another list; returns those that stay."""
    stay: list[Item] = []
    for item in posts:
        (taken if isinstance(item.line, Post) and item.line.source == source else stay).append(item)
    return stay


def _by_time(parts: list[list[Item]]) -> Iterator[Item]:
    """Merge posts of several partitions by event time, but keep the order within each."""
    filled = [part for part in parts if part]
    if len(filled) == 1:
        yield from filled[0]
        return
    timed: list[tuple[int, Item]] = []
    for part in filled:
        newest = 0
        for item in part:
            if item.line is not None and item.line.at > newest:
                newest = item.line.at
            timed.append((newest, item))
    timed.sort(key=itemgetter(0))
    yield from (item for _, item in timed)
