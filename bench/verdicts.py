"""``make bench-verdicts``: how exactly each event of the scenarios is dated, and how soon it is known.

Prints the table of ``docs/verdicts.md``. Bursts are left out: nobody can say when one that swells began.
"""

import statistics
import sys
from collections.abc import Iterator

from streams.judged import scores_of_many

from producers.scenario import SCENARIOS

SEEDS = 20
HEAD = (
    "| scenario | event | what | posts a bucket | onset off by, median | worst | known after, median | worst |",
    "|---|---|---|--:|--:|--:|--:|--:|",
)


def middle_and_worst(values: list[float]) -> str:
    """Spell the median and what lies furthest from 0, as two cells."""
    return f"{statistics.median(values):g} | {max(values, key=abs):g}"


def rows(name: str, seeds: range) -> Iterator[str]:
    """Judge one scenario; yields a row for each event that has an incident of its own, and how many were wrong."""
    scores = list(scores_of_many(name, seeds).values())
    for event in SCENARIOS[name]().truth():
        found = [(s.onset_errors[event.name], s.delays[event.name]) for s in scores if event.name in s.onset_errors]
        if found:
            errors, delays = (middle_and_worst(list(values)) for values in zip(*found, strict=True))
            what = " ".join(filter(None, (event.kind, event.planned)))
            rate = f"{event.rate:.1f}" if event.rate else ""
            yield f"| `{name}` | {event.name} | {what} | {rate} | {errors} | {delays} |"
    missed, false = sum(len(s.missed) for s in scores), sum(len(s.false) for s in scores)
    print(f"{name}: {missed} missed, {false} false in {len(seeds)} seeds", file=sys.stderr)


def main() -> None:
    """Print the table; an argument is another number of seeds."""
    seeds = range(1, 1 + int(sys.argv[1]) if len(sys.argv) > 1 else 1 + SEEDS)
    print(*HEAD, sep="\n")
    for name in SCENARIOS:
        for row in rows(name, seeds):
            print(row, flush=True)


if __name__ == "__main__":  # children are spawned, and import this file
    main()
