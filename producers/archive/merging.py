"""Several archives as one stream."""

import heapq
from collections.abc import Iterable, Iterator, Sequence

from producers.items import Item
from tocsin.posts import Heartbeat


def merged(archives: Sequence[Iterable[Item]]) -> Iterator[Item]:
    """Play archives together, each in its own order.

    A line's turn comes by the newest heartbeat before it in its archive; where there is none yet, by event time.
    So a post with a wild time holds nothing up in an archive that has heartbeats.

    Args:
        archives: Of which none is changed: neither a line, nor their order.
    """
    if len(archives) == 1:
        return iter(archives[0])
    return (item for _, _, item in heapq.merge(*map(_timed, range(len(archives)), archives), key=lambda turn: turn[:2]))


def _timed(number: int, archive: Iterable[Item]) -> Iterator[tuple[int, int, Item]]:
    """Yield the turn of each line, which never goes back, the number of its archive, and the line."""
    turn, has_heartbeats = 0, False
    for item in archive:
        is_heartbeat = isinstance(item.line, Heartbeat)
        has_heartbeats = has_heartbeats or is_heartbeat
        if item.line is not None and (is_heartbeat or not has_heartbeats):
            turn = max(turn, item.line.at)
        yield turn, number, item
