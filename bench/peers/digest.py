"""What was counted, in one line: whoever counted the same has the same digest."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from tocsin.clocks import Rules
from tocsin.lexicon import default_lexicon
from tocsin.partials import Partial
from tocsin.tally import PartitionTally


@dataclass
class Counted:
    """Closed buckets.

    Attributes:
        series: (bucket, series) -> posts, distinct authors, reposts.
        terms: (bucket, term) -> distinct authors.
    """

    series: dict[tuple[int, str], tuple[int, int, int]] = field(default_factory=dict)
    terms: dict[tuple[int, str], int] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits."""
        told = msgspec.json.encode([sorted(self.series.items()), sorted(self.terms.items())])
        return blake2b(told, digest_size=8).hexdigest()

    @property
    def closed(self) -> int:
        """The last bucket in which anything was counted."""
        return max(number for number, _ in self.series)


def of_partials(parts: Iterable[Partial]) -> Counted:
    """Add up partials; the authors of partitions are different people, so they add up too.

    Args:
        parts: Of any partitions, none of them twice.
    """
    series: defaultdict[tuple[int, str], tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    terms: Counter[tuple[int, str]] = Counter()
    for partial in parts:
        for number, counts in partial.buckets.items():
            for name, (posts, authors, reposts) in counts.items():
                before = series[number, name]
                series[number, name] = (before[0] + posts, before[1] + authors, before[2] + reposts)
        for number, told in partial.terms.items():
            assert not told.level, "there were more terms than a bucket holds"
            counted = np.frombuffer(told.counts, "<u4").tolist()
            terms.update({(number, word): n for word, n in zip(told.words.split(), counted, strict=True)})
    return Counted(dict(series), dict(terms))


def partials(rules: Rules, values: Iterable[bytes], partition: int = 0) -> Iterator[Partial]:
    """Count the records of a partition offline, with Tocsin's own tally."""
    tally = PartitionTally(partition, rules, default_lexicon())
    for value in values:
        yield from tally.fold(value).partials


def of_redis(redis: Any) -> Counted:
    """Read what a peer has written; ``redis`` is a client of redis-py, whose types say little."""
    counted = Counted()
    for key in redis.scan_iter(count=1000):
        kind, _, number = key.decode().partition(":")
        if kind == "counts":
            for name, numbers in redis.hgetall(key).items():
                posts, authors, reposts = map(int, numbers.split())
                counted.series[int(number), name.decode()] = (posts, authors, reposts)
        elif kind == "terms":
            found = {(int(number), word.decode()): int(n) for word, n in redis.hgetall(key).items()}
            counted.terms.update(found)
    return counted
