"""Writes records as fast as librdkafka can, so that a consumer never waits for them.

    python bench/peers/fill.py KAFKA TOPIC FILE

In the file each record stands behind its length, in four bytes, and its partition, in two.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from struct import Struct

from confluent_kafka import Producer

_HEAD = Struct("<IH")


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        length, partition = _HEAD.unpack_from(data, at)
        begin = at + _HEAD.size
        at = begin + length
        yield partition, data[begin:at]


def main() -> None:
    """Write, and wait until the broker has it all."""
    kafka, topic, path = sys.argv[1:]
    # Packed as Tocsin's own producers pack.
    wanted = {"linger.ms": 5, "compression.type": "lz4", "enable.idempotence": True, "log_level": 3}
    producer = Producer({"bootstrap.servers": kafka, **wanted})
    for partition, value in _records(Path(path).read_bytes()):
        while True:
            try:
                producer.produce(topic, value, partition=partition)
            except BufferError:
                producer.poll(0.1)
            else:
                break
    assert producer.flush(60) == 0, "the broker did not take every record"


if __name__ == "__main__":
    main()
