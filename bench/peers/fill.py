"""Writes records to one partition as fast as librdkafka can, so that a consumer never waits for them.

Reads them from a file, each behind its length in four bytes: ``python -m bench.peers.fill KAFKA TOPIC FILE``.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from confluent_kafka import Producer

_LENGTH = 4


def _records(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        begin = at + _LENGTH
        at = begin + int.from_bytes(data[at:begin], "little")
        yield data[begin:at]


def main() -> None:
    """Write, and wait until the broker has it all."""
    kafka, topic, path = sys.argv[1:]
    producer = Producer({"bootstrap.servers": kafka, "linger.ms": 5, "acks": "all", "enable.idempotence": True})
    for value in _records(Path(path).read_bytes()):
        while True:
            try:
                producer.produce(topic, value, partition=0)
            except BufferError:
                producer.poll(0.1)
            else:
                break
    assert producer.flush(60) == 0, "the broker did not take every record"


if __name__ == "__main__":
    main()
