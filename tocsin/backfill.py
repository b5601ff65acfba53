"""History for Prometheus: what it would hold if it had watched a worker all along, at event time.

Each sample has the end of its bucket as its time. Prometheus shows a series by its newest sample of the last five
minutes, so most samples need not be written again in each bucket:

- posts of every series, and the time up to which all is closed: in each bucket, for they are added up and averaged;
- incidents, states of channels, maintenance, blindness, what is expected and its bounds: in the bucket in which one of
  them changes, and once a minute;
- what moves all the time (the clocks of sources, posts lost so far, numbers of terms): with these, once a minute.

A gauge that a worker would show no more is set back at once, or it would be seen for five minutes more: to 0, and a
time to NaN.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tocsin import openmetrics
from tocsin.clocks import Rules
from tocsin.detect.baseline import Expectation, Ints
from tocsin.judge import Judge, Judgement
from tocsin.present import GAUGES, Sample, bucket_samples, is_shown, standing_samples

AT_LEAST_MS = 60_000
POSTS, CLOSED = "tocsin_series_posts", "tocsin_closed_timestamp_seconds"

_PLACES = {name: place for place, name in enumerate(GAUGES)}

Key = tuple[str, tuple[str, ...]]  # name of the gauge, and the values of its labels
Shown = dict[Key, float]


def place_of(key: Key) -> tuple[int, tuple[str, ...]]:
    """Tell where a series stands among all: by its gauge, in the order of ``GAUGES``, and by its labels."""
    return _PLACES[key[0]], key[1]


class History:
    """Folds judgements into lines of OpenMetrics, series by series.

    Args:
        rules: Of event time.

    Attributes:
        waiting: Lines that have not been taken, about.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.waiting = 0
        self._lines: defaultdict[Key, list[str]] = defaultdict(list)
        self._spelt: dict[Key, str] = {}
        self._said: dict[Key, str] = {}  # the same, with the last value behind it
        self._names: tuple[str, ...] = ()
        self._rows: list[tuple[int, Key]] = []  # of the series that have gauges
        self._times: list[int] = []
        self._posts: list[Ints] = []  # of these buckets
        self._standing: Shown = {}
        self._bucket: Shown = {}
        self._whole_at = -1  # minute in which everything was written
        self._before = _Before()

    def fold(self, judge: Judge, last: Judgement) -> None:
        """Take in the next bucket.

        Args:
            judge: After it.
            last: What was made of it.
        """
        now = (last.closed.bucket + 1) * self._rules.bucket_ms
        self._count(last.look.names, last.look.observed, now)
        whole = now // AT_LEAST_MS != self._whole_at
        self._whole_at = now // AT_LEAST_MS
        standing, bucket = self._before.moved(judge, last, self._rules)
        if whole or standing:
            self._standing = self._show(list(standing_samples(judge, self._rules)), self._standing, now, whole=whole)
        if whole or bucket:
            self._bucket = self._show(list(bucket_samples(last)), self._bucket, now, whole=whole)

    def take(self) -> dict[Key, str]:
        """Hand over the lines since the last time, by series: each series' own in the order of time."""
        self._spell_counts()
        lines, self._lines, self.waiting = self._lines, defaultdict(list), 0
        return {key: "".join(text) for key, text in lines.items()}

    def _count(self, names: tuple[str, ...], observed: Ints, now: int) -> None:
        if names is not self._names:
            self._spell_counts()
            self._names = names
            self._rows = [(row, (POSTS, (name,))) for row, name in enumerate(names) if is_shown(name)]
        self._times.append(now)
        self._posts.append(observed)
        self.waiting += len(self._rows) + 1

    def _spell_counts(self) -> None:
        """Spell what was counted in many buckets, series by series: that is many times as fast as one by one."""
        if not self._times:
            return
        behind = list(map(openmetrics.behind, self._times))
        self._put((CLOSED, ()), [end[1:-1] for end in behind], behind)
        counts = np.stack(self._posts, axis=1)
        for row, key in self._rows:
            self._put(key, counts[row].tolist(), behind)
        self._times, self._posts = [], []

    def _put(self, key: Key, values: list[int] | list[str], behind: list[str]) -> None:
        before = self._spell(key)
        text = "".join([f"{before}{value}{end}" for value, end in zip(values, behind, strict=True)])
        self._lines[key].append(text)

    def _show(self, samples: list[Sample], shown: Shown, now: int, *, whole: bool) -> Shown:
        """Write what is whole or has changed, and set back what is gone; returns what is shown now."""
        behind = openmetrics.behind(now)
        showing = {(name, labels): value for name, labels, value in samples if name not in {POSTS, CLOSED}}
        gone = {key: _nothing(key[0]) for key in shown.keys() - showing.keys()}
        for key, value in (*showing.items(), *gone.items()):
            changed = shown.get(key) != value
            if changed:
                self._said[key] = f"{self._spell(key)}{openmetrics.number(value)}"
            if changed or whole:
                self._lines[key].append(self._said[key] + behind)
                self.waiting += 1
        return showing

    def _spell(self, key: Key) -> str:
        if key not in self._spelt:
            self._spelt[key] = openmetrics.series(key[0], GAUGES[key[0]][1], key[1])
        return self._spelt[key]


class _Before:
    """What stood after the bucket before, of all by which a gauge may change that must be exact."""

    def __init__(self) -> None:
        self._now = -1
        self._channels: object = None
        self._windows: object = None
        self._blind: Sequence[str] | None = None
        self._expectation: Expectation | None = None

    def moved(self, judge: Judge, last: Judgement, rules: Rules) -> tuple[bool, bool]:
        """Tell whether the standing samples have to be looked at anew, and those of the bucket."""
        now = (last.closed.bucket + 1) * rules.bucket_ms
        edges = (edge for window in judge.windows.values() for edge in (window.begin, window.end))
        standing = (
            bool(last.revisions)
            or judge.channels != self._channels
            or judge.windows != self._windows
            or any(self._now < edge <= now for edge in edges)
        )
        # The detector makes a new expectation whenever it expects anything else.
        bucket = last.blind != self._blind or last.look.expectation is not self._expectation
        self._now, self._channels, self._windows = now, judge.channels, judge.windows
        self._blind, self._expectation = last.blind, last.look.expectation
        return standing, bucket


def _nothing(name: str) -> float:
    """Tell what a gauge is set back to."""
    return math.nan if name.endswith("_timestamp_seconds") else 0.0
