"""The tables, as text or as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.detection.events import LENGTH
from bench.detection.measure import NOMINAL, RARITY, Delays, Maxima
from bench.detection.panel import DETECTORS, SIDES
from bench.detection.poisson import interval
from bench.detection.world import Cell, Ints


@dataclass(frozen=True)
class Report:
    """One table.

    Attributes:
        title: What it shows, and in which units.
        head: Names of the columns.
        rows: Cells, as text.
    """

    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def show(self, console: Console, *, markdown: bool) -> None:
        """Print it."""
        if markdown:
            lines = [self.head, ("---", *["--:"] * (len(self.head) - 1)), *self.rows]
            text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
            console.print(f"{self.title}\n\n{text}\n", soft_wrap=True, markup=False, highlight=False)
            return
        table = Table(title=self.title)
        for at, name in enumerate(self.head):
            table.add_column(name, justify="right" if at else "left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)


def per(count: int, exposure: float) -> str:
    """Write a count as a rate with its 95% interval."""
    low, high = interval(count)
    return f"{count / exposure:.2f} ({low / exposure:.2f}-{high / exposure:.2f})"


def false_alarms(cells: Sequence[Cell], maxima: Sequence[Maxima]) -> Report:
    """Tell how often Tocsin's detector cries wolf at its nominal threshold, and what each detector would need."""
    head = ("cell", "side", "series-days", f"Tocsin at {NOMINAL:.2f}", *DETECTORS)
    rows, calm_days = [], 0
    alarms = np.zeros(2, np.int64)
    for cell, found in zip(cells, maxima, strict=True):
        days = len(found.detectors)
        count = (found.detectors[:, 0] >= NOMINAL).sum(axis=0)
        if cell.kind == "plain":
            calm_days += days
            alarms += count
        for at, side in enumerate(SIDES):
            needed = (f"{value:.2f}" for value in found.thresholds()[:, at])
            rows.append((cell.name, side, f"{days:,}", per(int(count[at]), days / RARITY), *needed))
    blanks = ("",) * len(DETECTORS)
    rows += [
        ("all plain cells", side, f"{calm_days:,}", per(int(alarms[at]), max(calm_days, 1) / RARITY), *blanks)
        for at, side in enumerate(SIDES)
    ]
    title = (
        "Series-days with a false alarm per 1,000 at the nominal threshold (95% interval), "
        "and thresholds at which each detector has 1 per 1,000"
    )
    return Report(title, head, rows)


def delays(found: dict[tuple[Cell, float], Delays]) -> Report:
    """Tell how many buckets pass until a change of the rate is seen."""
    head = ("cell", "change", "events", "Tocsin, nominal", *DETECTORS, "oracle CUSUM", "at", "Tocsin / oracle")
    rows = []
    for (cell, factor), each in found.items():
        columns = [each.nominal, *each.detectors.T, each.oracle]
        ratio = each.detectors[:, 0].mean() / each.oracle.mean()
        what = (cell.name, _change(factor), f"{len(each.oracle):,}")
        oracle = (f"{each.oracle_threshold:.1f}", f"{ratio:.2f}")
        rows.append((*what, *(_delay(column) for column in columns), *oracle))
    title = (
        f"Buckets until an alarm at 1 false alarm per 1,000 series-days: mean (median), share missed; "
        f"a miss counts {LENGTH:,}"
    )
    return Report(title, head, rows)


def _change(factor: float) -> str:
    return f"x{factor:g}" if factor > 1 else f"-{1 - factor:.0%}"


def _delay(buckets: Ints) -> str:
    missed = (buckets >= LENGTH).mean()
    text = f"{buckets.mean():.1f} ({np.median(buckets):g})"
    return f"{text}, {missed:.1%}" if missed else text
