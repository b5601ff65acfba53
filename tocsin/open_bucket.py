"""An open bucket: columns of what its posts are, which are counted all at once when it closes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tocsin.audience import unite
from tocsin.authors import authors_of
from tocsin.copies import Counted
from tocsin.masks import Combinations, Counts, Masked, SeriesMasks
from tocsin.ranks import Places
from tocsin.reading import Reading
from tocsin.terms import TermCounter, TermCounts
from tocsin.words import Hashes, hash_names

_PENDING = 1 << 14  # posts that are put into arrays at once: a large bucket has little left to do when it closes


class Meaning(NamedTuple):
    """What the numbers in rows mean."""

    combinations: Combinations
    reading: Reading


class Rows(NamedTuple):
    """Some posts, by columns.

    Attributes:
        ids: Identifiers.
        authors: Pseudonyms.
        codes: The combination of dimensions of each, as :class:`~tocsin.masks.Combinations` numbers them.
        texts: The text of each, as :class:`~tocsin.reading.Reading` numbers them.
    """

    ids: Sequence[str]
    authors: Sequence[str]
    codes: Sequence[int]
    texts: Sequence[int]

    def only(self, places: Sequence[int]) -> "Rows":
        """Keep some rows."""
        return Rows(*(_chosen(column, places) for column in self))

    def without(self, places: Sequence[int]) -> "Rows":
        """Leave some rows out."""
        return Rows(*(without(column, places) for column in self))


def _chosen(column: Sequence[Any], places: Sequence[int]) -> list[Any]:
    return [column[i] for i in places]


def without(column: Sequence[Any], places: Iterable[int]) -> list[Any]:
    """Leave some elements of a column out, by their places."""
    kept = bytearray(b"\1") * len(column)
    for place in places:
        kept[place] = 0
    return list(compress(column, kept))


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
        counted: What has been counted in it.
        near: This, and what has been counted in the buckets in which a copy would be a duplicate.
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
        self._authors: list[str] = []
        self._codes: list[int] = []
        self._texts: list[int] = []
        self._means: Meaning | None = None
        self._hashes: list[Hashes] = []
        self._numbers: defaultdict[int, int] = defaultdict(count().__next__)  # of the different masks
        self._of_row: list[Places] = []
        self._reposts: list[NDArray[np.bool_]] = []
        self._people: defaultdict[str, list[bytes]] = defaultdict(list)  # sketches by channel
        self._terms = TermCounter()

    def add_new(self, author_of: Mapping[str, str], rows: Rows, means: Meaning) -> None:
        """Take posts in whose identifiers are different, and have not been used; the author of each is given."""
        self._counted.add_new(author_of)
        self._add(rows, means)

    def add_if_new(self, id_: str, author: str, code: int, text: int, means: Meaning) -> bool:
        """Take a single post in, unless it has been counted; tells whether it was new."""
        if any(counted.holds(id_, author) for counted in self._near):
            return False
        self._counted.add(id_, author)
        self._add(Rows((id_,), (author,), (code,), (text,)), means)
        return True

    def settle(self) -> None:
        """Put what is pending into arrays that no longer need what its numbers mean."""
        if self._means is None:
            return
        combinations, reading = self._means
        self._means = None
        hashes = hash_names(self._authors)
        codes, texts = np.array(self._codes, np.intp), np.array(self._texts, np.intp)
        self._authors, self._codes, self._texts = [], [], []
        groups = reading.groups[texts]
        different, of_row = np.unique((codes >> 1) * len(reading.masks) + groups, return_inverse=True)
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

    def _add(self, rows: Rows, means: Meaning) -> None:
        if means != self._means or len(self._authors) >= _PENDING:
            self.settle()
            self._means = means
        self._authors += rows.authors
        self._codes += rows.codes
        self._texts += rows.texts
