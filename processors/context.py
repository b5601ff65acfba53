"""What the agents of one worker share."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn, TypeVar

from aiokafka.errors import KafkaError

from processors.metrics import Metrics
from processors.store import Store
from tocsin.access import explain_kafka
from tocsin.clocks import Rules
from tocsin.errors import TocsinError
from tocsin.judge import Judge
from tocsin.lexicon import Lexicon
from tocsin.settings import Settings

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0


class Message(NamedTuple):
    """One message to be published; without a partition, its key chooses."""

    key: bytes
    value: bytes
    partition: int | None = None


@dataclass(frozen=True)
class Context:
    """Settings, pure parts and connections of one worker."""

    settings: Settings
    rules: Rules
    lexicon: Lexicon
    metrics: Metrics
    store: Store

    def new_judge(self) -> Judge:
        """Make a judge that has seen nothing yet."""
        return Judge(self.rules, self.settings.false_page_days)

    async def publish(self, topic: Any, messages: Sequence[Message]) -> None:
        """Write messages and wait until the broker has them all, for as long as that takes.

        All that is published here may come twice: partials that repeat are ignored, and dead letters and revisions
        of incidents carry keys by which a reader drops repeats.
        """
        wait = FIRST_WAIT
        while messages:
            try:
                acknowledged = [
                    await topic.send(key=message.key, value=message.value, partition=message.partition)
                    for message in messages
                ]
                await asyncio.gather(*acknowledged)
            except KafkaError as error:
                name = topic.get_topic_name()
                if refused := explain_kafka(error, self.settings.broker, f"write to the topic {name}"):
                    raise refused from error
                self.metrics.kafka_errors.inc()
                logger.warning("Kafka does not take %s (%s); trying again", name, type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
            else:
                return


async def read_to_the_end(stream: Any, on_event: Callable[[Any], Awaitable[None]]) -> None:
    """Hand each event of a stream to its reader, which says what is safe; the process ends with the first error.

    Args:
        stream: Of an agent.
        on_event: Called with each event.
    """
    async for event in stream.noack().events():
        try:
            await on_event(event)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, going on would lose the event
            end_process(error)


async def or_end(attempt: Awaitable[Result]) -> Result:
    """Wait for something without which a worker must not run; the process ends with its error."""
    try:
        return await attempt
    except Exception as error:  # noqa: BLE001 - whatever it is, Faust would only log it
        end_process(error)


def end_process(error: BaseException) -> NoReturn:
    """End the process at once: whatever is not committed will be read again, so restarting is the safe path.

    Faust would swallow the exception of an agent together with the event that caused it.
    """
    told = isinstance(error, TocsinError)  # such a message says what to do; of any other, the way there helps
    logger.critical("%s: %s", type(error).__name__, error, exc_info=None if told else error)
    logging.shutdown()
    sys.stderr.flush()
    os._exit(error.exit_code if isinstance(error, TocsinError) else 1)
