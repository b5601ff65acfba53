"""How far off the outlook is, beside yesterday and the mean of the last days. Seeded, synthetic; or a series of yours.

Simulated channels live for five weeks: a daily rhythm, a level that wanders from day to day, slow noise, and counts
that are negative binomial; in most of them there is unrest on seven evenings of ten, in one the weekend is quiet. Every
thirteen hours, 72 hours are foretold from what the pipeline would know. Authors are drawn from a population like that
of the scenarios: a share of strangers, and regulars of whom a few write most.

    python -m bench.detection.outlook [CSV ...]    files with the columns timestamp and value instead
"""

import gzip
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.detection.unrest import PER_DAY, PER_HOUR, unrest
from tocsin.audience import sketch
from tocsin.counts_csv import Columns, read_counts
from tocsin.forecast import Floats
from tocsin.merge import ClosedBucket
from tocsin.outlook import HOUR_MS, SLOTS_MS, Outlook, Outlooks
from tocsin.words import hash_names

SLOT_MS = SLOTS_MS[0]
WEEK = 7 * PER_DAY
DAYS, SERIES, STEP_HOURS, AHEAD_HOURS = 35, 6, 13, 72
HOURLY = (1.0, 5.0, 30.0, 300.0, 3_000.0)
STRANGERS, REGULARS, SKEW = 0.14, 20_000, 4  # the population; see producers.scenario.parts.Authors
CHANNEL, NOBODY = "series", sketch(hash_names(["nobody"]))
ANY_DAY = 14_400 * 24 * HOUR_MS  # on which simulated series begin


@dataclass
class Errors:
    """What was said and what came, hour by hour.

    Attributes:
        came: Posts.
        said: Ours.
        yesterday: Those of the same hour, a day or more before.
        mean: Their mean over the days of the last week.
        inside: Whether they lay within the interval of 80%.
    """

    came: list[float] = field(default_factory=list)
    said: list[float] = field(default_factory=list)
    yesterday: list[float] = field(default_factory=list)
    mean: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)

    def add(self, past: Floats, coming: Floats, outlook: Outlook) -> None:
        """Compare one outlook with what came of it."""
        days = np.concatenate([np.full(WEEK, np.nan), past])[-WEEK:].reshape(7, 24, PER_HOUR).sum(axis=2)
        if np.isnan(days[-1]).any():
            return
        known = ~np.isnan(days)
        mean = np.where(known, days, 0.0).sum(axis=0) / known.sum(axis=0)
        for hour, posts in enumerate(coming.reshape(-1, PER_HOUR).sum(axis=1).tolist()):
            begin = outlook.begin + hour * HOUR_MS
            window = outlook.window(begin, begin + HOUR_MS)
            if window is None or np.isnan(posts):
                continue
            self.came.append(posts)
            self.said.append(window.posts)
            self.yesterday.append(float(days[-1][hour % 24]))
            self.mean.append(float(mean[hour % 24]))
            self.inside.append(window.low <= posts <= window.high)

    def row(self, name: str) -> list[str]:
        """Spell the row of a table: median absolute relative errors, total said by total come, and coverage."""
        came = np.array(self.came)
        some = came > 0
        off = (np.abs(np.array(said)[some] / came[some] - 1) for said in (self.said, self.yesterday, self.mean))
        errors = [f"{np.median(each):.1%}" for each in off]
        return [
            name,
            *errors,
            f"{sum(self.said) / sum(self.came):.2f}",
            f"{np.mean(self.inside):.1%}",
            f"{len(came):,}",
        ]


