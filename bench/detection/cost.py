"""``python -m bench.detection.cost``: what the detector costs, in time and in memory, by the number of series."""

import argparse
import statistics
import sys
import time
from itertools import islice

import numpy as np
from rich.console import Console

from bench.detection.panel import BUCKET_MS
from bench.detection.progress import progress
from bench.detection.report import Report
from bench.detection.world import Ints, generator
from tocsin.detect.detector import Detector

SERIES = (1, 100, 10_000, 100_000)
BUCKETS = 256  # of ten seconds: the ends of four slots, and of the longest blocks
WARM_BUCKETS = 1_280  # long enough for every window to be whole
DRAWN = 16  # buckets of counts, used over and over


def counts(series: int) -> list[Ints]:
    """Draw counts of many small and a few large series."""
    rng = generator("cost", "", series)
    rate = np.clip(np.exp(rng.normal(0.0, 2.0, series)), 0.05, 300.0)
    return [rng.poisson(rate) for _ in range(DRAWN)]


def measure(series: int, warm_buckets: int) -> tuple[list[float], int]:
    """Run one detector.

    Returns:
        CPU seconds of each bucket after the warm-up, and the bytes of its state.
    """
    drawn = counts(series)
    detector = Detector(BUCKET_MS)
    detector.admit(f"series={number:07}" for number in range(series))
    seen = np.ones(series, np.bool_)
    seconds = []
    with progress(f"{series:,} series", warm_buckets + BUCKETS) as tick:
        for bucket in range(warm_buckets + BUCKETS):
            began = time.process_time()
            look = detector.look(bucket, drawn[bucket % DRAWN], seen)
            detector.learn(look, seen)
            seconds.append(time.process_time() - began)
            tick(1)
    state = sum(len(raw) for _, _, raw in detector.snapshot()["arrays"].values())
    return list(islice(seconds, warm_buckets, None)), state


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.detection.cost", description=__doc__)
    parser.add_argument("--series", type=int, nargs="+", default=SERIES, help="how many, e.g. 1 100 10000")
    parser.add_argument("--warm", type=int, default=WARM_BUCKETS, help=f"buckets before (default {WARM_BUCKETS:,})")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args()
    rows = []
    for series in options.series:
        seconds, state = measure(series, options.warm)
        mean, middle, worst = statistics.mean(seconds), statistics.median(seconds), max(seconds)
        times = (f"{mean * 1e6 / series:.2f}", *(f"{each * 1e3:.2f}" for each in (mean, middle, worst)))
        rows.append((f"{series:,}", *times, f"{state / series:,.0f}"))
    head = ("series", "us per series and bucket", "ms per bucket", "median", "worst", "bytes of state per series")
    title = f"look and learn, both sides, {BUCKETS} buckets; Python {sys.version.split()[0]}, numpy {np.__version__}"
    Report(title, head, rows).show(Console(), markdown=options.markdown)


if __name__ == "__main__":
    main()
