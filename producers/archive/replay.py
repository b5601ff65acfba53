"""Playing a stream: each line in its time."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from producers.archive.pacing import Pacer
from producers.items import Item, Sink


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
    sink: Sink,
    pacer: Pacer,
    observe: Callable[[Item], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> Played:
    """Write a stream, each line in its time, and wait until all of it is safe.

    Args:
        items: A complete stream; see :func:`producers.archive.timeline.timeline`.
        sink: Where it goes.
        pacer: When.
        observe: Shown each line after it was written.
        clock: Monotonic seconds.

    Raises:
        DeliveryError: When the broker refused a record.
    """
    lines, writing = 0, 0.0
    for item in items:
        pacer.wait(item)
        began = clock()
        sink.write(item)
        writing += clock() - began
        observe(item)
        lines += 1
    reached = pacer.reached
    began = clock()
    sink.flush()
    return Played(lines, reached, writing + clock() - began)
