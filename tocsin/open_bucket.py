"""An open bucket: columns of what its posts are, which are counted all at once when it closes."""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tocsin.audience import unite
from tocsin.authors import authors_of
from tocsin.copies import Counted
from tocsin.masks import Combinations, Counts, Masked, SeriesMasks
from tocsin.ranks import Places, ranked
from tocsin.reading import Reading
from tocsin.sifting import Row, Rows
from tocsin.terms import TermCounter, TermCounts
from tocsin.words import Hashes

_PENDING = 1 << 14  # posts that are put into arrays at once: a large bucket has little left to do when it closes


class Meaning(NamedTuple):
    """What the numbers in rows mean."""

    combinations: Combinations
    reading: Reading


class Closed(NamedTuple):
    """What was counted in a bucket.

    Attributes:
        counts: By series.
        people: By channel, a sketch of the authors.
        terms: None where there are none.
    """

    counts: Counts
    people: dict[str, bytes]
    terms: TermCounts | None


class OpenBucket:
    """The posts of an open bucket.

    Args:
        series: Of the tally.
        counted: The keys of what has been counted in it.
        near: This, and those of the buckets in which a copy would be a duplicate.
    """

    __slots__ = (
        "_authors",
        "_codes",
        "_counted",
        "_hashes",
        "_means",
        "_near",
        "_numbers",
        "_of_row",
        "_people",
        "_reposts",
        "_series",
        "_terms",
        "_texts",
    )

    def __init__(self, series: SeriesMasks, counted: Counted, near: Sequence[Counted]) -> None:
        self._series = series
        self._counted = counted
        self._near = near
        self._authors = array("Q")
        self._codes = array("q")
        self._texts = array("q")
        self._means: Meaning | None = None
        self._hashes: list[Hashes] = []
        self._numbers: defaultdict[int, int] = defaultdict(count().__next__)  # of the different masks
        self._of_row: list[Places] = []
        self._reposts: list[NDArray[np.bool_]] = []
        self._people: defaultdict[str, list[bytes]] = defaultdict(list)  # sketches by channel
        self._terms = TermCounter()

    def add(self, rows: Rows, means: Meaning) -> Rows | None:
        """Take posts in whose keys are different; returns those that had been counted before, and are not taken."""
        keys, copies = rows.keys.tolist(), None
        if used := set[int]().union(*(counted.intersection(keys) for counted in self._near)):
            found = rows.among(used)
            copies, rows = rows.where(found), rows.where(~found)
            keys = rows.keys.tolist()
        self._counted.update(keys)
        self._make_room(means)
        self._authors.frombytes(rows.authors.tobytes())
        self._codes.frombytes(rows.codes.tobytes())
        self._texts.frombytes(rows.texts.tobytes())
        return copies

    def add_one(self, row: Row, means: Meaning) -> bool:
        """Take a single post in, unless it has been counted; tells whether it was new."""
        if any(row.key in counted for counted in self._near):
            return False
        self._counted.add(row.key)
        self._make_room(means)
        self._authors.append(row.author)
        self._codes.append(row.code)
        self._texts.append(row.text)
        return True

    def settle(self) -> None:
        """Put what is pending into arrays that no longer need what its numbers mean."""
        if self._means is None:
            return
        combinations, reading = self._means
        self._means = None
        hashes = np.frombuffer(self._authors, np.uint64)
        codes, texts = np.frombuffer(self._codes, np.intp), np.frombuffer(self._texts, np.intp)
        self._authors, self._codes, self._texts = array("Q"), array("q"), array("q")
        groups = reading.groups[texts]
        different, of_row, _ = ranked((codes >> 1) * len(reading.masks) + groups)
        masks = [
            combinations.masks[place] | reading.masks[group] << 1
            for place, group in (divmod(both, len(reading.masks)) for both in different.tolist())
        ]
        rows = Masked(masks, of_row, (codes & 1).astype(np.bool_))
        for channel, sketch in self._series.people(rows, hashes).items():
            self._people[channel].append(sketch)
        self._hashes.append(hashes)
        self._of_row.append(np.array([self._numbers[mask] for mask in masks], np.intp)[of_row])
        self._reposts.append(rows.reposts)
        self._terms.add(reading, texts)

    def close(self) -> Closed:
        """Count what was taken in."""
        self.settle()
        if not self._hashes:
            return Closed({}, {}, None)
        authors = authors_of(self._hashes)
        rows = Masked(list(self._numbers), np.concatenate(self._of_row), np.concatenate(self._reposts))
        people = {channel: unite(sketches) for channel, sketches in sorted(self._people.items())}
        return Closed(self._series.marginals(rows, authors), people, self._terms.close(authors))

    def _make_room(self, means: Meaning) -> None:
        if means != self._means or len(self._authors) >= _PENDING:
            self.settle()
            self._means = means
