"""Playing a stream into Kafka."""

from collections.abc import Callable, Iterable

from producers.archive.pacing import Pacer
from producers.items import Item
from producers.writer import Writer


def replay(
    items: Iterable[Item], writer: Writer, pacer: Pacer, observe: Callable[[Item], None] = lambda _: None
) -> int:
    """Write a stream, each line in its time, and wait until the broker has it all.

    Args:
        items: A complete stream; see :func:`producers.archive.timeline.timeline`.
        writer: Where it goes.
        pacer: When.
        observe: Shown each line after it was written.

    Returns:
        How many lines were written.

    Raises:
        DeliveryError: When the broker refused a record.
    """
    count = 0
    for item in items:
        pacer.wait(item)
        writer.write(item)
        observe(item)
        count += 1
    writer.flush()
    return count
