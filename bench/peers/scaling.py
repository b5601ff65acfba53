"""``make bench-scaling``: what a post costs by partitions and by workers, and what the close of a bucket by series.

The machine is one: workers share its cores with the broker, so the clock tells less than the processor time.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from posts import SETTINGS, records
from rich.console import Console
from rich.table import Table
from servers.kafka import KafkaServer
from servers.redis import RedisServer

from bench.peers.measure import Bench, FailedError, Record, shape
from tocsin.clocks import Clock
from tocsin.judge import Judge
from tocsin.merge import Merger
from tocsin.posts import MAX_LINES, partition_of
from tocsin.settings import Settings, load_settings
from tocsin.tally import Partial

SPREADS = ((1, 1), (2, 1), (4, 1), (8, 1), (8, 2), (8, 3))  # partitions, workers
SERIES = (100, 1_000, 10_000, 100_000)
WARM, BUCKETS = 20, 60  # the latter is a slot of five minutes: once in it the outlook is worked out anew
_AT = '"author":"'


def spread(values: list[bytes], partitions: int) -> Iterator[Record]:
    """Cut a stream into records of several partitions, by author as the producers do; heartbeats go to all."""
    waiting: list[list[bytes]] = [[] for _ in range(partitions)]
    for value in values:
        for line in value.split(b"\n"):
            begin = line.find(_AT.encode()) + len(_AT)
            if begin < len(_AT):
                targets = range(partitions)
            else:
                author = line[begin : line.index(b'"', begin)].decode()
                targets = range((at := partition_of(author, partitions)), at + 1)
            for at in targets:
                waiting[at].append(line)
                if len(waiting[at]) == MAX_LINES:
                    yield at, b"\n".join(waiting[at])
                    waiting[at] = []
    yield from ((at, b"\n".join(lines)) for at, lines in enumerate(waiting) if lines)


def close(settings: Settings, series: int) -> float:
    """Close buckets with so many series in each; returns CPU seconds per bucket, merged and judged."""
    rules = settings.rules
    merger, judge = Merger(partitions=1), Judge(rules, settings.false_page_days)
    # Names of keyword groups are not bounded in number: a lexicon has as many as it has.
    names = [f"keyword=k{number}" for number in range(series)]
    first = 1_244_678_400_000 // rules.bucket_ms
    began = 0.0
    for number in range(first, first + WARM + BUCKETS):
        if number == first + WARM:
            began = time.process_time()
        at = (number + 1) * rules.bucket_ms + rules.lateness_ms
        counts = {name: (n := (number * 7 + place * 13) % 5 + 1, n, 0) for place, name in enumerate(names)}
        partial = Partial(0, number, number, {"web": Clock(at, channels=("web",))}, {number: counts})
        for closed in merger.add(partial):
            judge.fold(closed)
    return (time.process_time() - began) / BUCKETS


def workers(options: argparse.Namespace, table: Table) -> bool:
    """Measure Tocsin's workers on more and more partitions; returns whether all counted what they should."""
    right = True
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        for name in ("kafka", "redis"):
            (home / name).mkdir()
        kafka, redis = KafkaServer(home / "kafka"), RedisServer(home / "redis")
        for server in (kafka, redis):
            server.start()
            stack.callback(server.stop)
        values = records(options.volume)
        for number, (partitions, count) in enumerate(SPREADS):
            settings = load_settings(kafka=kafka.bootstrap, redis=redis.url, partitions=partitions, **SETTINGS)
            bench = Bench(settings, options.peers.absolute(), home)
            one = shape("", list(spread(values, partitions)), settings)
            try:
                found = bench.tocsin(one, number, count)
            except FailedError as error:
                right = False
                table.add_row(str(partitions), str(count), str(error))
                continue
            same = found.digest == one.counted.digest
            right &= same
            words = "as expected" if same else "DIFFERENT"
            table.add_row(str(partitions), str(count), f"{found.cpu:.2f}", f"{found.rate:,.0f}", words)
    return right


def main() -> int:
    """Print the tables; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-scaling", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--peers", type=Path, required=True, help="Python with confluent-kafka, which writes the records"
    )
    parser.add_argument("--volume", type=float, default=6_000.0, help="how dense the stream is; default: %(default)s")
    parser.add_argument("--series", type=int, nargs="*", default=SERIES, help="how many; default: %(default)s")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    settings = load_settings(partitions=1, **SETTINGS)
    closes = Table(title="the close of a bucket of 5 seconds: merged and judged")
    for name in ("series", "CPU-ms per bucket", "CPU-us per series", "share of a core"):
        closes.add_column(name, justify="right")
    for series in options.series:
        seconds = close(settings, series)
        share = seconds * 1000 / settings.rules.bucket_ms
        closes.add_row(f"{series:,}", f"{seconds * 1e3:.1f}", f"{seconds * 1e6 / series:.1f}", f"{share:.1%}")
    console.print(closes)
    spreads = Table(title="workers on Apache Kafka and Redis, records of 500")
    for name in ("partitions", "workers", "CPU-s per million", "posts/s by the clock", "counts"):
        spreads.add_column(name, justify="right")
    right = workers(options, spreads)
    console.print(spreads)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
