"""Archives in bulk: whole blocks of lines, decoded once, and completed only where they lack something.

What comes out is the stream of :func:`producers.archive.timeline.timeline`, cut elsewhere. Where each source sends
heartbeats of its own, as in whatever Tocsin has recorded or invented, no line is looked at alone.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from producers.archive.timeline import LOOK_AHEAD, Timeline
from producers.items import Item, read_lines
from tocsin.clocks import Rules
from tocsin.posts import MAX_LINES, Part, Reject, decode


class Record(NamedTuple):
    """Some lines of a stream, and what they say."""

    value: bytes
    parts: list[Part]


def records_of_items(items: Iterable[Item]) -> Iterator[Record]:
    """Put the lines of a complete stream together to records."""
    lines = (item.raw for item in items)
    while part := list(islice(lines, MAX_LINES)):
        yield _record(b"\n".join(part))


def records_of_blocks(blocks: Iterable[bytes], rules: Rules) -> Iterator[Record]:
    """Complete a stream that comes in blocks.

    Args:
        blocks: Whole lines of the wire, any number at a time.
        rules: What the pipeline is set to.
    """
    timeline = Timeline(rules)
    coming = _Blocks(blocks)
    while (block := coming.take()) is not None:
        record = _record(block)
        if timeline.lacks_nothing(record.parts):
            yield record
        else:
            yield from records_of_items(timeline.complete(list(read_lines(block)), coming.peek()))
    yield from records_of_items(timeline.close())


def _record(value: bytes) -> Record:
    """Decode lines; those of blanks mean nothing, as on the way to Kafka."""
    return Record(value, [part for part in decode(value) if not isinstance(part, Reject) or part.data.strip()])


class _Blocks:
    """Blocks, of which the next few can be looked at before they are taken."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._next: deque[bytes] = deque()

    def take(self) -> bytes | None:
        """Take the next block; None at the end."""
        return self._next.popleft() if self._next else next(self._blocks, None)

    def peek(self) -> list[Item]:
        """Read the lines that come next, as many as a timeline looks ahead."""
        ahead: list[Item] = []
        for block in chain([*self._next], self._keeping()):
            ahead += islice(read_lines(block), LOOK_AHEAD - len(ahead))
            if len(ahead) == LOOK_AHEAD:
                break
        return ahead

    def _keeping(self) -> Iterator[bytes]:
        for block in self._blocks:
            self._next.append(block)
            yield block
