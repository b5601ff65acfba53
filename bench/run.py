"""``make bench``: what a post costs, in CPU-seconds per million posts, each step beside the decoder alone.

All rows of one table are of one run on one machine; only their ratios travel.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

import msgspec
import zstandard
from kafka import KafkaProducer
from posts import SETTINGS, records
from redis import Redis
from rich.console import Console
from rich.table import Table
from servers.kafka import KafkaServer
from servers.redis import RedisServer
from servers.workers import Workers

from producers.streams import open_stream
from tocsin.cli.topics import create_topics
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.posts import Post, Posts, decode
from tocsin.settings import Settings, load_settings
from tocsin.tally import PartitionTally

ROUNDS = 3


def cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of one call, the median of a few."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def cpu_of_process(pid: int) -> float:
    """CPU seconds that a process has used so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def decode_alone(values: Iterable[bytes]) -> None:
    """What any consumer in Python must at least do, as fast as msgspec can."""
    decoder = msgspec.json.Decoder(Post)
    for value in values:
        decoder.decode_lines(value)


def steps(settings: Settings, values: list[bytes]) -> Iterable[tuple[str, float]]:
    """Measure the steps of the work in this process."""
    lexicon = default_lexicon()
    plain = [value for value in values if b'"heartbeat"' not in value]
    share = len(values) / len(plain)
    yield "msgspec decode alone", cpu_of(lambda: decode_alone(plain)) * share
    yield "codec: decode, with rejects", cpu_of(lambda: deque(map(decode, values), maxlen=0))
    texts = [[p.text for part in decode(v) if isinstance(part, Posts) for p in part.posts] for v in values]
    yield "keyword groups", cpu_of(lambda: deque(map(lexicon.match, texts), maxlen=0))

    def tally() -> None:
        counting = PartitionTally(0, settings.rules, lexicon)
        for value in values:
            counting.fold(value)

    def offline() -> None:
        pipeline = Offline(settings.rules, lexicon, settings.false_page_days)
        for value in values:
            for _ in pipeline.fold(value):
                pass

    yield "tally: the whole per-post job", cpu_of(tally)
    yield "offline pipeline: tally, merge, judge", cpu_of(offline)
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as home:
        archive = Path(home) / "dense.ndjson.zst"
        archive.write_bytes(zstandard.compress(b"\n".join(values) + b"\n"))

        def backtest() -> None:
            pipeline = Offline(settings.rules, lexicon, settings.false_page_days)
            for value, parts in open_stream(str(archive)).records(settings.rules):
                for _ in pipeline.fold(value, parts):
                    pass

        yield "backtest of an archive packed with zstandard", cpu_of(backtest)


def worker(settings: Settings, values: list[bytes], home: Path) -> tuple[float, float]:
    """Measure one worker on Apache Kafka and Redis.

    Returns:
        Its CPU seconds beyond what it uses while idle, and the wall seconds until everything was stored.
    """
    create_topics(settings)
    workers = Workers(1, home, settings.environment())
    try:
        with (
            KafkaProducer(bootstrap_servers=settings.kafka, acks="all") as producer,
            Redis.from_url(settings.redis) as redis,
        ):

            def put(value: bytes) -> None:
                producer.send(settings.topics.posts.name, value, partition=0)

            put(values[0])
            producer.flush()
            time.sleep(12)  # until it has joined the group and rests
            pid = workers.pids[0]
            before, began = cpu_of_process(pid), time.monotonic()
            time.sleep(5)
            idle = (cpu_of_process(pid) - before) / (time.monotonic() - began)
            before, began = cpu_of_process(pid), time.monotonic()
            for value in values[1:]:
                put(value)
            producer.flush()
            last = _last_bucket(settings, values)
            while int(redis.hget("tocsin:state", "closed") or -1) < last:
                time.sleep(0.05)
            wall = time.monotonic() - began
            return cpu_of_process(pid) - before - idle * wall, wall
    finally:
        workers.stop()


def _last_bucket(settings: Settings, values: list[bytes]) -> int:
    counting = PartitionTally(0, settings.rules, default_lexicon())
    partials = [partial for value in values for partial in counting.fold(value).partials]
    return partials[-1].through


def main() -> None:
    """Print the table."""
    console = Console()
    values = records()
    posts = sum(value.count(b"\n") + 1 for value in values)
    per_million = 1e6 / posts
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        (home / "kafka").mkdir()
        (home / "redis").mkdir()
        kafka, redis = KafkaServer(home / "kafka"), RedisServer(home / "redis")
        for server in (kafka, redis):
            server.start()
            stack.callback(server.stop)
        settings = load_settings(kafka=kafka.bootstrap, redis=redis.url, partitions=1, **SETTINGS)
        rows = list(steps(settings, values))
        cpu, wall = worker(settings, values, home)
        rows.append(("worker on Apache Kafka and Redis, records of 500", cpu))
    table = Table(
        title=f"{posts:,} lines, {sum(map(len, values)) / posts:.0f} bytes each; Python {sys.version.split()[0]}"
    )
    for column in ("", "CPU-s per million", "posts/s per core", "times decode"):
        table.add_column(column, justify="left" if not column else "right")
    for name, seconds in rows:
        cost = seconds * per_million
        table.add_row(name, f"{cost:.2f}", f"{1e6 / cost:,.0f}", f"{seconds / rows[0][1]:.1f}")
    console.print(table)
    cores = os.cpu_count()
    console.print(
        f"worker: {posts / wall:,.0f} posts/s by the clock, until all was stored; {cores} cores, shared with Kafka"
    )


if __name__ == "__main__":
    main()
