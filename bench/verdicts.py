"""``make bench-verdicts``: how the scenarios are told, how exactly their events are dated, and how soon they are known.

Prints the tables of ``docs/verdicts.md``. Bursts have no row of their own: nobody can say when one that swells began.
"""

import statistics
import sys
from collections.abc import Iterator

from streams.judged import scores_of_many

from producers.scenario import SCENARIOS
from tocsin.scoring import Score

SEEDS = 20
QUIET_SEEDS = 50
TOLD = (
    "| scenario | seeds | due | missed | told | false | false pages | recall | precision, worst seed |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
)
DATED = (
    "| scenario | event | what | posts a bucket | onset off by, median | worst | known after, median | worst |",
    "|---|---|---|--:|--:|--:|--:|--:|",
)


def middle_and_worst(values: list[float]) -> str:
    """Spell the median and what lies furthest from 0, as two cells."""
    return f"{statistics.median(values):g} | {max(values, key=abs):g}"


def told(name: str, scores: list[Score]) -> str:
    """Add up the scores of one scenario, as a row."""
    due, missed = sum(s.due for s in scores), sum(len(s.missed) for s in scores)
    false, pages = sum(len(s.false) for s in scores), sum(s.false_pages for s in scores)
    cells = (len(scores), due, missed, sum(s.told for s in scores), false, pages)
    recall = 1 - missed / due if due else 1
    worst = min(s.precision for s in scores)
    return f"| `{name}` | {' | '.join(map(str, cells))} | {recall:.3f} | {worst:.3f} |"


def dated(name: str, scores: list[Score]) -> Iterator[str]:
    """Yield a row for each event that has an incident of its own."""
    for event in SCENARIOS[name]().truth():
        found = [(s.onset_errors[event.name], s.delays[event.name]) for s in scores if event.name in s.onset_errors]
        if found:
            errors, delays = (middle_and_worst(list(values)) for values in zip(*found, strict=True))
            what = " ".join(filter(None, (event.kind, event.planned)))
            rate = f"{event.rate:.1f}" if event.rate else ""
            yield f"| `{name}` | {event.name} | {what} | {rate} | {errors} | {delays} |"


def main() -> None:
    """Print the tables; an argument is another number of seeds."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    rows: list[str] = []
    print(*TOLD, sep="\n")
    for name in SCENARIOS:
        chosen = range(1, 1 + (seeds or (QUIET_SEEDS if name == "quiet-week" else SEEDS)))
        scores = list(scores_of_many(name, chosen).values())
        print(told(name, scores), flush=True)
        rows += dated(name, scores)
    print("", *DATED, *rows, sep="\n")


if __name__ == "__main__":  # children are spawned, and import this file
    main()
