"""One line on its way to Kafka: its bytes, and what they mean.

The bytes go out as they came in, the broken ones too: what is wrong with a line is for the pipeline to say and count.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec
from msgspec import Struct

from tocsin.posts import MAX_LINE_BYTES, Heartbeat, Notice, Post, Posts, Reject, decode, partition_of
from tocsin.trust import Trust

Line = Post | Heartbeat | Notice

_post = msgspec.json.Decoder(Post)
_encode = msgspec.json.Encoder().encode


class Item(Struct, gc=False, frozen=True):
    """One line of a stream.

    Attributes:
        raw: The line, without the line break.
        line: What it says; None if it cannot be used.
    """

    raw: bytes
    line: Line | None

    @property
    def is_control(self) -> bool:
        """Whether every partition must hear it: heartbeats and notices."""
        return isinstance(self.line, Heartbeat | Notice)


class Sink(Protocol):
    """Where a stream goes: :class:`producers.writer.Writer`, or an archive."""

    def write(self, item: Item) -> None:
        """Write one line."""

    def poll(self) -> None:
        """Pass on what has waited long enough. Call it while there is nothing to write."""

    def flush(self) -> None:
        """Pass on everything that has been written, and wait until it is safe."""


def item_of(line: Line) -> Item:
    """Spell a line."""
    return Item(_encode(line), line)


def signed(items: Iterable[Item], trust: Trust) -> Iterator[Item]:
    """Sign the notices of a stream, where a deployment believes no others: whoever replays them vouches for them."""
    for item in items:
        yield item_of(trust.sign(item.line)) if trust.key and isinstance(item.line, Notice) else item


def read_line(raw: bytes) -> Item:
    """Read a line as the pipeline will read it. Raises on no input.

    Args:
        raw: One line, without the line break.
    """
    if b'"heartbeat"' not in raw and b'"notice"' not in raw and len(raw) <= MAX_LINE_BYTES:
        try:
            return Item(raw, _post.decode(raw))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return Item(raw, None)
    for part in decode(raw):
        if not isinstance(part, Reject):
            return Item(raw, part.posts[0] if isinstance(part, Posts) else part)
    return Item(raw, None)


def read_lines(block: bytes) -> Iterator[Item]:
    """Read many lines as :func:`read_line` reads each, decoded at once; blank ones are skipped. Raises on no input.

    Args:
        block: Whole lines; the last may lack its line break.
    """
    raws = block.removesuffix(b"\n").split(b"\n")
    said: list[Line | None] = [None] * len(raws)
    controls: list[Line] = []
    unusable: set[int] = set()
    for part in decode(block):
        if isinstance(part, Posts):
            _note(said, part)
        elif isinstance(part, Reject):
            unusable.add(part.line - 1)
        else:
            controls.append(part)
    silent = [place for place, line in enumerate(said) if line is None]
    # Heartbeats and notices come without their numbers: they are what is left, in the same order.
    heard = (place for place in silent if raws[place] and place not in unusable)
    for place, line in zip(heard, controls, strict=True):
        said[place] = line
    items = map(Item, raws, said)
    if len(silent) == len(controls):
        return items
    return (item for item in items if item.line is not None or item.raw.strip())


def _note(said: list[Line | None], run: Posts) -> None:
    """Note what posts say in the places of their lines."""
    if isinstance(run.lines, range):
        said[run.lines.start - 1 : run.lines.stop - 1] = run.posts
        return
    for number, post in zip(run.lines, run.posts, strict=True):
        said[number - 1] = post


def route(item: Item, partitions: int) -> range:
    """Choose the partitions that must get a line.

    Args:
        item: The line. An unusable one has no author: its bytes choose, so that a flood of them spreads.
        partitions: How many there are.
    """
    if item.is_control:
        return range(partitions)
    if isinstance(item.line, Post):
        chosen = partition_of(item.line.author, partitions)
    else:
        chosen = zlib.crc32(item.raw) % partitions
    return range(chosen, chosen + 1)
