"""A loop around confluent-kafka: the least that stands between librdkafka and the work."""

from confluent_kafka import Consumer, KafkaException

from bench.peers.job import Job, Store, ordered
from tocsin.lexicon import default_lexicon


def main() -> None:
    """Work until it is told to stop."""
    order = ordered()
    job, store = Job(order.rules, default_lexicon()), Store(order.redis)
    consumer = Consumer(
        {"bootstrap.servers": order.kafka, "group.id": "confluent-loop", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([order.topic])
    while True:
        for message in consumer.consume(500, timeout=1.0):
            if message.error():
                raise KafkaException(message.error())
            for closed in job.record(message.value()):
                store.write(closed)


if __name__ == "__main__":
    main()
