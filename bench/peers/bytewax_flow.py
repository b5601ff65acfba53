"""Bytewax: a dataflow that turns batches of messages into closed buckets, and a sink that writes them.

Its windows would hold each series of each bucket by key; here the state is the job's own, in a single worker.
"""

from collections.abc import Iterator
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.run import cli_main

from bench.peers.job import Closed, Job, Store, ordered
from tocsin.lexicon import default_lexicon


class _Writer(StatelessSinkPartition[Closed]):
    def __init__(self, redis: str) -> None:
        self._store = Store(redis)

    def write_batch(self, items: list[Closed]) -> None:
        for closed in items:
            self._store.write(closed)


class _RedisSink(DynamicSink[Closed]):
    def __init__(self, redis: str) -> None:
        self._redis = redis

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Writer:  # noqa: ARG002  Bytewax names them
        return _Writer(self._redis)


def main() -> None:
    """Work until it is told to stop."""
    order = ordered()
    job = Job(order.rules, default_lexicon())

    def count(messages: list[Any]) -> Iterator[Closed]:  # the source raises what is an error
        for message in messages:
            yield from job.record(message.value)

    flow = Dataflow("bench")
    stream = op.input("kafka", flow, KafkaSource([order.kafka], [order.topic], batch_size=500))
    op.output("redis", op.flat_map_batch("job", stream, count), _RedisSink(order.redis))
    cli_main(flow)


if __name__ == "__main__":
    main()
