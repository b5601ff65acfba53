"""A steady load for the soak: ``python bench/load.py --rate 20000 --seconds 1800`` writes so many posts a second.

A minute of posts, or as much as is asked for, is made beforehand and played round after round, each under its own dates
and ids: to make every post anew would take a core of its own. The texts of a round are those of the one before.
"""

import argparse
import json
import signal
import time
from dataclasses import dataclass, replace
from itertools import islice

from kafka import KafkaProducer
from msgspec.structs import replace as changed

from producers.scenario import SCENARIOS
from tocsin.posts import MAX_LINES, Heartbeat, Post, encode, partition_of
from tocsin.settings import Settings, load_settings

ROUND_SECONDS = 60
_NOON_MS = 12 * 3_600_000
_BASE_SECOND = 1_000_000_000  # which the posts of a round bear until they are written; any number of ten digits
_CLOSING_MS = 600_000  # how far the last heartbeats lie ahead, so that every bucket closes


@dataclass(frozen=True)
class Record:
    """Up to 500 posts of one partition and one second.

    Attributes:
        due: When it goes out: seconds since that second began.
        partition: Where it goes.
        value: NDJSON.
        posts: How many.
    """

    due: float
    partition: int
    value: bytes
    posts: int

    def at(self, second: int, number: int) -> bytes:
        """Move all posts into a second of the epoch, and give them ids of a round's own."""
        moved = self.value.replace(b'"at":%d' % _BASE_SECOND, b'"at":%d' % second)
        return moved.replace(b'"id":"', b'"id":"%d-' % number)


def cut(rate: int, length: int, partitions: int) -> tuple[list[list[Record]], tuple[Heartbeat, ...]]:
    """Make a round of ordinary posts at noon, evenly spread.

    Args:
        rate: Posts a second.
        length: Of the round, seconds.
        partitions: How many there are.

    Returns:
        The records of each second, and a heartbeat of each source.
    """
    quiet = SCENARIOS["quiet-week"]({"volume": str(2 * rate)})
    begin = quiet.begin + _NOON_MS
    dense = replace(quiet, begin=begin, flaws=replace(quiet.flaws, broken=0.0, late=0.0, duplicates=0.0, wild=0.0))
    lines = (item.line for item in dense.lines(seed=1))
    posts = (line for line in lines if isinstance(line, Post))
    seconds = [_records(list(islice(posts, rate)), partitions) for _ in range(length)]
    channels: dict[str, set[str]] = {}
    for channel in dense.channels:
        for source in channel.sources:
            channels.setdefault(source, set()).add(channel.name)
    return seconds, tuple(Heartbeat(source, 0, tuple(sorted(names))) for source, names in sorted(channels.items()))


def _records(posts: list[Post], partitions: int) -> list[Record]:
    """Spread posts over a second, and put those of a partition together."""
    found: list[Record] = []
    waiting: dict[int, list[Post]] = {partition: [] for partition in range(partitions)}
    for number, post in enumerate(posts, 1):
        ms = (number - 1) * 1000 // len(posts)
        partition = partition_of(post.author, partitions)
        together = waiting[partition]
        together.append(changed(post, at=_BASE_SECOND * 1000 + ms))
        if len(together) == MAX_LINES:
            found.append(Record(number / len(posts), partition, encode(together), len(together)))
            waiting[partition] = []
    rest = (Record(1.0, partition, encode(left), len(left)) for partition, left in waiting.items() if left)
    return [*found, *rest]


class Load:
    """Writes rounds, by a timetable: what is late is caught up with.

    Args:
        settings: Where Kafka is.
        rate: Posts a second.
        length: Seconds of a round.

    Attributes:
        posts: How many were written.
        worst: Seconds by which a record came too late, at the most.
    """

    def __init__(self, settings: Settings, rate: int, length: int) -> None:
        self._settings = settings
        self._seconds, self._sources = cut(rate, length, settings.partitions)
        self._topic = settings.topics.posts.name
        self._stopped = False
        self.posts = 0
        self.worst = 0.0

    def stop(self, *_: object) -> None:
        """End with this second."""
        self._stopped = True

    def run(self, seconds: int) -> None:
        """Write for so long, and wait until the broker has all of it."""
        with KafkaProducer(
            bootstrap_servers=self._settings.kafka, acks="all", linger_ms=5, compression_type="lz4", batch_size=1 << 19
        ) as producer:
            second = origin = int(time.time()) + 1
            while second < origin + seconds and not self._stopped:
                number, step = divmod(second - origin, len(self._seconds))
                for record in self._seconds[step]:
                    self._wait(second + record.due)
                    producer.send(self._topic, record.at(second, number), partition=record.partition)
                    self.posts += record.posts
                second += 1
                self._vouch(producer, second * 1000)
            self._vouch(producer, second * 1000 + _CLOSING_MS)
            producer.flush()

    def _wait(self, due: float) -> None:
        late = time.time() - due
        if late < 0:
            time.sleep(-late)
        self.worst = max(self.worst, late)

    def _vouch(self, producer: KafkaProducer, at: int) -> None:
        """Say to every partition that all posts before a time have been written."""
        value = encode(changed(source, at=at) for source in self._sources)
        for partition in range(self._settings.partitions):
            producer.send(self._topic, value, partition=partition)


def main() -> None:
    """Write, and say on stdout when it begins and what it came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=20_000, help="posts a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--round", type=int, default=ROUND_SECONDS, help="seconds until texts come again")
    asked = parser.parse_args()
    load = Load(load_settings(), asked.rate, asked.round)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, load.stop)
    print("ready", flush=True)
    load.run(asked.seconds)
    print(json.dumps({"posts": load.posts, "worst_seconds": round(load.worst, 2)}), flush=True)


if __name__ == "__main__":
    main()
