"""The course of a whole stream in a few thousand points, however long it is."""

from dataclasses import dataclass, field

from tocsin import series as names
from tocsin.detect.baseline import ONE
from tocsin.detect.detector import Look

MOST_POINTS = 2_000
MOST_SERIES = 12  # the total, and the channels that came first


@dataclass
class Curve:
    """One series, point by point: sums over the buckets of each point.

    Attributes:
        observed: Posts.
        expected: Posts that were expected.
    """

    observed: list[float] = field(default_factory=list)
    expected: list[float] = field(default_factory=list)

    def add(self, point: int, observed: float, expected: float) -> None:
        """Add a bucket to a point."""
        for values, value in ((self.observed, observed), (self.expected, expected)):
            values.extend([0.0] * (point + 1 - len(values)))
            values[point] += value

    def halve(self) -> None:
        """Make one point of each two."""
        self.observed, self.expected = _halved(self.observed), _halved(self.expected)


class Course:
    """Follows the total and the channels. When there are too many points, each two become one.

    Args:
        bucket_ms: Width of a bucket.

    Attributes:
        curves: By series, in the order of their appearance; shorter ones began later, or ended earlier.
        step: Buckets of a point.
        first: The first bucket; None before it.
        last: The last bucket.
    """

    def __init__(self, bucket_ms: int) -> None:
        self._bucket_ms = bucket_ms
        self._rows: list[tuple[int, Curve]] = []
        self._known = 0
        self.curves: dict[str, Curve] = {}
        self.step = 1
        self.first: int | None = None
        self.last = -1

    @property
    def step_ms(self) -> int:
        """Width of a point."""
        return self.step * self._bucket_ms

    @property
    def begin(self) -> int:
        """When the first bucket begins, epoch ms; 0 if there was none."""
        return (self.first or 0) * self._bucket_ms

    def add(self, look: Look) -> None:
        """Add a bucket, as the detector saw it; the one after the last."""
        if self.first is None:
            self.first = look.bucket
        self.last = look.bucket
        if (point := (look.bucket - self.first) // self.step) >= MOST_POINTS:
            self.step *= 2
            point //= 2
            for curve in self.curves.values():
                curve.halve()
        if len(look.names) > self._known:
            self._follow(look.names)
        for row, curve in self._rows:
            curve.add(point, float(look.observed[row]), float(look.expectation.mean[row]) / ONE)

    def _follow(self, series: tuple[str, ...]) -> None:
        for row, name in enumerate(series[self._known :], self._known):
            wanted = name == names.TOTAL or (names.dimension_of(name) == "channel" and "|" not in name)
            if wanted and len(self.curves) < MOST_SERIES:
                self.curves[name] = Curve()
                self._rows.append((row, self.curves[name]))
        self._known = len(series)


def _halved(values: list[float]) -> list[float]:
    padded = values + [0.0] * (len(values) % 2)
    return [a + b for a, b in zip(padded[::2], padded[1::2], strict=True)]
