"""A loop around aiokafka: what Faust stands on, without Faust."""

import asyncio

from aiokafka import AIOKafkaConsumer

from bench.peers.job import Job, Store, ordered
from tocsin.lexicon import default_lexicon


async def main() -> None:
    """Work until it is told to stop."""
    order = ordered()
    job, store = Job(order.rules, default_lexicon()), Store(order.redis)
    consumer = AIOKafkaConsumer(
        order.topic, bootstrap_servers=order.kafka, group_id="aiokafka-loop", auto_offset_reset="earliest"
    )
    async with consumer:
        while True:
            for messages in (await consumer.getmany(timeout_ms=1000)).values():
                for message in messages:
                    for closed in job.record(message.value):
                        store.write(closed)


if __name__ == "__main__":
    asyncio.run(main())
