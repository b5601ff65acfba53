"""What a series costs: ``PYTHONPATH=tests python bench/sizing.py`` prints memory of the judge and bytes in Redis.

Streams of few and of many regions are judged for a while, each region with a post in every bucket; the difference, by
series, is what a series costs that is never silent. Redis is a real one, and is asked for each key.
"""

import gc
import shutil
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from rich.console import Console
from rich.table import Table
from servers.redis import RedisServer
from streams.stored import Matcher, store_all

from tocsin.judge import Judgement
from tocsin.offline import Offline
from tocsin.posts import MAX_LINES, Heartbeat, Post, encode
from tocsin.settings import Settings, load_settings

BEGIN = 1_244_678_400_000  # 2009-06-11T00:00Z
BUCKETS = 240
FEW, MANY = 10, 110
DAY_SECONDS = 86_400
_WIDTHS = {"bucket": 5, "band": 5, "minute": 60, "hour": 3600}  # seconds


@dataclass(frozen=True)
class Size:
    """What so many series cost.

    Attributes:
        series: How many.
        memory: Bytes of Python objects and arrays that judging them holds.
        redis: Bytes of all keys of a kind.
        keys: How many keys of a kind there are.
    """

    series: int
    memory: int
    redis: dict[str, int]
    keys: dict[str, int]


def runs(pipeline: Offline, settings: Settings, regions: int) -> Iterator[list[Judgement]]:
    """Judge a stream in which each region has a post in each bucket."""
    for bucket in range(BUCKETS):
        at = BEGIN + bucket * settings.bucket_ms
        posts = [
            Post(f"{bucket}-{n}", at + n, "web", "web", f"author-{n}", "hello", "en", f"r{n}") for n in range(regions)
        ]
        lines = [Heartbeat("web", at - 1, ("web",)), *posts, Heartbeat("web", at + settings.bucket_ms, ("web",))]
        run = [
            judgement
            for begin in range(0, len(lines), MAX_LINES)
            for judgement in pipeline.fold(encode(lines[begin : begin + MAX_LINES]))
        ]
        if run:
            yield run


def measure(redis_url: str, regions: int) -> Size:
    """Judge and store a stream, and weigh what came of it."""
    settings = load_settings(redis=redis_url, namespace=f"sizing-{regions}", partitions=1)
    gc.collect()
    tracemalloc.start()
    pipeline = Offline(settings.rules, Matcher(), settings.false_page_days)
    store_all(settings, pipeline, runs(pipeline, settings, regions))
    gc.collect()
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sizes, keys = dict.fromkeys(_WIDTHS, 0), dict.fromkeys(_WIDTHS, 0)
    with Redis.from_url(redis_url) as redis:
        series = redis.hlen(f"{settings.redis_prefix}series")
        for kind in _WIDTHS:
            for key in redis.scan_iter(f"{settings.redis_prefix}{kind}:*", count=1000):
                sizes[kind] += redis.memory_usage(key, samples=0)
                keys[kind] += 1
    return Size(series, memory, sizes, keys)


def main() -> None:
    """Print the table."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="tocsin-sizing-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        redis = RedisServer(home)
        redis.start()
        stack.callback(redis.stop)
        measure(redis.url, FEW - 1)  # whatever is made once and for all
        few, many = (measure(redis.url, regions) for regions in (FEW, MANY))
    more = many.series - few.series
    table = Table(title=f"a series that is never silent; {few.series} against {many.series} series, {BUCKETS} buckets")
    for column in ("", "bytes each", "bytes per series-day"):
        table.add_column(column, justify="left" if not column else "right")
    for kind, seconds in _WIDTHS.items():
        each = (many.redis[kind] - few.redis[kind]) / more / many.keys[kind]
        table.add_row(f"Redis, by {kind}", f"{each:.1f}", f"{each * DAY_SECONDS / seconds:,.0f}")
    table.add_row("the worker that judges", f"{(many.memory - few.memory) / more:,.0f}", "")
    Console().print(table)


if __name__ == "__main__":
    main()
