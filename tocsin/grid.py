"""Buckets of a series of rows: how wide they are, where they begin, and which row fills one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tocsin.counts_csv import Row
from tocsin.errors import ArchiveError

LEAST_MS, WIDEST_MS = 1000, 86_400_000
LONGEST_GAP = 1_000_000  # buckets; nobody waits for more, and a time that far off is usually a slip
_FIRST_ROWS = 1000


@dataclass(frozen=True)
class Grid:
    """Buckets of one width.

    Attributes:
        bucket_ms: Their width in milliseconds.
        step_ms: The usual time between rows, at most the width. A row stands for as long.
        phase_ms: Where the buckets begin, from a multiple of the width since 1970.
    """

    bucket_ms: int
    step_ms: int
    phase_ms: int

    def bucket(self, at_ms: int) -> int:
        """Number the bucket of a time, since 1970."""
        return (at_ms - self.phase_ms) // self.bucket_ms

    def begin(self, bucket: int) -> int:
        """Tell at which time, epoch ms, the first row of a bucket is due."""
        return bucket * self.bucket_ms + self.phase_ms + self.step_ms // 2

    def fills(self, at_ms: int) -> bool:
        """Tell whether a row of this time is the last that its bucket waits for."""
        return self.bucket(at_ms + self.step_ms) > self.bucket(at_ms)


def choose_grid(rows: Sequence[Row], name: str, bucket_ms: int | None, *, zero: bool) -> Grid:
    """Lay buckets over rows, so that a row which is less than half a step early or late stays in its own.

    The step is the most common time between the first thousand rows. This is configuration, not detection: the
    scores are causal for a given grid.

    Args:
        rows: At least one.
        name: Of their file, for errors.
        bucket_ms: Width in milliseconds; None for the step.
        zero: Whether a bucket without rows is one without posts.

    Raises:
        ArchiveError: When no width can be told from the rows, or none that makes sense.
    """
    step_ms = _usual_step(rows)
    width_ms = bucket_ms or max(step_ms or 0, LEAST_MS)
    if bucket_ms is None and step_ms is None:
        raise ArchiveError(f"{name}: all rows are of one time, which does not tell how wide a bucket is. Give --bucket")
    if width_ms > WIDEST_MS:
        raise ArchiveError(f"{name}: rows are {width_ms / WIDEST_MS:g} days apart, but a bucket is a day at most")
    if step_ms and width_ms < step_ms and not zero:
        raise ArchiveError(
            f"{name}: rows are {step_ms / 1000:g} s apart, so most buckets of {width_ms / 1000:g} s would be missing. "
            "Give a wider --bucket or none, or --gaps zero if nobody wrote in those"
        )
    step_ms = min(step_ms or width_ms, width_ms)
    grid = Grid(width_ms, step_ms, (rows[0].at_ms - step_ms // 2) % width_ms)
    _check_gaps(rows, name, grid)
    return grid


def _usual_step(rows: Sequence[Row]) -> int | None:
    """Find the most common time between the first rows; the shorter where two are as common."""
    steps = Counter(row.at_ms - before.at_ms for before, row in pairwise(rows[:_FIRST_ROWS]))
    return min((step for step in steps if step > 0), key=lambda step: (-steps[step], step), default=None)


def _check_gaps(rows: Sequence[Row], name: str, grid: Grid) -> None:
    """Refuse times that lie so far apart that one of them must be wrong."""
    for before, row in pairwise(rows):
        if row.at_ms - before.at_ms > LONGEST_GAP * grid.bucket_ms:
            raise ArchiveError(
                f'{name} line {row.line}: "{row.timestamp}" is more than {LONGEST_GAP:,} buckets of '
                f'{grid.bucket_ms / 1000:g} s after "{before.timestamp}". Correct it, or give a wider --bucket'
            )
