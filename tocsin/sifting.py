"""Posts by columns, and sorted by what is to be done with each: almost all may be counted at once, bucket by bucket."""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tocsin.masks import NO_SERIES
from tocsin.ranks import Places, different
from tocsin.words import Hashes

Times = NDArray[np.int64]


class Row(NamedTuple):
    """One post; see :class:`Rows`."""

    place: int
    key: int
    author: int
    at: int
    code: int
    text: int


class Rows(NamedTuple):
    """Some posts, by columns.

    Attributes:
        places: Where each stands in its record, among the posts.
        keys: By which copies of it are told; see :mod:`tocsin.copies`.
        authors: A hash of each one's author.
        at: Event times, epoch ms.
        codes: The combination of dimensions of each, as :class:`~tocsin.masks.Combinations` numbers them.
        texts: The text of each, as :class:`~tocsin.reading.Reading` numbers them.
    """

    places: Places
    keys: Hashes
    authors: Hashes
    at: Times
    codes: Places
    texts: Places

    def between(self, begin: int, end: int) -> "Rows":
        """Cut some rows out."""
        return Rows._make(column[begin:end] for column in self)

    def where(self, chosen: NDArray[np.bool_]) -> "Rows":
        """Keep some rows."""
        places = chosen.nonzero()[0]
        return self if len(places) == len(chosen) else Rows._make(column.take(places) for column in self)

    def among(self, keys: AbstractSet[int]) -> NDArray[np.bool_]:
        """Tell which rows have one of these keys."""
        return np.fromiter(map(keys.__contains__, self.keys.tolist()), np.bool_, len(self.keys))

    def each(self) -> list[Row]:
        """Take the rows one by one."""
        return list(map(Row._make, zip(*(column.tolist() for column in self), strict=True)))


class Limits(NamedTuple):
    """What posts are held against: the same for all, or that of each one's source.

    Attributes:
        through: The last bucket that is closed to it.
        latest: The latest time that it may claim, epoch ms.
    """

    through: int | Times
    latest: int | Times


class Sifted(NamedTuple):
    """What is to be done with some posts.

    Attributes:
        late: Those whose bucket is closed already.
        plain: By bucket, those that are to be counted, unless they are copies of what has been counted before.
        doubtful: Those that may be ahead of their time, or in no series, or copies of one another. Posts with different
            keys have nothing to do with each other, so these may be counted after the others.
    """

    late: Places
    plain: dict[int, Rows]
    doubtful: Rows


def sift(rows: Rows, limits: Limits, bucket_ms: int) -> Sifted:
    """Sort posts.

    Args:
        rows: At least one post.
        limits: Of their sources.
        bucket_ms: Width of a bucket.
    """
    buckets = rows.at // bucket_ms
    doubtful = (rows.at > limits.latest) | (rows.codes == NO_SERIES)
    ordered = np.sort(rows.keys)
    if len(repeated := ordered[1:][ordered[1:] == ordered[:-1]]):
        doubtful |= rows.among(set(repeated.tolist()))
    late = (buckets <= limits.through) & ~doubtful
    plain = ~(doubtful | late)
    numbers = different(buckets[plain]).tolist()
    by_bucket = {number: rows.where(plain & (buckets == number)) for number in numbers}
    return Sifted(late.nonzero()[0], by_bucket, rows.where(doubtful))
