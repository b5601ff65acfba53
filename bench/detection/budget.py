"""``python -m bench.detection.budget``: does one false page a year, over everything watched, come to one?

Simulated years of a deployment in which nothing ever happens, all side by side as rows of one detector, at the budget
that Tocsin has by default. It takes long: give ``--checkpoint`` a file, and the same command goes on where it stopped.
"""

import argparse
import math
import pickle
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.detection.ours import Alarms, Ours
from bench.detection.panel import SIDES
from bench.detection.poisson import interval
from bench.detection.progress import progress
from bench.detection.world import Bools, Cell, Floats, Stream, World, generator

BUCKET_MS, PER_DAY = 60_000, 1_440
YEAR = 365
WARM_DAYS = 7
CHUNK = 60
HOLD = 256  # buckets
BANDS = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, math.inf)  # posts per bucket


def rates(seed: int, series: int) -> Floats:
    """Draw what a deployment watches: many small series, few large ones, in posts per bucket."""
    rng = generator("budget rates", "", seed)
    return np.clip(np.exp(rng.normal(math.log(3.0), 2.0, series)), 0.05, 300.0)


@dataclass(frozen=True)
class Page:
    """One false page.

    Attributes:
        seed: Whose year.
        day: Of that year; below 0 while the baselines warm up.
        side: 0 for a drop, 1 for a burst.
        rate: Of its series.
    """

    seed: int
    day: int
    side: int
    rate: float


@dataclass
class Budget:
    """The state of the run, all of it.

    Attributes:
        seeds: How many deployments.
        series: Of each.
        done: Buckets behind us.
        pages: So far.
        ours: The detector that watches them all.
    """

    seeds: int
    series: int
    done: int = 0
    pages: list[Page] = field(default_factory=list)

    def __post_init__(self) -> None:
        each = [rates(seed, self.series) for seed in range(self.seeds)]
        self.rates = np.concatenate(each)
        self.threshold = math.log(len(SIDES) * self.series * YEAR * PER_DAY)
        self._world = World(
            [Stream(Cell(0.0), each[seed], generator("budget", "", seed), PER_DAY) for seed in range(self.seeds)]
        )
        thresholds = np.full((len(SIDES), len(self.rates)), self.threshold)
        self.ours = Ours(BUCKET_MS, Alarms(thresholds, HOLD), len(self.rates))
        self._still = np.ones((CHUNK, len(self.rates)))

    @property
    def days(self) -> float:
        """Days behind us, without the warm-up."""
        return self.done / PER_DAY - WARM_DAYS

    def advance(self) -> None:
        """Simulate the next hour."""
        for counts in self._world.chunk(self.done, self._still).counts:
            opened = self.ours.step(self.done, counts)
            if opened.any():
                self._note(opened)
            self.done += 1

    def _note(self, opened: Bools) -> None:
        day = self.done // PER_DAY - WARM_DAYS
        for side, row in np.argwhere(opened).tolist():
            self.pages.append(Page(row // self.series, day, side, float(self.rates[row])))


def summary(budget: Budget) -> str:
    """Tell how many pages there were, beside what was promised."""
    pages = [page for page in budget.pages if page.day >= 0]
    early = len(budget.pages) - len(pages)
    years = max(budget.days, 0.0) / YEAR * budget.seeds
    first = (
        f"{budget.seeds} deployments of {budget.series} series, {max(budget.days, 0.0):.1f} days each: "
        f"{years:.2f} years at threshold {budget.threshold:.2f}; {early} pages more in {WARM_DAYS} days of warm-up"
    )
    if not years:
        return first
    low, high = interval(len(pages))
    by_seed, by_side = Counter(page.seed for page in pages), Counter(page.side for page in pages)
    lines = [
        first,
        "pages of each: " + " ".join(str(by_seed[seed]) for seed in range(budget.seeds)),
        f"false pages a year: {len(pages) / years:.2f} (95%: {low / years:.2f} to {high / years:.2f}), promised 1",
        "by side: " + ", ".join(f"{name} {by_side[side]}" for side, name in enumerate(SIDES)),
        "by posts per bucket: " + ", ".join(_bands(pages, budget.rates)),
    ]
    return "\n".join(lines)


def _bands(pages: list[Page], watched: Floats) -> list[str]:
    found = np.histogram([page.rate for page in pages], BANDS)[0].tolist()
    series = np.histogram(watched, BANDS)[0].tolist()
    return [f"from {band:g}: {n} ({s} series)" for band, n, s in zip(BANDS, found, series, strict=False)]


def main() -> None:
    """Run, and say every tenth of the way how it stands."""
    parser = argparse.ArgumentParser(prog="python -m bench.detection.budget", description=__doc__)
    parser.add_argument("--days", type=int, default=YEAR, help="simulated days, after 7 to warm up (default 365)")
    parser.add_argument("--seeds", type=int, default=20, help="deployments side by side (default 20)")
    parser.add_argument("--series", type=int, default=300, help="of each (default 300)")
    parser.add_argument("--checkpoint", type=Path, help="file to go on from, and to write every tenth of the way")
    options = parser.parse_args()
    budget = _start(options)
    total = (WARM_DAYS + options.days) * PER_DAY
    first, began = budget.done, time.monotonic()
    marks = {first + PER_DAY} | {total * tenth // 10 // CHUNK * CHUNK for tenth in range(1, 10)}
    with progress("buckets", total) as tick:
        tick(first)
        while budget.done < total:
            budget.advance()
            tick(CHUNK)
            if budget.done in marks and budget.done < total:
                left = (total - budget.done) * (time.monotonic() - began) / (budget.done - first) / 60
                print(f"{budget.done / total:.0%}, {left:.1f} minutes to go: {len(budget.pages)} pages", flush=True)
                _save(budget, options.checkpoint)
    _save(budget, options.checkpoint)
    print(summary(budget))


def _start(options: argparse.Namespace) -> Budget:
    if options.checkpoint is None or not options.checkpoint.exists():
        return Budget(options.seeds, options.series)
    budget = pickle.loads(options.checkpoint.read_bytes())  # noqa: S301 - this program wrote it
    if not isinstance(budget, Budget) or (budget.seeds, budget.series) != (options.seeds, options.series):
        raise SystemExit(f"{options.checkpoint} is of another run: give its --seeds and --series, or another file")
    return budget


def _save(budget: Budget, checkpoint: Path | None) -> None:
    if checkpoint is not None:
        written = checkpoint.with_suffix(".part")
        written.write_bytes(pickle.dumps(budget))
        written.replace(checkpoint)


if __name__ == "__main__":
    main()
