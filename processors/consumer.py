"""What Faust's consumer must not do here, and where it must be watched.

Around a rebalance Faust may hand out records that it had fetched before, as the first of the new generation, ahead of
those that it goes back to. It then takes what lies between for a gap in the log, counts that as acknowledged, and never
delivers it. So gaps are not acknowledged here, and a generation that does not begin at the commit is not begun at all.
"""

from typing import Any

from faust.transport.drivers import aiokafka

from tocsin.errors import LostStateError, StaleWorkerError


class Consumer(aiokafka.Consumer):  # type: ignore[misc] # Faust has no types here
    """A consumer that commits nothing but what was acknowledged."""

    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Take no gap for acknowledged; our topics have none."""


Consumer.logger = aiokafka.logger  # Faust gives each class one of its module's name, which would be ours


async def check_begin(consumer: Any, message: Any) -> int | None:
    """Make sure that the first record of a generation is one that the group's commit does not lie before.

    Args:
        consumer: Of the app.
        message: The first of its partition in this generation.

    Returns:
        The group's commit; None if there is none yet.

    Raises:
        StaleWorkerError: Records before it were not delivered; whoever starts again gets them.
        LostStateError: Records before it are gone.
    """
    committed: int | None = consumer._committed_offset.get(message.tp) or None  # noqa: SLF001 - Faust has no public way
    if committed is not None and message.offset <= committed:
        return committed
    earliest = (await consumer.earliest_offsets(message.tp))[message.tp]
    where = f"{message.topic}[{message.partition}]"
    if committed is not None and committed < earliest:
        raise LostStateError(
            f"{where}: offsets {committed} to {earliest - 1} are gone from Kafka, and were not counted: no worker ran "
            "for longer than the topic keeps records. Choose another TOCSIN_NAMESPACE, and replay what you have"
        )
    if message.offset > (begin := earliest if committed is None else committed):
        raise StaleWorkerError(
            f"{where}: offset {message.offset} came first, {begin} was expected: a record from before a rebalance. "
            "Starting afresh"
        )
    return committed
