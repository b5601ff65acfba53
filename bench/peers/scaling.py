"""``make bench-scaling``: what a post costs by partitions and by workers, and the close of a bucket by what is in it.

The machine is one: workers share its cores with the broker, so the clock tells less than the processor time.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

import numpy as np
from posts import SETTINGS, records
from rich.console import Console
from rich.table import Table

from bench.detection.terms import count_terms
from bench.peers.measure import Bench, FailedError, servers
from bench.peers.shapes import shape, spread
from processors.rollup import Rollup
from processors.store import Loaded, Store
from tocsin.clocks import Clock, Rules
from tocsin.crowds import WINDOW, Crowds
from tocsin.judge import Judge
from tocsin.merge import Merger, ignore_nothing
from tocsin.partials import Partial
from tocsin.settings import Settings, load_settings

SPREADS = ((1, 1), (2, 1), (4, 1), (8, 1), (8, 2), (8, 3))  # partitions, workers
SERIES = (100, 1_000, 10_000, 100_000)
FIRST = 1_244_678_400_000 // (1000 * SETTINGS["bucket_seconds"])  # bucket
WARM, BUCKETS = 20, 60  # the latter is a slot of five minutes: once in it the outlook is worked out anew
STORED = 12  # of these, the last: a minute
PARTS = (1, 8, 48)  # partitions whose terms are put together
POSTS, WORDS, VOCABULARY = 15_000, 9, 400_000  # of each in a bucket; words are drawn by Zipf's law


async def close(settings: Settings, series: int) -> tuple[float, float]:
    """Close buckets with so many series in each.

    Returns:
        CPU seconds of this process per bucket: to merge and judge it, and to write it to Redis.
    """
    rules = settings.rules
    merger, judge = Merger(partitions=1), Judge(rules, settings.false_page_days)
    store, rollup = Store(settings, rules, "bench"), Rollup(rules.bucket_ms)
    loaded = Loaded(None, judge, rollup)
    judged = stored = 0.0
    for number in range(FIRST, FIRST + WARM + BUCKETS):
        partial = _partial(rules, number, series)
        began = time.process_time()
        judgements = [judge.fold(closed) for closed in merger.add(partial)]
        if number >= FIRST + WARM:
            judged += time.process_time() - began
        if number >= FIRST + WARM + BUCKETS - STORED:
            began = time.process_time()
            loaded = await store.commit(loaded, judgements)
            stored += time.process_time() - began
    await store.aclose()
    return judged / BUCKETS, stored / STORED


def _partial(rules: Rules, number: int, series: int) -> Partial:
    """Count a few posts in each series; names of keyword groups, for of these there may be as many as one likes."""
    posts = [(number * 7 + place * 13) % 5 + 1 for place in range(series)]
    counts = {f"keyword=k{place}": (n, n, 0) for place, n in enumerate(posts)}
    clock = Clock((number + 1) * rules.bucket_ms + rules.lateness_ms, channels=("web",))
    return Partial(0, number, number, {"web": clock}, {number: counts})


def put_together(partitions: int) -> tuple[int, float]:
    """Put the terms of partitions together, each with a vocabulary that is rich.

    Returns:
        How many different terms each partition has, and CPU seconds per bucket.
    """
    chance = np.random.default_rng(1)
    letters = chance.integers(ord("a"), ord("z") + 1, (VOCABULARY, 7), np.uint8)
    words = letters.view("S7").ravel().astype(str)
    rank = (1 / np.arange(3, VOCABULARY + 3)).cumsum()
    crowds, spent = Crowds(ignore_nothing), []
    for number in range(WINDOW):
        parts = []
        for partition in range(partitions):
            drawn = words[rank.searchsorted(chance.random((POSTS, WORDS)) * rank[-1])].tolist()
            counted = count_terms([(f"{partition}-{n}", " ".join(row)) for n, row in enumerate(drawn)])
            assert counted is not None
            parts.append(counted)
        began = time.process_time()
        crowds.close(number, [parts, [], []])
        spent.append(time.process_time() - began)
    return len(parts[0].hashes) // 8, spent[-1]


def workers(options: argparse.Namespace, home: Path, where: dict[str, str], table: Table) -> bool:
    """Measure Tocsin's workers on more and more partitions; returns whether all counted what they should."""
    right = True
    values = records(options.volume)
    for number, (partitions, count) in enumerate(SPREADS):
        settings = load_settings(**where, partitions=partitions, **SETTINGS)
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
    closes = Table(title="the close of a bucket of 5 seconds")
    for name in ("series", "CPU-ms: merged and judged", "written to Redis", "CPU-us per series", "share of a core"):
        closes.add_column(name, justify="right")
    terms = Table(title="the terms of a bucket, put together")
    for name in ("partitions", "terms of each", "CPU-ms", "share of a core"):
        terms.add_column(name, justify="right")
    for partitions in PARTS:
        many, spent = put_together(partitions)
        share = spent / SETTINGS["bucket_seconds"]
        terms.add_row(str(partitions), f"{many:,}", f"{spent * 1e3:.1f}", f"{share:.1%}")
    console.print(terms)
    spreads = Table(title="workers on Apache Kafka and Redis, records of 500")
    for name in ("partitions", "workers", "CPU-s per million", "posts/s by the clock", "counts"):
        spreads.add_column(name, justify="right")
    with servers() as (home, kafka, redis):
        for series in options.series:
            settings = load_settings(redis=redis, partitions=1, namespace=f"series-{series}", **SETTINGS)
            judged, stored = asyncio.run(close(settings, series))
            both = judged + stored
            closes.add_row(
                f"{series:,}",
                f"{judged * 1e3:.1f}",
                f"{stored * 1e3:.1f}",
                f"{both * 1e6 / series:.1f}",
                f"{both / SETTINGS['bucket_seconds']:.1%}",
            )
        console.print(closes)
        right = workers(options, home, {"kafka": kafka, "redis": redis}, spreads)
        console.print(spreads)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
