"""Terms of all partitions together, and which of them a crowd uses: at least five people within three buckets.

Only those leave this module by name. All others become numbers of cells, from which the detector learns how often
words are used; so whatever keeps a closed bucket, such as the journal in Redis, knows no word of a few, and no author.

That five different people used a term within three buckets is decided exactly. Five in one bucket are enough; fewer
are all named by a hash, and these are put together.

References:
    Sweeney, "k-anonymity: a model for protecting privacy", Int. J. Uncertain. Fuzz. 10, 2002.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tocsin.ranks import Places, is_new
from tocsin.terms import CROWD, MOST_TERMS, TermCounts, below, level_for
from tocsin.words import Hashes

WINDOW = 3  # buckets in which a crowd must come together
LEAST_BUCKETS = 2  # of these, in which it must have been heard: one bucket's chorus may be one post, copied
CELL_BITS = 20
MOST_AUTHORS = 4095  # of a term in a bucket: beyond, nobody needs to know how many

_TO_CELL = np.uint64(64 - CELL_BITS)
_COUNT_BITS = np.uint64(12)

Ignored = Callable[[Sequence[str]], list[int]]


class Terms(Struct, frozen=True, array_like=True):
    """The terms of one bucket, over all partitions. Arrays are little-endian bytes.

    Attributes:
        level: One term in ``2 ** level`` is here: 0 unless there were too many.
        distinct: How many different terms are here.
        uses: 32 bits for each term, in no telling order: its cell, and in the low 12 bits its distinct authors.
        words: The terms of crowds, folded, with a space between them.
        cells: 32 bits for each of them: its cell.
        authors: 3 times 16 bits for each of them: its distinct authors in this bucket, the one before, and the one
            before that.
    """

    level: int
    distinct: int
    uses: bytes
    words: str
    cells: bytes
    authors: bytes


class _Merged(NamedTuple):
    """The terms of one bucket by ascending hash, and who used those of a few: parallel arrays of hashes."""

    level: int
    hashes: Hashes
    counts: NDArray[np.int64]
    owners: Hashes
    authors: Hashes
    parts: Sequence[TermCounts]

    def words(self, wanted: Hashes) -> dict[int, str]:
        """Look words up by their hashes, as far as they are here."""
        found: dict[int, str] = {}
        for part in self.parts:
            if not part.hashes:
                continue
            hashes = np.frombuffer(part.hashes, "<u8")
            at = hashes.searchsorted(wanted)
            here = (hashes[np.minimum(at, len(hashes) - 1)] == wanted).nonzero()[0]
            if len(here):
                listed = part.words.split(" ")
                found.update(zip(wanted[here].tolist(), map(listed.__getitem__, at[here].tolist()), strict=True))
        return found


class Crowds:
    """Puts the terms of partitions together, and finds the crowds among them.

    Args:
        ignored: Tells which words are no terms, by anything but 0: those of the lexicon.
        most: Different terms that are kept of a bucket, over all partitions.
    """

    def __init__(self, ignored: Ignored, most: int = MOST_TERMS) -> None:
        self._ignored = ignored
        self._most = most
        self._merged: dict[int, _Merged] = {}
        self._words: dict[int, str] = {}  # of crowds so far, by hash; nothing for those of the lexicon

    def close(self, bucket: int, parts: Iterable[Iterable[TermCounts]]) -> Terms | None:
        """Close one bucket.

        Args:
            bucket: Its number.
            parts: What the partitions counted in this bucket, the one before, and the one before that. The last two
                are read only if this object has not closed these buckets itself.

        Returns:
            None if there was no term at all.
        """
        window = []
        for number, counted in zip(range(bucket, bucket - WINDOW, -1), parts, strict=True):
            if number not in self._merged:
                self._merged[number] = _merge(list(counted), self._most)
            window.append(self._merged[number])
        self._merged = {number: merged for number, merged in self._merged.items() if number > bucket - WINDOW + 1}
        now = window[0]
        if not len(now.hashes) and not now.level:
            return None
        uses = np.sort((now.hashes >> _TO_CELL) << _COUNT_BITS | now.counts.astype(np.uint64))
        words, hashes, authors = self._crowds(window)
        return Terms(
            now.level,
            len(now.hashes),
            uses.astype("<u4").tobytes(),
            " ".join(words),
            (hashes >> _TO_CELL).astype("<u4").tobytes(),
            authors.astype("<u2").tobytes(),
        )

    def _crowds(self, window: Sequence[_Merged]) -> tuple[list[str], Hashes, NDArray[np.int64]]:
        """Find the terms of crowds: words, hashes, and authors in each bucket."""
        all_hashes = np.concatenate([merged.hashes for merged in window])
        if not len(all_hashes):
            return [], all_hashes, np.zeros((0, WINDOW), np.int64)
        order = all_hashes.argsort()
        ordered = all_hashes[order]
        starts = is_new(ordered).nonzero()[0]
        counts = np.concatenate([merged.counts for merged in window])[order]
        buckets = np.append(starts[1:], len(ordered)) - starts
        chosen = (buckets >= LEAST_BUCKETS) & (np.add.reduceat(counts, starts) >= CROWD)
        if not chosen.any():
            return [], ordered[:0], np.zeros((0, WINDOW), np.int64)
        hashes = ordered[starts[chosen]]
        authors = np.zeros((len(hashes), WINDOW), np.int64)
        for back, merged in enumerate(window):
            if len(merged.hashes):
                at = np.minimum(merged.hashes.searchsorted(hashes), len(merged.hashes) - 1)
                authors[:, back] = np.where(merged.hashes[at] == hashes, merged.counts[at], 0)
        crowd = authors.max(axis=1) >= CROWD
        crowd[~crowd] = _people(window, hashes[~crowd]) >= CROWD
        hashes, authors = hashes[crowd], authors[crowd]
        return self._named(window, hashes, authors)

    def _named(
        self, window: Sequence[_Merged], hashes: Hashes, authors: NDArray[np.int64]
    ) -> tuple[list[str], Hashes, NDArray[np.int64]]:
        """Give crowds their words, and leave out those of the lexicon."""
        listed = hashes.tolist()
        missing = [value for value in listed if value not in self._words]
        if missing:
            self._learn(window, missing, listed)
        words = [self._words[value] for value in listed]
        if all(words):
            return words, hashes, authors
        kept = np.array(list(map(bool, words)), np.bool_)
        return list(filter(None, words)), hashes[kept], authors[kept]

    def _learn(self, window: Sequence[_Merged], missing: Sequence[int], listed: Sequence[int]) -> None:
        """Look the words of new crowds up, in the newest bucket that has them."""
        if len(self._words) > self._most:
            self._words = {value: self._words[value] for value in listed if value in self._words}
        found: dict[int, str] = {}
        for merged in reversed(window):
            found |= merged.words(np.array(missing, np.uint64))
        words = list(found.values())
        for value, word, ignored in zip(found, words, self._ignored(words), strict=True):
            self._words[value] = "" if ignored else word


def _people(window: Sequence[_Merged], terms: Hashes) -> Places:
    """Count the different authors of terms that fewer than ``CROWD`` used in any bucket, over the window."""
    people = np.zeros(len(terms), np.intp)
    if not len(terms):
        return people
    owners = np.concatenate([merged.owners for merged in window])
    at = np.minimum(terms.searchsorted(owners), len(terms) - 1)
    mine = terms[at] == owners
    at, authors = at[mine], np.concatenate([merged.authors for merged in window])[mine]
    order = np.lexsort((authors, at))
    at, authors = at[order], authors[order]
    new = is_new(authors) | is_new(at)
    return np.bincount(at[new], minlength=len(terms))


def _merge(parts: Sequence[TermCounts], most: int) -> _Merged:
    """Put together what the partitions counted in one bucket, at a level that leaves few enough terms."""
    level = max((part.level for part in parts), default=0)
    each = [np.frombuffer(part.hashes, "<u8") for part in parts] or [np.zeros(0, np.uint64)]
    sizes = [np.frombuffer(part.counts, "<u4").astype(np.int64) for part in parts] or [np.zeros(0, np.int64)]
    hashes, counts = np.concatenate(each), np.concatenate(sizes)
    named = np.where(counts < CROWD, counts, 0)
    owners = np.repeat(hashes, named)
    authors = np.concatenate([np.frombuffer(part.authors, "<u8") for part in parts]) if parts else owners
    if len(parts) > 1 and len(hashes):
        order = hashes.argsort()
        ordered = hashes[order]
        starts = is_new(ordered).nonzero()[0]
        hashes, counts = ordered[starts], np.add.reduceat(counts[order], starts)
    level = level_for(hashes[hashes <= below(level)], level, most)
    if level:
        kept, own = hashes <= below(level), owners <= below(level)
        hashes, counts, owners, authors = hashes[kept], counts[kept], owners[own], authors[own]
    return _Merged(level, hashes, np.minimum(counts, MOST_AUTHORS), owners, authors, parts)
