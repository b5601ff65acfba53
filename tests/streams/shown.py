"""What a worker would have shown after each bucket, and what Prometheus says of the same instants."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tocsin import openmetrics
from tocsin.backfill import History, Key, place_of
from tocsin.clocks import Rules
from tocsin.judge import Judge
from tocsin.merge import ClosedBucket
from tocsin.present import GAUGES, bucket_samples, standing_samples

Present = dict[tuple[str, tuple[str, ...]], float]
LOOK_BACK_MS = 300_000
# Gauges that move all the time, of which history holds what stood at most a minute before.
LOOSE = {
    "tocsin_terms",
    "tocsin_terms_share",
    "tocsin_incident_lost_posts",
    "tocsin_source_heartbeat_timestamp_seconds",
    "tocsin_source_heartbeat_age_seconds",
}


@dataclass
class Told:
    """A stream, as a worker would have shown it and as history holds it.

    Attributes:
        text: The history.
        shown: All gauges by the end of each bucket, epoch ms.
    """

    text: str = ""
    shown: dict[int, Present] = field(default_factory=dict)


def told(buckets: Iterable[ClosedBucket], rules: Rules, every: int = 100) -> Told:
    """Judge buckets both ways; history is taken after every so many."""
    judge, history, found = Judge(rules, 365), History(rules), Told()
    lines: dict[Key, str] = {}
    for number, closed in enumerate(buckets, 1):
        last = judge.fold(closed)
        history.fold(judge, last)
        samples = (*standing_samples(judge, rules), *bucket_samples(last))
        found.shown[(closed.bucket + 1) * rules.bucket_ms] = {(s.name, s.labels): s.value for s in samples}
        if number % every == 0:
            lines = joined(lines, history.take())
    found.text = whole(joined(lines, history.take()))
    return found


def joined(before: dict[Key, str], more: dict[Key, str]) -> dict[Key, str]:
    return before | {key: before.get(key, "") + text for key, text in more.items()}


def whole(lines: dict[Key, str]) -> str:
    """Put series together to a text, as the command does."""
    families: dict[str, list[str]] = {}
    for key in sorted(lines, key=place_of):
        families.setdefault(key[0], []).append(lines[key])
    parts = [openmetrics.heading(name, GAUGES[name][0]) + "".join(text) for name, text in families.items()]
    return "".join(parts) + openmetrics.END


class Answering(Protocol):
    """Whoever can be asked what stood at an instant, epoch ms."""

    def at(self, now: int) -> Present: ...


@dataclass
class Held:
    """Series by name and labels: times in epoch ms, ascending, and values."""

    series: dict[tuple[str, tuple[str, ...]], tuple[list[int], list[float]]]

    def at(self, now: int) -> Present:
        """Answer as an instant query does: of each series the newest sample of the last five minutes."""
        found: Present = {}
        for key, (times, values) in self.series.items():
            place = bisect_right(times, now) - 1
            if place >= 0 and times[place] >= now - LOOK_BACK_MS:
                found[key] = values[place]
        return found


def samples(text: str) -> Iterator[tuple[str, tuple[str, ...], int, float]]:
    """Read a text with a parser that is not ours, and that refuses what is out of order: name, labels, time, value."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(sample.labels[label] for label in GAUGES[sample.name][1])
            yield sample.name, labels, round(float(sample.timestamp) * 1000), sample.value


def read(text: str) -> Held:
    """Read a text, series by series."""
    series: dict[tuple[str, tuple[str, ...]], tuple[list[int], list[float]]] = {}
    for name, labels, at, value in samples(text):
        times, values = series.setdefault((name, labels), ([], []))
        times.append(at)
        values.append(value)
    return Held(series)


def differences(held: Answering, shown: dict[int, Present]) -> Iterator[str]:
    """Name every gauge of which history says, after any bucket, what a worker would not have shown."""
    recent: dict[tuple[str, tuple[str, ...]], list[tuple[int, float]]] = {}
    for now, present in shown.items():
        found = held.at(now)
        for key, value in present.items():
            recent.setdefault(key, []).append((now, value))
            lately = [old for at, old in recent[key][-61:] if at > now - 60_000]
            allowed = lately if key[0] in LOOSE else [value]
            if found.get(key) not in allowed:
                yield f"{now} {key}: history says {found.get(key)}, a worker {value}"
        for key in found.keys() - present.keys():
            if not (math.isnan(found[key]) if key[0].endswith("_timestamp_seconds") else found[key] == 0):
                yield f"{now} {key}: history says {found[key]}, a worker nothing"
