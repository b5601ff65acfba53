"""Playing a stream: each line in its time."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from producers.archive.pacing import Pacer
from producers.items import Item
from producers.writer import Writer

_MAX_RUN = 256


@dataclass(frozen=True)
class Played:
    """What a replay came to.

    Attributes:
        lines: How many were written.
        reached: Seconds of event time per second, pauses left out; None if nothing was paced.
        writing_seconds: How long it took to hand them over, the rest of the time being the stream's and the pacer's.
    """

    lines: int
    reached: float | None
    writing_seconds: float


def replay(
    items: Iterable[Item],
    writer: Writer,
    pacer: Pacer,
    observe: Callable[[list[Item]], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> Played:
    """Write a stream, each line in its time, and wait until all of it is safe.

    Args:
        items: A complete stream; see :func:`producers.archive.timeline.timeline`.
        writer: Where it goes.
        pacer: When.
        observe: Shown lines after they were written.
        clock: Monotonic seconds.

    Raises:
        DeliveryError: When the broker refused a record.
    """
    lines, writing = 0, 0.0
    for run in _runs(items, pacer):
        began = clock()
        writer.write_all(run)
        writing += clock() - began
        observe(run)
        lines += len(run)
    reached = pacer.reached
    began = clock()
    writer.flush()
    return Played(lines, reached, writing + clock() - began)


def _runs(items: Iterable[Item], pacer: Pacer) -> Iterator[list[Item]]:
    """Put together the lines whose time has come: one by one they would cost more to hand over than to read."""
    coming, run = iter(items), list[Item]()
    for item in coming:
        if not pacer.lets(item):
            if run:
                yield run
                run = []
            pacer.wait(item)
        run.append(item)
        if pacer.is_free:
            run += islice(coming, _MAX_RUN - len(run))
        if len(run) == _MAX_RUN:
            yield run
            run = []
    if run:
        yield run
