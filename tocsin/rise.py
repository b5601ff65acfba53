"""A rise: is it more than what the crowd around it explains?"""

from dataclasses import dataclass

import numpy as np

from tocsin.detect.detector import Look
from tocsin.detect.scan import Scan, surprise

FLOOD = 0.1  # of a channel's posts: less than that, late or twice, is no backlog, however unusual


@dataclass(frozen=True)
class Rise:
    """The window in which a series is fullest.

    Attributes:
        scan: Whose windows they are.
        look: What the detector saw.
        row: Of the series.
    """

    scan: Scan
    look: Look
    row: int

    def exceeds(self, crowd: int | None, threshold: float) -> bool:
        """Tell whether a series rises beyond what the rise of the crowd explains that it is a part of.

        Args:
            crowd: Row of the crowd, counted over the same window; None if there is none.
            threshold: In nats.
        """
        own, expectation = self.scan.recent(self.row, self.look.bucket, self._length), self.look.expectation
        if own is None:
            return False
        (observed, expected), (came, wanted) = own.total, self._total(crowd)
        mean = np.array([max(expected, 1e-3) * max(1.0, came / max(wanted, 1.0))])
        if observed <= mean[0]:
            return False
        drift = expectation.drift if own.block == 1 else expectation.anchor_drift
        spread = expectation.spread[[self.row]] / self._length
        return bool(surprise(np.array([observed]), mean, spread, drift[[self.row]])[0] >= threshold)

    def is_flood_beside(self, channel: int | None) -> bool:
        """Tell whether what came late or twice is much beside all that its channel says or should say."""
        return self._total(self.row)[0] >= FLOOD * max(self._total(channel))

    @property
    def _length(self) -> int:
        return int(self.look.found.up_buckets[self.row])

    def _total(self, row: int | None) -> tuple[int, float]:
        """Count what came in the window, and what was expected; nothing for no row."""
        recent = None if row is None else self.scan.recent(row, self.look.bucket, self._length)
        return recent.total if recent else (0, 0.0)
