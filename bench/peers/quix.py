"""Quix Streams: a streaming dataframe that expands records into closed buckets.

Its windows would keep each series of each bucket in RocksDB; here the state is the job's own.
"""

from quixstreams import Application

from bench.peers.job import Job, Store, ordered
from tocsin.lexicon import default_lexicon


def main() -> None:
    """Work until it is told to stop."""
    order = ordered()
    job, store = Job(order.rules, default_lexicon()), Store(order.redis)
    app = Application(
        broker_address=order.kafka, consumer_group="quix", auto_offset_reset="earliest", loglevel="WARNING"
    )
    frame = app.dataframe(app.topic(order.topic, value_deserializer="bytes"))
    frame.apply(job.record, expand=True).update(store.write)
    app.run()


if __name__ == "__main__":
    main()
