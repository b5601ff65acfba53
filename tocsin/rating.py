"""A series of rows in, the same rows with scores out: buckets, gaps, and rows that come twice or late.

A pure fold. What a row is told depends on it and the rows before it alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tocsin.counts_csv import Row
from tocsin.detect.scores import Scored, Scores
from tocsin.grid import Grid

_NOTHING = Scored(0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Rated:
    """What is known after a row, or after a bucket that no row has told about. The last of a bucket holds.

    Attributes:
        row: The row; None for a bucket that is missing, or is known to be whole only now.
        bucket: Its number.
        total: What the bucket holds by now; None where nobody looked.
        scored: What was expected in it, and the scores.
    """

    row: Row | None
    bucket: int
    total: int | None
    scored: Scored


class Rating:
    """Rates the rows of one series.

    - Rows of one bucket add up, and each is rated with the total so far.
    - A row that leaves its bucket waiting for others says nothing about an outage yet: it repeats the last bucket's
      score for that, and its own for a burst where that is higher.
    - A row whose bucket is over (a clock was put back) is not counted, and repeats the row before.

    Args:
        grid: Of buckets.
        scores: Fresh ones, for buckets of the same width.
        zero: Whether a missing bucket is one without posts; otherwise nobody looked.

    Attributes:
        late: Rows whose bucket was over.
        gaps: Runs of missing buckets.
        missing: Buckets in them.
    """

    def __init__(self, grid: Grid, scores: Scores, *, zero: bool) -> None:
        self._grid = grid
        self._scores = scores
        self._fill = 0 if zero else None
        self._last: Rated | None = None
        self._whole = _NOTHING  # the last bucket, taken for whole
        self._stood = _NOTHING  # the one before
        self.late = self.gaps = self.missing = 0

    def fold(self, row: Row) -> Iterator[Rated]:
        """Rate a row.

        Args:
            row: At most some hours before the newest.

        Yields:
            Buckets that are over only now, and missing ones; then the row.
        """
        bucket = self._grid.bucket(row.at_ms)
        last = self._last
        if last is not None and bucket < last.bucket:
            self.late += 1
            yield replace(last, row=row)
            return
        if last is not None and bucket > last.bucket:
            yield from self._end(last)
            yield from self._cross(last.bucket + 1, bucket)
        self._last = self._rate(row, bucket)
        yield self._last

    def _end(self, last: Rated) -> Iterator[Rated]:
        """End the last bucket; it had been waiting for more rows if its scores were held back."""
        self._stood = self._whole
        if last.scored != self._whole:
            yield Rated(None, last.bucket, last.total, self._whole)

    def _cross(self, first: int, end: int) -> Iterator[Rated]:
        """Score the missing buckets from the first up to, and without, the end."""
        self.gaps += first < end
        self.missing += end - first
        for bucket in range(first, end):
            self._stood = self._scores.score(bucket, self._fill)
            yield Rated(None, bucket, self._fill, self._stood)

    def _rate(self, row: Row, bucket: int) -> Rated:
        total = row.value
        if self._last is not None and bucket == self._last.bucket:
            total = _add(self._last.total, row.value)
        self._whole = scored = self._scores.score(bucket, total)
        if not self._grid.fills(row.at_ms):
            scored = replace(scored, burst=max(scored.burst, self._stood.burst), outage=self._stood.outage)
        return Rated(row, bucket, total, scored)


def _add(first: int | None, second: int | None) -> int | None:
    return second if first is None else first + (second or 0)
