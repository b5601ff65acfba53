"""``python -m bench.detection``: false alarms and delays of Tocsin's detector and of rivals, from fixed seeds."""

import argparse
import sys
import time

from rich.console import Console

from bench.detection.measure import Plan, event_run, null_run
from bench.detection.progress import progress
from bench.detection.report import delays, false_alarms
from bench.detection.world import Cell

RATES = (0.2, 1.0, 5.0, 30.0, 200.0, 500.0)
SIGMAS = (0.1, 0.2)
CELLS = (
    *(Cell(rate, sigma) for sigma in SIGMAS for rate in RATES),
    Cell(5.0, kind="weekend"),
    Cell(5.0, kind="walk"),
    Cell(5.0, kind="regime"),
)
DROPS = (0.0, 0.2, 0.5)
BURSTS = (2.0, 5.0, 20.0)


def main() -> None:
    """Print the tables."""
    options = _options()
    plan = _plan(options)
    console = Console(width=None if sys.stdout.isatty() else 220)
    began = time.monotonic()
    with progress("without events", plan.null_buckets) as tick:
        maxima = null_run(plan, tick)
    calm = time.monotonic()
    false_alarms(plan.cells, maxima).show(console, markdown=options.markdown)
    with progress("with events", plan.event_buckets) as tick:
        found = event_run(plan, maxima, tick)
    delays(found).show(console, markdown=options.markdown)
    console.print(f"{calm - began:,.0f} s without events, {time.monotonic() - calm:,.0f} s with")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    parser.add_argument("--cells", nargs="+", metavar="CELL", help="kind/rate/sigma, such as plain/5/0.1; see --list")
    parser.add_argument("--list", action="store_true", help="list the cells and stop")
    parser.add_argument("--only", choices=("drops", "bursts"), help="events of this side alone")
    parser.add_argument("--days", type=int, default=15, help="days of each series without events (default 15)")
    parser.add_argument("--series", type=int, default=100, help="series of each cell without events (default 100)")
    parser.add_argument("--events", type=int, default=192, help="events of each cell and change (default 192)")
    parser.add_argument("--seeds", type=int, default=1, help="each brings as many series again (default 1)")
    parser.add_argument("--warm", type=int, default=7, help="days to learn from before (default 7)")
    parser.add_argument("--quick", action="store_true", help="a few series of three cells: whether it runs at all")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    return parser.parse_args()


def _plan(options: argparse.Namespace) -> Plan:
    known = {cell.name: cell for cell in CELLS}
    if options.list:
        sys.exit("\n".join(known))
    wrong = set(options.cells or ()) - set(known)
    if wrong:
        sys.exit(f"no such cell: {', '.join(sorted(wrong))}; --list names them")
    if options.quick:
        cells = (Cell(1.0), Cell(5.0), Cell(30.0))
        return Plan(cells, (0.0, 0.5, 5.0), 1, null_series=20, null_days=2, event_series=4, event_days=2, warm_days=2)
    factors = {"drops": DROPS, "bursts": BURSTS, None: DROPS + BURSTS}[options.only]
    event_days = 16
    return Plan(
        cells=tuple(known[name] for name in options.cells) if options.cells else CELLS,
        factors=factors,
        seeds=options.seeds,
        null_series=options.series,
        null_days=options.days,
        event_series=max(1, round(options.events / event_days)),
        event_days=event_days,
        warm_days=options.warm,
    )


if __name__ == "__main__":
    main()
