"""What it costs to make posts and to write them: ``PYTHONPATH=.:tests python bench/producing.py`` prints a table.

A stream is made, packed into an archive, and replayed from it into a real Apache Kafka, once for each way of packing
records; then a consumer reads each topic back. Figures are processor time of this process, with the threads of the
Kafka client, and ratios to the decoder alone: the least of a few rounds, taken in turns.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import crc32c
import kafka.record.util
from aiokafka import AIOKafkaConsumer, TopicPartition
from posts import SECONDS, SETTINGS, records
from rich.console import Console
from rich.table import Table
from servers.kafka import KafkaServer
from steps import decode_alone

from producers.archive.pacing import Pacer
from producers.archive.replay import replay
from producers.archive.writing import ArchiveWriter
from producers.broker import Compression, connect
from producers.items import Item, read_lines
from producers.scenario import SCENARIOS, Scenario
from producers.streams import open_stream
from producers.writer import Confirmation, Writer
from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings

CODECS: tuple[Compression | None, ...] = (None, "lz4", "zstd", "snappy", "gzip")
DECODER = "msgspec decode alone"
PARTITIONS = 4
MOST_A_SECOND = 143_199  # posts, of all of Twitter, in the second of 3 August 2013 that had the most
_RUN = 256  # lines that are handed over at once
_DAYS = 2 * 86_400_000
_RULES = load_settings(**SETTINGS).rules


@dataclass
class Row:
    """The least that something took.

    Attributes:
        lines: That were handled in a round.
        cpu: Seconds of a round.
        size: Bytes of a post as the broker keeps it; 0 where there is no broker.
        reading: Seconds that a consumer took for the same lines; 0 likewise.
    """

    lines: int
    cpu: float = float("inf")
    size: float = 0.0
    reading: float = float("inf")

    @property
    def each(self) -> float:
        """Seconds a line."""
        return self.cpu / self.lines


def spent(work: Callable[[], object]) -> float:
    """CPU seconds of one call, all threads together."""
    began = time.process_time()
    work()
    return time.process_time() - began


class Nowhere:
    """A producer that takes records and confirms them at once."""

    is_done = True

    def send(self, _topic: str, value: bytes, *, partition: int) -> Confirmation:
        """Take a record."""
        del value, partition
        return self

    def get(self, timeout: float | None = None) -> None:
        """Confirm it."""

    def close(self, timeout: float | None = None) -> None:
        """Do nothing."""


class Broker:
    """A Kafka of its own, and what of it is measured."""

    def __init__(self, stack: ExitStack, home: Path) -> None:
        self._home = home / "kafka"
        self._home.mkdir()
        server = KafkaServer(self._home)
        server.start()
        stack.callback(server.stop)
        self._address = server.bootstrap

    def settings(self, name: str) -> Settings:
        """Make topics of their own for one run."""
        settings = load_settings(kafka=self._address, namespace=name, partitions=PARTITIONS, **SETTINGS)
        create_topics(settings)
        return settings

    def size(self, settings: Settings) -> int:
        """Bytes of the topic of posts, as the broker keeps them: that is as they came over the wire."""
        return sum(path.stat().st_size for path in self._home.glob(f"data/{settings.topics.posts.name}-*/*.log"))

    async def read(self, settings: Settings) -> None:
        """Read the topic of posts as a worker does, from its begin to its end."""
        topic = settings.topics.posts
        places = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        async with AIOKafkaConsumer(bootstrap_servers=self._address, auto_offset_reset="earliest") as consumer:
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            while places:
                await consumer.getmany(timeout_ms=200)
                places = [place for place in places if await consumer.position(place) < ends[place]]


def made(scenario: Scenario) -> Iterator[Item]:
    """Make the first days of a scenario."""
    return replace(scenario, end=scenario.begin + _DAYS).lines(seed=1)


def pack(items: Iterable[Item], path: Path) -> None:
    """Write an archive, as ``tocsin generate`` does."""
    with ArchiveWriter(path, "for the bench") as archive:
        for item in items:
            archive.write(item)
        archive.close()


def play(path: Path, writer: Writer, speed: float | None = None) -> float:
    """Replay an archive, as ``tocsin replay`` does; tells how late its latest line was, in seconds."""
    pacer = Pacer(speed, _RULES.ahead_ms, idle=writer.poll)
    replay(open_stream(str(path)).items(_RULES), writer, pacer)
    return pacer.worst


def write(items: list[Item], writer: Writer) -> None:
    """Write lines, and wait until the broker has them."""
    for at in range(0, len(items), _RUN):
        writer.write_all(items[at : at + _RUN])
    writer.flush()


def measure(rounds: int, home: Path, broker: Broker) -> tuple[dict[str, Row], float]:
    """Take all figures: rows, the decoder's first, and by how many seconds a paced replay was late at the most."""
    values = records()
    plain = [value for value in values if b'"heartbeat"' not in value]
    items = [item for value in values for item in read_lines(value)]
    path, june = home / "dense.ndjson.zst", SCENARIOS["tehran-2009"]()
    pack(items, path)
    days = sum(1 for _ in made(june))
    rows = {
        DECODER: Row(sum(map(count_lines, plain))),
        "generate: the lines": Row(days),
        "generate: an archive": Row(days),
        "generate: an archive, packed": Row(days),
        "writer alone": Row(len(items)),
        "replay into nothing": Row(len(items)),
    }
    work = (
        lambda: decode_alone(plain),
        lambda: deque(made(june), maxlen=0),
        lambda: pack(made(june), home / "june.ndjson"),
        lambda: pack(made(june), home / "june.ndjson.zst"),
        lambda: Writer(Nowhere(), "posts", PARTITIONS).write_all(items),
        lambda: play(path, Writer(Nowhere(), "posts", PARTITIONS)),
    )
    for number in range(rounds):
        for name, do in zip(list(rows)[: len(work)], work, strict=True):
            rows[name].cpu = min(rows[name].cpu, spent(do))
        for codec in CODECS:
            row = rows.setdefault(f"replay into Kafka, {codec or 'not packed'}", Row(len(items)))
            settings = broker.settings(f"{codec or 'plain'}-{number}")
            with connect(settings.broker, settings.topics.posts, compression=codec) as writer:
                row.cpu = min(row.cpu, spent(partial(play, path, writer)))
            row.size = broker.size(settings) / len(items)
            row.reading = min(row.reading, spent(lambda settings=settings: asyncio.run(broker.read(settings))))
        row = rows.setdefault("writer alone, into Kafka, lz4", Row(len(items)))
        settings = broker.settings(f"write-{number}")
        with connect(settings.broker, settings.topics.posts) as writer:
            row.cpu = min(row.cpu, spent(partial(write, items, writer)))
    settings = broker.settings("paced")
    with connect(settings.broker, settings.topics.posts) as writer:
        return rows, play(path, writer, MOST_A_SECOND * SECONDS / len(items))


def count_lines(value: bytes) -> int:
    """Count the lines of a record."""
    return value.count(b"\n") + 1


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    assert kafka.record.util.calc_crc32c.__defaults__ == (crc32c.crc32c,), "kafka-python computes CRCs in Python"
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        rows, late = measure(rounds, home, Broker(stack, home))
    decoder = rows[DECODER].each
    table = Table(title=f"the least of {rounds} rounds")
    for column in (
        "",
        "CPU-s per million",
        "posts/s per core",
        "times decode",
        "bytes/post",
        "read, CPU-s per million",
    ):
        table.add_column(column, justify="right" if column else "left")
    for name, row in rows.items():
        kept = (f"{row.size:.0f}", f"{row.reading / row.lines * 1e6:.2f}") if row.size else ()
        table.add_row(name, f"{row.each * 1e6:.2f}", f"{1 / row.each:,.0f}", f"{row.each / decoder:.1f}", *kept)
    console = Console(highlight=False, width=130)
    console.print(table)
    console.print(f"paced, {MOST_A_SECOND:,} posts a second into Kafka: at most {late * 1000:.0f} ms late")


if __name__ == "__main__":
    main()
