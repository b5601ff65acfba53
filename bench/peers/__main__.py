"""``make bench``: what a post costs, each step of Tocsin and a whole worker, beside other stream processors.

    PYTHONPATH=tests:bench python -m bench.peers --peers .venv-peers/bin/python

All rows of one table are of one run on one machine; only their ratios travel, and ``make bench-check`` compares these
with the ones that ``--keep`` has kept. Exit code 1 if anybody could not run, or counted something else than Tocsin's
own tally of a partition; with ``--check`` also if a ratio fell.
"""

import argparse
import math
import sys
from itertools import count
from pathlib import Path

import msgspec
from posts import SETTINGS, records, varied
from rich.console import Console
from rich.table import Table
from steps import DECODE, cpu_of, steps

from bench.peers.kept import Ratios, fallen, keep, load
from bench.peers.measure import Bench, FailedError, Measured, servers
from bench.peers.shapes import Shape, shape
from tocsin.posts import Post
from tocsin.settings import load_settings

PEERS = {
    "confluent_loop": "confluent-kafka, a loop",
    "aiokafka_loop": "aiokafka, a loop",
    "quix": "Quix Streams",
    "bytewax_flow": "Bytewax",
    "pathway_flow": "Pathway",
}
TOCSIN = "Tocsin's worker"
KEPT = Path(__file__).parents[1] / "kept.json"
_PASSES = 5
_NUMBERS = count()  # of runs: each has topics of its own


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", type=Path, required=True, help="Python with the peers installed")
    parser.add_argument("--volume", type=float, default=6_000.0, help="how dense the stream is; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=2, help="the least of so many counts; default: %(default)s")
    parser.add_argument("--only", nargs="*", default=list(PEERS), choices=PEERS, help="which peers")
    parser.add_argument("--keep", action="store_true", help="keep the ratios for later runs")
    parser.add_argument("--check", action="store_true", help="compare the ratios with those kept")
    options = parser.parse_args()
    if options.check and not KEPT.exists():
        parser.error(f"{KEPT} is missing: make bench ARGS=--keep writes it")
    return options


def decode_alone(values: list[bytes]) -> float:
    """Measure the decoder on records of one shape, in CPU seconds per million; heartbeats are taken for posts.

    Not the best of a few passes, but all of them, which take about as long as a worker does: where the machine has
    neighbours, either has its bad moments.
    """
    decoder = msgspec.json.Decoder(Post)
    plain = [value for value in values if b'"heartbeat"' not in value]
    decode = decoder.decode_lines if any(b"\n" in value for value in values) else decoder.decode

    def passes() -> None:
        for _ in range(_PASSES):
            for value in plain:
                decode(value)

    return cpu_of(passes) * 1e6 / _PASSES / sum(value.count(b"\n") + 1 for value in plain)


class Report:
    """The one table, and the ratios in it."""

    def __init__(self, title: str) -> None:
        self.table = Table(title=title)
        names = ("", "CPU-s per million", "posts/s per core", "posts/s by the clock", "times decode", "times Tocsin")
        for name in names:
            self.table.add_column(name, justify="right" if name else "left")
        self.ratios = Ratios({}, {})
        self.wrong: list[str] = []

    def step(self, name: str, cost: float, decode: float) -> None:
        """Add a step of the work, measured in this process."""
        self.table.add_row(name, f"{cost:.2f}", f"{1e6 / cost:,.0f}", "", f"{cost / decode:.1f}", "")
        if not name.startswith(DECODE):
            self.ratios.costs[name] = cost / decode

    def process(self, name: str, measured: Measured, decode: float, tocsin: Measured | None) -> None:
        """Add a process; Tocsin's own comes first."""
        ratio = f"{measured.cpu / tocsin.cpu:.2f}" if tocsin else ""
        self.table.add_row(
            name,
            f"{measured.cpu:.2f}",
            f"{1e6 / measured.cpu:,.0f}",
            f"{measured.rate:,.0f}",
            f"{measured.cpu / decode:.1f}",
            ratio,
        )
        if name.startswith(TOCSIN):
            self.ratios.costs[name] = measured.cpu / decode
        elif tocsin:
            self.ratios.leads[name] = measured.cpu / tocsin.cpu

    def failed(self, name: str, why: str) -> None:
        """Add a row that says why it has no figures."""
        self.table.add_row(name, why)
        self.wrong.append(f"{name}: {why}")


def _consumers(bench: Bench, one: Shape, report: Report, options: argparse.Namespace) -> None:
    """Run everybody on one shape, in rounds, so that a noisy minute is nobody's alone."""
    values, decode = [value for _, value in one.records], math.inf
    best: dict[str, Measured] = {}
    errors: dict[str, str] = {}
    for _ in range(options.rounds):
        decode = min(decode, decode_alone(values))
        for module in ("", *options.only):
            try:
                found = bench.peer(module, one, next(_NUMBERS)) if module else bench.tocsin(one, next(_NUMBERS))
            except FailedError as error:
                errors[module] = str(error)
                continue
            if found.digest != one.counted.digest:
                errors[module] = f"counted something else: digest {found.digest}, expected {one.counted.digest}"
            elif module not in best or found.cpu < best[module].cpu:
                best[module] = found
    report.step(f"{DECODE}, {one.name}", decode, decode)
    for module in ("", *options.only):
        name = f"{PEERS.get(module, TOCSIN)}, {one.name}"
        if module in errors:
            report.failed(name, errors[module])
        else:
            report.process(name, best[module], decode, best.get(""))


def main() -> int:
    """Print the table; returns the exit code."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 180)
    with servers() as (home, kafka, redis):
        settings = load_settings(kafka=kafka, redis=redis, partitions=1, **SETTINGS)
        values = records(options.volume)
        posts = sum(value.count(b"\n") + 1 for value in values)
        report = Report(
            f"{posts:,} lines of {sum(map(len, values)) / posts:.0f} bytes; Python {sys.version.split()[0]}"
        )
        costs = steps(settings, values)
        for name, seconds in costs.items():
            report.step(name, seconds * 1e6 / posts, costs[DECODE] * 1e6 / posts)
        bench = Bench(settings, options.peers.absolute(), home)
        for name, lines in (
            ("records of 500", values),
            ("records of 500, hardly a text repeats", varied(values)),
            ("one post a record", records(options.volume, 1)),
        ):
            one = shape(name, [(0, value) for value in lines], settings)
            report.table.add_section()
            _consumers(bench, one, report, options)
    console.print(report.table)
    console.print(f"everybody counted the same, digest {one.counted.digest}" if not report.wrong else "")
    wrong = list(report.wrong)
    if options.check:
        wrong += fallen(load(KEPT), report.ratios)
    for line in wrong:
        print(line, file=sys.stderr)
    if options.keep and not wrong:
        keep(KEPT, report.ratios)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
