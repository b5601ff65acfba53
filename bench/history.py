"""``make bench-history``: what it takes to put five days at 5 seconds into Prometheus, step by step.

All rows of one table are of one run on one machine; only their ratios travel. Run with ``PYTHONPATH=tests``.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table
from servers.prometheus import PrometheusServer, program

from producers.archive.writing import ArchiveWriter
from producers.items import Item, item_of
from producers.scenario import SCENARIOS
from producers.streams import open_stream
from tocsin.posts import Heartbeat, Post
from tocsin.settings import ENV_PREFIX, load_settings

DAYS, STEP = 5, 5
DAY_MS = 86_400_000
START = 1_244_419_200_000  # 8 June 2009
CHANNELS = ("sms", "web", "twitter", "friendfeed")  # and all of them together are the fifth series
CONFIG = Path(__file__).parents[1] / "dashboards" / "prometheus" / "history.yml"
LOOP = 10_000_000


def five_series() -> Iterator[Item]:
    """A stream with five series: a post for each channel in each bucket, and a heartbeat in each minute."""
    rnd = Random(1)
    yield from (item_of(Heartbeat(channel, START, (channel,))) for channel in CHANNELS)
    for at in range(START, START + DAYS * DAY_MS, STEP * 1000):
        for channel in CHANNELS:
            when = at + rnd.randrange(STEP * 1000)
            author = f"a{rnd.randrange(5_000)}"
            yield item_of(Post(f"{channel}{at}", when, channel, channel, author, "tea at noon"))
        if (at - START) % 60_000 == 60_000 - STEP * 1000:
            yield from (item_of(Heartbeat(channel, at + STEP * 1000, (channel,))) for channel in CHANNELS)


def tehran() -> Iterator[Item]:
    """The first five days of tehran-2009: the cut of the SMS, the election, the result."""
    stream = open_stream("tehran-2009")
    cut = replace(stream, bounds=(None, (stream.begin or 0) + DAYS * DAY_MS))
    return cut.items(load_settings(**stream.settings).rules)


def timed(command: Sequence[str | Path], home: Path, **settings: int) -> tuple[float, float]:
    """Run a command; returns its seconds by the clock, and on all cores."""
    environment = {n: v for n, v in os.environ.items() if not n.startswith(ENV_PREFIX)}
    environment |= {f"{ENV_PREFIX}{name.upper()}": str(value) for name, value in settings.items()}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=home, env=environment, check=True, capture_output=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def steps(home: Path, lines: Iterator[Item], **settings: int) -> list[tuple[str, float, float | None]]:
    """Write, load and ask; returns name, seconds by the clock and on all cores of each step."""
    with ArchiveWriter(home / "five-days.ndjson.zst", "for the bench") as writer:
        for item in lines:
            writer.write(item)
    make = [sys.executable, "-m", "tocsin", "backfill", "five-days.ndjson.zst", "-o", "history.om"]
    load = (program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=240h")
    made = timed(make, home, bucket_seconds=STEP, **settings)
    loaded = timed([*load, "history.om", "data"], home)
    with (home / "history.om").open(encoding="utf-8") as file:
        samples = sum(not line.startswith("#") for line in file)
    prometheus = PrometheusServer(home, CONFIG, ["--storage.tsdb.retention.time=100y"])
    prometheus.start()
    try:
        began = time.perf_counter()
        buckets = count(prometheus)
        asked = time.perf_counter() - began
    finally:
        prometheus.stop()
    return [
        (f"tocsin backfill: {samples:,} samples", *made),
        ("promtool: blocks of them", *loaded),
        ("together", made[0] + loaded[0], made[1] + loaded[1]),
        (f"query_range, a series: {buckets:,} buckets", asked, None),
    ]


def count(prometheus: PrometheusServer) -> int:
    """Ask for every bucket of one series, in as many queries as Prometheus wants, and count what comes back."""
    found = 0
    most = 10_000  # points of a query, Prometheus' bound is 11,000
    first, last = START // 1000, (START + DAYS * DAY_MS) // 1000
    for begin in range(first + STEP, last + 1, most * STEP):
        end = min(begin + (most - 1) * STEP, last)
        query = 'count_over_time(tocsin_series_posts{series="posts"}[4s])'
        result = prometheus.ask("query_range", query=query, start=begin, end=end, step=STEP)["result"]
        found += sum(int(value) for _, value in chain.from_iterable(series["values"] for series in result))
    return found


def main() -> None:
    """Print the table."""
    began = time.process_time()
    total = 0
    for number in range(LOOP):
        total += number
    loop = time.process_time() - began
    table = Table(title=f"{DAYS} days at {STEP} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    for column in ("", "seconds", "CPU seconds", "times the loop"):
        table.add_column(column, justify="left" if not column else "right")
    table.add_row(f"a loop of {LOOP:,} integer additions", "", f"{loop:.1f}", "1.0")
    scenario = SCENARIOS["tehran-2009"]().settings
    advised = {name: value for name, value in scenario.items() if name != "bucket_seconds"}
    for title, lines, settings in (
        ("five series", five_series(), {"blind_after_seconds": 120}),
        ("tehran-2009", tehran(), advised),
    ):
        with TemporaryDirectory(prefix="tocsin-bench-") as folder:
            table.add_section()
            table.add_row(f"{title}:", "", "", "")
            for name, seconds, cpu in steps(Path(folder), lines, **settings):
                table.add_row(name, f"{seconds:.1f}", f"{cpu:.1f}" if cpu else "", f"{seconds / loop:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
