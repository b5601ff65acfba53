"""A part of a stream, as a recorder would have it that was started and stopped in event time."""

from collections.abc import Iterable, Iterator

from producers.items import Item
from tocsin.posts import Heartbeat, Notice, Post

# A source that died does not hold up the end for longer than this, once another has left the end behind so far.
_PATIENCE_MS = 3_600_000


def between(items: Iterable[Item], begin: int | None, end: int | None) -> Iterator[Item]:
    """Cut a complete stream to the event times from ``begin`` on and before ``end``.

    - Notices that were made before the cut come first, all of them: what they declare may be in force.
    - Then comes each source's newest heartbeat from before the cut, that of the furthest first. So the cut opens with
      the clocks of that moment, and a source that had died by then is blind in it, too.
    - Posts from outside are left out, and so are heartbeats and notices from ``end`` on.
    - Of a source, nothing follows the heartbeat with which it passed ``end``. Stragglers of the last moments are
      missing, then, as they would be in a recording.
    - A line that cannot be read bears no time: it stays if its neighbours do.

    Closing heartbeats are added by :func:`producers.archive.timeline.timeline`.

    Args:
        items: A complete stream, in which every source opens with a heartbeat.
        begin: Epoch ms; None for its beginning.
        end: Epoch ms; None for its end.

    Yields:
        The lines of the cut, as they are.
    """
    return _Cut(begin, end).run(items)


class _Cut:
    def __init__(self, begin: int | None, end: int | None) -> None:
        self._begin = -1 if begin is None else begin
        self._end = end
        # Newest heartbeats before the cut, by source; None once it has begun.
        self._opening: dict[str, Item] | None = None if begin is None else {}
        self._clocks: dict[str, int] = {}

    def run(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            line = item.line
            if isinstance(line, Heartbeat):
                self._clocks[line.heartbeat] = max(line.at, self._clocks.get(line.heartbeat, -1))
                if self._is_over(line):
                    return
            if not self._is_inside(item):
                self._remember(item)
                continue
            if not isinstance(line, Notice):
                yield from self._open()
            yield item

    def _is_inside(self, item: Item) -> bool:
        line = item.line
        if line is None:
            return self._opening is None
        if self._end is not None and line.at >= self._end:
            return False
        if isinstance(line, Notice):
            return True
        if isinstance(line, Post):
            has_ended = self._end is not None and self._clocks.get(line.source, -1) >= self._end
            return line.at >= self._begin and not has_ended
        return line.at >= self._begin or self._opening is None  # a slower source, still on its way to the cut

    def _remember(self, item: Item) -> None:
        line = item.line
        if self._opening is None or not isinstance(line, Heartbeat) or line.at >= self._begin:
            return
        known = self._opening.get(line.heartbeat)
        if known is None or known.line is None or line.at >= known.line.at:
            self._opening[line.heartbeat] = item

    def _open(self) -> Iterator[Item]:
        opening, self._opening = self._opening or {}, None
        yield from sorted(opening.values(), key=lambda item: -item.line.at if item.line else 0)

    def _is_over(self, heartbeat: Heartbeat) -> bool:
        if self._end is None or heartbeat.at < self._end:
            return False
        return heartbeat.at >= self._end + _PATIENCE_MS or min(self._clocks.values()) >= self._end
