"""All detectors on the same counts."""

import numpy as np

from bench.detection.events import PER_DAY
from bench.detection.ours import Alarms, Ours
from bench.detection.rivals import EarsC2, Oracle, PoissonFocus, QuasiPoisson, Ratio, Rival
from bench.detection.world import Floats, Ints

DETECTORS = ("Tocsin", "Poisson-FOCuS form", "EARS C2, 1 min", "quasi-Poisson, 5 min", "ratio, 5 min")
SIDES = ("drop", "burst")
BUCKET_MS = 86_400_000 // PER_DAY


class Panel:
    """Tocsin's detector, its rivals with the same expectation, and the oracle.

    Args:
        alarms: Of ours; while one is open, the common baseline of its series is frozen.
        oracle: Has its own expectation, the truth.
        series: How many.
    """

    def __init__(self, alarms: Alarms, oracle: Oracle, series: int) -> None:
        self.ours = Ours(BUCKET_MS, alarms, series)
        self.oracle = oracle
        kinds: tuple[type[PoissonFocus | EarsC2 | QuasiPoisson | Ratio], ...]
        kinds = (PoissonFocus, EarsC2, QuasiPoisson, Ratio)
        self._rivals: list[Rival] = [kind(series) for kind in kinds]

    def step(self, bucket: int, counts: Ints, true_mean: Floats) -> None:
        """Fold one bucket."""
        self.ours.step(bucket, counts)
        for rival in self._rivals:
            rival.step(bucket, counts, self.ours.mean, self.ours.quiet)
        self.oracle.step(counts, true_mean)

    @property
    def stats(self) -> Floats:
        """Present statistics but the oracle's: (detectors, 2, series), drops first."""
        return np.stack([self.ours.stat, *(rival.stat for rival in self._rivals)])

    def forget(self, rows: Ints) -> None:
        """Begin anew for some series."""
        self.ours.forget(rows)
        for rival in self._rivals:
            rival.forget(rows)
        self.oracle.forget(rows)
