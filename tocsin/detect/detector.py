"""The detector: baselines and scans of all series, side by side, one row each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tocsin import series as names
from tocsin.detect.baseline import ONE, Baseline, Bools, Expectation, Floats, Ints
from tocsin.detect.scan import Found, Scan

Parts = Mapping[int, Sequence[int]]
NO_PARTS: Parts = {}


@dataclass(frozen=True)
class Look:
    """One bucket as the detector saw it; arrays run along ``names``.

    Attributes:
        bucket: Its number.
        names: The series.
        observed: Posts.
        expectation: What was expected.
        found: What the scan found.
    """

    bucket: int
    names: tuple[str, ...]
    observed: Ints
    expectation: Expectation
    found: Found

    def band(self) -> tuple[Floats, Floats, Floats]:
        """Expected posts, and the bounds within three standard deviations of a single bucket."""
        mean = self.expectation.mean / ONE
        deviation = np.sqrt(mean + (self.expectation.spread + self.expectation.drift) * mean * mean)
        return mean, np.maximum(mean - 3 * deviation, 0.0), mean + 3 * deviation


class Detector:
    """Rows of series; a new series gets the next row.

    Args:
        bucket_ms: Width of a bucket in milliseconds.
    """

    def __init__(self, bucket_ms: int) -> None:
        self.names: tuple[str, ...] = ()
        self.rows: dict[str, int] = {}
        self.baseline = Baseline(bucket_ms)
        self.scan = Scan()

    def admit(self, series: Iterable[str]) -> bool:
        """Give every series a row, new ones in the order of their names; tells whether any was new."""
        new = sorted({name for name in series if name not in self.rows})
        for name in new:
            self.rows[name] = len(self.rows)
        if new:
            self.names += tuple(new)
            parents = [self.rows.get(names.parent_of(name) or "", -1) for name in new]
            self.baseline.grow(np.array(parents, np.int64))
            self.scan.grow(len(self.names))
        return bool(new)

    def look(self, bucket: int, observed: Ints, seen: Bools, parts: Parts = NO_PARTS) -> Look:
        """Hold a bucket against what was expected.

        Args:
            bucket: Its number; the one after the last that was looked at.
            observed: Posts of each row.
            seen: Which rows somebody observed.
            parts: Of each row that was observed in part only: the rows that make up this part.

        Returns:
            What was seen and found. Call :meth:`learn` next.
        """
        expectation = self.baseline.expect(bucket)
        if parts:
            expectation = _of_parts(expectation, parts)
        self.scan.push(bucket, observed, expectation, seen & expectation.known)
        return Look(bucket, self.names, observed, expectation, self.scan.look(bucket, expectation))

    def learn(self, look: Look, quiet: Bools) -> None:
        """Let the rows that were seen, and are in no incident, learn from the bucket."""
        self.baseline.learn(look.observed, quiet)

    def snapshot(self) -> dict[str, Any]:
        """Write the state down: plain values and the raw bytes of arrays, exact to the bit."""
        return {
            "names": self.names,
            "slot": self.baseline.slot,
            "slots_done": self.baseline.slots_done,
            "arrays": {
                f"{part}.{name}": (str(array.dtype), array.shape, array.tobytes())
                for part, owner in (("baseline", self.baseline), ("scan", self.scan))
                for name, array in vars(owner).items()
                if isinstance(array, np.ndarray)
            },
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Read back what :meth:`snapshot` wrote."""
        self.names = tuple(state["names"])
        self.rows = {name: row for row, name in enumerate(self.names)}
        self.baseline.slot = state["slot"]
        self.baseline.slots_done = state["slots_done"]
        owners = {"baseline": self.baseline, "scan": self.scan}
        for key, (dtype, shape, data) in state["arrays"].items():
            part, name = key.split(".")
            setattr(owners[part], name, np.frombuffer(data, dtype).reshape(shape).copy())


def _of_parts(expectation: Expectation, parts: Parts) -> Expectation:
    """Expect of some rows no more than of the parts that were seen; how far they stray stays that of the whole."""
    mean, anchor, known = expectation.mean.copy(), expectation.anchor.copy(), expectation.known.copy()
    for row, seen in parts.items():
        rows = list(seen)
        mean[row], anchor[row] = expectation.mean[rows].sum(), expectation.anchor[rows].sum()
        known[row] &= expectation.known[rows].all()
    return replace(expectation, mean=mean, anchor=anchor, known=known)
