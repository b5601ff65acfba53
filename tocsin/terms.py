"""Which words how many people used: exact counts of distinct authors for each term of an open bucket.

Authors are counted, not posts, so that somebody who repeats himself does not make a word emerge. The counts of
partitions add up, since all posts of an author are in one of them. So that distinct authors can also be told over
several buckets, a term with fewer than ``CROWD`` authors names them by a hash: from that number on nobody needs to
know who they were.

Most people write once in a bucket. Of their posts it is enough to know how often each text was written; only the words
of those who wrote more than once are laid out post by post, to count nobody twice.

What a bucket holds is bounded. When there are more than ``MOST_TERMS`` different terms, only those are kept whose hash
lies below a half, a quarter, ... of all hashes, until they are few enough. A share so chosen is the same in any
order of the posts, and those of partitions can be put together.

References:
    Gibbons and Tirthapura, "Estimating simple functions on the union of data streams", SPAA 2001, for samples by
    hashes that levels halve, and their union.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tocsin.authors import Authors
from tocsin.ranks import Places, different, ranked, spread
from tocsin.reading import Reading
from tocsin.words import Hashes

CROWD = 5  # authors: a term that fewer used is shown to nobody
MOST_TERMS = 1 << 16  # different terms in a bucket

_HALF = np.uint64(32)  # bits for an author, below those of a term
_LOW = np.uint64((1 << 32) - 1)


class TermCounts(Struct, frozen=True, array_like=True):
    """The terms of one bucket of one partition, by ascending hash. Arrays are little-endian bytes.

    Attributes:
        level: One term in ``2 ** level`` is here: 0 unless there were too many.
        hashes: 64 bits for each term.
        counts: 32 bits for each: its distinct authors.
        words: The terms, folded, with a space between them.
        authors: 64 bits for each author of the terms that fewer than ``CROWD`` used, term by term.
    """

    level: int
    hashes: bytes
    counts: bytes
    words: str
    authors: bytes

    @property
    def size(self) -> int:
        """About how many bytes it takes on the wire."""
        return len(self.hashes) + len(self.counts) + len(self.authors) + 2 * len(self.words)


def below(level: int) -> np.uint64:
    """Tell the highest hash of the terms that a level keeps."""
    return np.uint64((1 << (64 - level)) - 1)


def level_for(hashes: Hashes, level: int, most: int) -> int:
    """Find the lowest level, from one on, at which no more than ``most`` of these different hashes remain."""
    while len(hashes) > most:
        level += 1
        hashes = hashes[hashes <= below(level)]
    return level


class _Part(NamedTuple):
    """Terms of some posts of a bucket.

    Attributes:
        hashes: Of the different terms, ascending.
        words: These terms.
        lengths: How many different terms each text has.
        uses: The terms of all texts, one text after the other, by place among ``hashes``.
        texts: The text of each post.
    """

    hashes: Hashes
    words: NDArray[np.object_]
    lengths: Places
    uses: Places
    texts: Places

    def only(self, wanted: NDArray[np.bool_]) -> "_Part":
        """Keep some of the terms only, in the uses; the terms keep their places."""
        kept = wanted[self.uses]
        texts = np.arange(len(self.lengths)).repeat(self.lengths)[kept]
        return self._replace(lengths=np.bincount(texts, minlength=len(self.lengths)), uses=self.uses[kept])

    def used_by(self, posts: Places, authors: Places) -> Hashes:
        """List each different pair of a term and an author of some posts: the term above, the author below."""
        texts = self.texts[posts]
        lengths = self.lengths[texts]
        starts = (self.lengths.cumsum() - self.lengths)[texts]
        terms = self.uses[spread(lengths, starts)].astype(np.uint64) << _HALF
        return different(terms | authors[posts].astype(np.uint64).repeat(lengths))


class TermCounter:
    """Counts the terms of one open bucket.

    Args:
        most: Different terms that are kept.
    """

    __slots__ = ("_level", "_most", "_parts")

    def __init__(self, most: int = MOST_TERMS) -> None:
        self._most = most
        self._level = 0
        self._parts: list[_Part] = []

    def add(self, reading: Reading, texts: Places) -> None:
        """Take posts in.

        Args:
            reading: What was read of their texts.
            texts: The number of each post's text in it.
        """
        lengths, starts, words = reading.uses
        written = np.zeros(len(lengths), np.intp)
        written[texts] = 1
        here = written.nonzero()[0]
        uses = words[spread(lengths[here], starts[here])]
        used = np.zeros(len(reading.words), np.bool_)
        used[uses] = True
        chosen = used.nonzero()[0]
        hashes, rank, first = ranked(reading.hashes[chosen])
        places = np.empty(len(reading.words), np.intp)
        places[chosen] = rank
        spelt = np.empty(len(chosen), np.object_)
        spelt[:] = [reading.words[word] for word in chosen[first].tolist()]
        part = _Part(hashes, spelt, lengths[here], places[uses], (written.cumsum() - 1)[texts])
        self._parts.append(_below(part, self._level))
        if len(self._parts) > 1 and sum(len(part.hashes) for part in self._parts) > 2 * self._most:
            self._thinned()

    def close(self, authors: Authors) -> TermCounts | None:
        """Count what was taken in; None if there was no term in it.

        Of too many terms none may be left here. Even so the level is told, for all partitions must keep to it.

        Args:
            authors: Of the posts, in the order in which these came.
        """
        part = self._thinned()
        if not len(part.hashes):
            return TermCounts(self._level, b"", b"", "", b"") if self._level else None
        counts, few = _by_authors(part, authors)
        return TermCounts(
            self._level,
            part.hashes.tobytes(),
            counts.astype("<u4").tobytes(),
            " ".join(part.words.tolist()),
            authors.hashes[(few & _LOW).astype(np.intp)].tobytes(),
        )

    def _thinned(self) -> _Part:
        """Put all parts together, and keep no more terms than allowed."""
        part = _together(self._parts) if len(self._parts) > 1 else self._parts[0]
        self._level = level_for(part.hashes, self._level, self._most)
        part = _below(part, self._level)
        self._parts = [part]
        return part


def _by_authors(part: _Part, authors: Authors) -> tuple[Places, Hashes]:
    """Count the authors of each term; and list those of the terms that few used, as pairs with the term above."""
    once, often = (~authors.often).nonzero()[0], authors.often.nonzero()[0]
    written = np.bincount(part.texts[once], minlength=len(part.lengths))
    weights = written.repeat(part.lengths).astype(np.float64)  # exact up to 2**53 posts
    counts = np.bincount(part.uses, weights, len(part.hashes)).astype(np.intp)
    pairs = part.used_by(often, authors.of_row)
    counts += np.bincount((pairs >> _HALF).astype(np.intp), minlength=len(counts))
    few = counts < CROWD
    rare = part.only(few)
    named = rare.used_by(once[rare.lengths[part.texts[once]] > 0], authors.of_row)
    return counts, np.sort(np.concatenate([named, pairs[few[(pairs >> _HALF).astype(np.intp)]]]))


def _below(part: _Part, level: int) -> _Part:
    """Leave out what a level does not keep."""
    kept = int(part.hashes.searchsorted(below(level), "right"))
    if kept == len(part.hashes):
        return part
    part = part.only(np.arange(len(part.hashes)) < kept)
    # Copies, for a view would keep alive all that it hides.
    return part._replace(hashes=part.hashes[:kept].copy(), words=part.words[:kept].copy())


def _together(parts: Sequence[_Part]) -> _Part:
    hashes, _, first = ranked(np.concatenate([part.hashes for part in parts]))
    before = np.cumsum([0, *(len(part.lengths) for part in parts)]).tolist()
    return _Part(
        hashes,
        np.concatenate([part.words for part in parts])[first],
        np.concatenate([part.lengths for part in parts]),
        np.concatenate([hashes.searchsorted(part.hashes)[part.uses] for part in parts]),
        np.concatenate([part.texts + shift for part, shift in zip(parts, before, strict=False)]),
    )
