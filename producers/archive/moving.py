"""On which dates a recorded stream is played: its own, from now on, or again and again."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from producers.items import Item, item_of
from tocsin.clocks import Rules
from tocsin.posts import LAST_MS, Heartbeat, Notice, Post

DAY_MS = 86_400_000
_NEARLY_A_DAY_MS = DAY_MS - 3_600_000
_LONGEST_ID, _LONGEST_NOTICE_ID = 256, 32


def rebase(items: Iterable[Item], now_ms: int, bucket_ms: int) -> Iterator[Item]:
    """Move a stream in time, so that it begins now.

    It moves by whole buckets, so that every bucket keeps its posts. The hour of the day and the day of the week do
    change, and with them what is usual for them. Lines that cannot be read stay as they are, and so does a line that
    would leave the range of event times.

    Args:
        items: The stream; its first post or heartbeat will bear ``now_ms``, or up to a bucket before.
        now_ms: Epoch ms.
        bucket_ms: Width of a bucket.

    Yields:
        The lines, with new times.
    """
    first: list[Item] = []  # notices may be much older than the stream
    lines = iter(items)
    for item in lines:
        first.append(item)
        if isinstance(item.line, Post | Heartbeat):
            break
    at = next((item.line.at for item in reversed(first) if item.line is not None), now_ms)
    shift = (now_ms - at) // bucket_ms * bucket_ms
    yield from (_moved(item, shift) for item in first)
    yield from (_moved(item, shift) for item in lines)


@dataclass(frozen=True)
class Period:
    """How a stream is repeated.

    Attributes:
        begin: When it opens, epoch ms.
        length_ms: From its first post to its last.
        step_ms: By how much each round lies after the one before: whole buckets; whole days if the stream lasts for
            nearly one or longer, so that each hour stays what it was.
    """

    begin: int
    length_ms: int
    step_ms: int


def period_of(items: Iterable[Item], rules: Rules) -> Period | None:
    """Read a complete stream through, to see how it can be repeated; None if it has no posts."""
    begin: int | None = None
    clocks: dict[str, int] = {}
    oldest, newest = LAST_MS, -1
    for item in items:
        line = item.line
        if isinstance(line, Heartbeat):
            begin = line.at if begin is None else begin
            clocks[line.heartbeat] = max(line.at, clocks.get(line.heartbeat, 0))
        elif isinstance(line, Post) and begin is not None and line.at >= begin:
            is_stray = line.at > clocks.get(line.source, -1) + rules.ahead_ms
            oldest, newest = (oldest, newest) if is_stray else (min(oldest, line.at), max(newest, line.at))
    if begin is None or newest < 0:
        return None
    length = newest - oldest + 1
    unit = math.lcm(DAY_MS, rules.bucket_ms) if length >= _NEARLY_A_DAY_MS else rules.bucket_ms
    return Period(begin, length, -(-length // unit) * unit)


class Loop:
    """A stream, again and again, each round after the one before.

    From the second round on, posts and notices bear ids of their own. Heartbeats that reach into the next round are
    left out, and none goes back.

    Args:
        play: Opens the stream, which must be complete.
        period: See :func:`period_of`.

    Attributes:
        period: As given.
        round: The present one, from 1.
    """

    def __init__(self, play: Callable[[], Iterable[Item]], period: Period) -> None:
        self._play = play
        self.period = period
        self.round = 0

    def __iter__(self) -> Iterator[Item]:
        """Yield lines without end."""
        clocks: dict[str, int] = {}
        while True:
            shift = self.round * self.period.step_ms
            self.round += 1
            limit = self.period.begin + shift + self.period.step_ms
            for item in self._play():
                moved = item if self.round == 1 else _renamed(_moved(item, shift), self.round)
                line = moved.line
                if isinstance(line, Heartbeat):
                    if not clocks.get(line.heartbeat, -1) <= line.at < limit:
                        continue
                    clocks[line.heartbeat] = line.at
                yield moved


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


def _renamed(item: Item, number: int) -> Item:
    """Give a post or notice another id, the same in each run."""
    line = item.line
    if isinstance(line, Post):
        return item_of(msgspec.structs.replace(line, id=_id(line.id, number, _LONGEST_ID)))
    if isinstance(line, Notice):
        return item_of(msgspec.structs.replace(line, id=_id(line.id, number, _LONGEST_NOTICE_ID)))
    return item


def _id(name: str, number: int, longest: int) -> str:
    tail = f".{number}"
    if len(name) + len(tail) > longest:
        tail = f".{blake2b(name.encode(), digest_size=8).hexdigest()}{tail}"
    return name[: longest - len(tail)] + tail