def main() -> None:
    """Print the tables."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    files = [Path(name) for name in sys.argv[1:]]
    table = Table("series", "outlook", "yesterday", "mean of 7 days", "bias", "within 80%", "hours")
    for name, some in from_files(files) if files else simulated():
        errors = Errors()
        for first, series in some:
            measure(first, series, errors)
        table.add_row(*errors.row(name))
    console.print(table)
    if not files:
        console.print(population())


def measure(first: int, series: Floats, errors: Errors) -> None:
    """Fold a series slot by slot, and foretell it on the way.

    Args:
        first: Number of its first slot since 1970.
        series: Posts in each slot; NaN where nobody looked.
        errors: Where they are added.
    """
    outlooks = Outlooks(SLOT_MS)
    for number, posts in enumerate(series.tolist()):
        seen = not np.isnan(posts)
        counts = {f"channel={CHANNEL}": (round(posts), 1, 0)} if seen else {}
        people = {CHANNEL: NOBODY} if seen and posts else {}
        outlooks.fold(ClosedBucket(first + number, counts, people=people), () if seen else (CHANNEL,))
        coming = series[number : number + AHEAD_HOURS * PER_HOUR]
        if number >= 2 * PER_DAY and number % (STEP_HOURS * PER_HOUR) == 0:
            outlook = outlooks.outlook(CHANNEL, 0)  # its first slot is the one that runs
            if outlook is not None:
                errors.add(series[:number], coming[: len(coming) // PER_HOUR * PER_HOUR], outlook)


def simulated() -> Iterator[tuple[str, list[tuple[int, Floats]]]]:
    """Draw the groups of simulated series."""
    for hourly in HOURLY:
        yield f"unrest, {hourly:g}/h", [(ANY_DAY // SLOT_MS, unrest(seed, hourly, DAYS)) for seed in range(SERIES)]
    yield "calm, 300/h", [(ANY_DAY // SLOT_MS, unrest(seed, 300, DAYS, nights=0.0)) for seed in range(SERIES)]
    weekends = [(ANY_DAY // SLOT_MS, unrest(seed, 300, DAYS, weekend=0.5, nights=0.0)) for seed in range(SERIES)]
    yield "weekends at half, 300/h", weekends


def from_files(files: list[Path]) -> Iterator[tuple[str, list[tuple[int, Floats]]]]:
    """Read series: what no row covers has no posts, and a UTC day without any row was not observed."""
    for path in files:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
            header, *rest = lines
            time, value = header.replace('"', "").strip().split(",")[:2]
            rows = read_counts([header, *rest], path.name, Columns(time, value))
        first = rows[0].at_ms // (24 * HOUR_MS) * PER_DAY
        series = np.zeros((rows[-1].at_ms // SLOT_MS - first) // PER_DAY * PER_DAY + PER_DAY)
        observed = np.zeros(len(series) // PER_DAY, np.bool_)
        for row in rows:
            at = row.at_ms // SLOT_MS - first
            series[at] += row.value or 0
            observed[at // PER_DAY] = True
        series[np.repeat(~observed, PER_DAY)] = np.nan
        series[: rows[0].at_ms // SLOT_MS - first] = np.nan
        yield path.name, [(first, series[: rows[-1].at_ms // SLOT_MS - first])]


def population() -> Table:
    """Foretell the distinct authors of windows, from what was sketched."""
    table = Table("authors of", "median error", "9 of 10 within")
    rng, outlooks = np.random.default_rng(1), Outlooks(SLOT_MS)
    posts = unrest(1, 1_000, 8).astype(int).tolist()
    errors: dict[int, list[float]] = {3: [], 6: [], 18: []}
    wrote = [authors(rng, n) for n in posts]
    for number, (n, who) in enumerate(zip(posts, wrote, strict=True)):
        if number >= 2 * PER_DAY and number % (3 * PER_HOUR) == 0:
            outlook = outlooks.outlook(CHANNEL, (ANY_DAY // SLOT_MS + number) * SLOT_MS)
            assert outlook is not None
            for slots, some in errors.items():
                window = outlook.window(outlook.begin, outlook.begin + slots * SLOT_MS)
                there = len(set().union(*wrote[number : number + slots]))
                came = sum(posts[number : number + slots])
                assert window is not None
                # As if the posts had been foretold rightly: what they are is measured above.
                said = window.authors * (came / window.posts) ** outlook.growth
                some.append(abs(said / there - 1))
        people = {CHANNEL: sketch(hash_names(sorted(who)))} if who else {}
        outlooks.fold(
            ClosedBucket(ANY_DAY // SLOT_MS + number, {f"channel={CHANNEL}": (n, len(who), 0)}, people=people), ()
        )
    for slots, some in errors.items():
        table.add_row(f"{slots * 10} minutes", f"{np.median(some):.1%}", f"{np.quantile(some, 0.9):.1%}")
    return table


def authors(rng: np.random.Generator, posts: int) -> set[str]:
    """Draw who writes so many posts."""
    strange = rng.random(posts) < STRANGERS
    regular = (REGULARS * rng.random(posts) ** SKEW).astype(int)
    stranger = rng.integers(1 << 62, size=posts)
    return {f"{s}x" if is_strange else f"{r}" for is_strange, s, r in zip(strange, stranger, regular, strict=True)}


if __name__ == "__main__":
    main()
