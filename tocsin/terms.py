"""Which words how many people used: exact counts of distinct authors for each term of an open bucket.

Authors are counted, not posts, so that somebody who repeats himself does not make a word emerge. The counts of
partitions add up, since all posts of an author are in one of them. So that distinct authors can also be told over
several buckets, a term with fewer than ``CROWD`` authors names them by a hash: from that number on nobody needs to
know who they were.

What a bucket holds is bounded. When there are more than ``MOST_TERMS`` different terms, only those are kept whose hash
lies below a half, a quarter, ... of all hashes, until they are few enough. A share so chosen is the same in any
order of the posts, and those of partitions can be put together.

References:
    Gibbons and Tirthapura, "Estimating simple functions on the union of data streams", SPAA 2001, for samples by
    hashes that levels halve, and their union.
"""

from collections.abc import Sequence
from struct import pack
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tocsin.remembered import FEW, FEW_LETTERS, Remembered
from tocsin.words import Hashes, Places, Words, find_words, hash_names

CROWD = 5  # authors: a term that fewer used is shown to nobody
MOST_TERMS = 1 << 16  # different terms in a bucket

_BATCH, _BATCH_LETTERS = 1024, 1 << 17  # texts that are searched at once: the arrays stay in the cache
_PENDING_POSTS, _PENDING_LETTERS = 4096, 1 << 19
_ROW = np.uint64(32)  # bits for a row or a person, below a term's rank
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
        used: The term of each use, by its place among these.
        rows: The post of each use.
    """

    hashes: Hashes
    words: NDArray[np.object_]
    used: Places
    rows: Places

    def below(self, level: int) -> "_Part":
        """Leave out what a level does not keep."""
        kept = int(self.hashes.searchsorted(below(level), "right"))
        if kept == len(self.hashes):
            return self
        uses = self.used < kept
        # Copies, for a view would keep alive all that it hides.
        return _Part(self.hashes[:kept].copy(), self.words[:kept].copy(), self.used[uses], self.rows[uses])


class TermCounter:
    """Counts the terms of one open bucket.

    Args:
        most: Different terms that are kept.
        remembered: What was read lately, in other buckets.
    """

    __slots__ = ("_authors", "_letters", "_level", "_most", "_names", "_parts", "_remembered", "_rows", "_texts")

    def __init__(self, most: int = MOST_TERMS, remembered: Remembered | None = None) -> None:
        self._most = most
        self._remembered = remembered
        self._level = 0
        self._parts: list[_Part] = []
        self._authors: list[Hashes] = []
        self._rows = 0
        self._texts: list[str] = []
        self._names: list[str] = []
        self._letters = 0

    def add(self, texts: Sequence[str], authors: Sequence[str]) -> None:
        """Take posts in. They are read together with others, by and by."""
        self._texts += texts
        self._names += authors
        self._letters += sum(map(len, texts))
        if self._letters > _PENDING_LETTERS or len(self._texts) >= _PENDING_POSTS:
            self._read()

    def close(self) -> TermCounts | None:
        """Count what was taken in; None if there was no term in it.

        Of too many terms none may be left here. Even so the level is told, for all partitions must keep to it.
        """
        if self._is_small() and (counted := self._few()):
            return counted if counted.hashes else None
        if self._texts:
            self._read()
        if not self._parts:
            return None
        part = self._thinned()
        if not len(part.used):
            return TermCounts(self._level, b"", b"", "", b"") if self._level else None
        people, person, _ = _ranked(np.concatenate(self._authors))
        pairs = np.sort(part.used.astype(np.uint64) << _ROW | person[part.rows].astype(np.uint64))
        pairs = pairs[is_new(pairs)]
        term = (pairs >> _ROW).astype(np.intp)
        counts = np.bincount(term)
        few = pairs[counts[term] < CROWD] & _LOW
        return TermCounts(
            self._level,
            part.hashes.tobytes(),
            counts.astype("<u4").tobytes(),
            " ".join(part.words.tolist()),
            people[few.astype(np.intp)].tobytes(),
        )

    def _is_small(self) -> bool:
        return not self._parts and len(self._texts) <= FEW and self._letters <= FEW_LETTERS

    def _few(self) -> TermCounts | None:
        """Count a few posts one by one, which is faster; None if there are too many terms for that."""
        if self._remembered is None:
            return None
        users: dict[int, set[int]] = {}
        spelt: dict[int, str] = {}
        people = self._remembered.people_of(self._names)
        for words, (person, _) in zip(self._remembered.words_of(self._texts), people, strict=True):
            spelt |= words
            for value in words:
                users.setdefault(value, set()).add(person)
        if len(users) > self._most:
            return None
        hashes = sorted(users)
        counts = [len(users[value]) for value in hashes]
        authors = [person for value in hashes if len(users[value]) < CROWD for person in sorted(users[value])]
        return TermCounts(
            0,
            pack(f"<{len(hashes)}Q", *hashes),
            pack(f"<{len(counts)}I", *counts),
            " ".join(map(spelt.__getitem__, hashes)),
            pack(f"<{len(authors)}Q", *authors),
        )

    def _read(self) -> None:
        """Find the words of what is pending. Each text is read once: much of what a crowd writes is repeated."""
        texts, rows = self._texts, self._rows
        self._authors.append(hash_names(self._names))
        self._texts, self._names, self._letters, self._rows = [], [], 0, rows + len(texts)
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        different = list(places)
        step = max(1, min(_BATCH, _BATCH_LETTERS * len(different) // (sum(map(len, different)) + 1)))
        starts = range(0, len(different), step)
        found = [find_words(different[at : at + step]) for at in starts]
        hashes, used, first = _ranked(np.concatenate([batch.hashes for batch in found]))
        first = first[hashes <= below(self._level)]  # only these need to be spelt
        read = np.concatenate([batch.texts + at for batch, at in zip(found, starts, strict=True)])
        again, row = _repeated(read, np.fromiter(map(places.__getitem__, texts), np.intp, len(texts)))
        part = _Part(hashes, np.empty(len(hashes), np.object_), used[again], row + rows).below(self._level)
        part.words[:] = _spelt(found, first)
        self._parts.append(part)
        if len(self._parts) > 1 and sum(len(part.hashes) for part in self._parts) > 2 * self._most:
            self._thinned()

    def _thinned(self) -> _Part:
        """Put all parts together, and keep no more terms than allowed."""
        part = _together(self._parts) if len(self._parts) > 1 else self._parts[0]
        level = level_for(part.hashes, self._level, self._most)
        self._level, part = level, part.below(level)
        self._parts = [part]
        return part


def _repeated(texts: Places, text_of: Places) -> tuple[Places, Places]:
    """Spread the words of different texts over all posts that say the same.

    Args:
        texts: The text of each word, ascending.
        text_of: The text of each post.

    Returns:
        Places of the words of all posts, post by post, and the post of each.
    """
    words = np.bincount(texts, minlength=int(text_of.max()) + 1)
    of_post = words[text_of]
    behind = of_post.cumsum()
    begins = (words.cumsum() - words)[text_of]
    shift = begins - behind + of_post
    return np.arange(behind[-1]) + shift.repeat(of_post), np.arange(len(text_of)).repeat(of_post)


def _together(parts: Sequence[_Part]) -> _Part:
    hashes, _, first = _ranked(np.concatenate([part.hashes for part in parts]))
    return _Part(
        hashes,
        np.concatenate([part.words for part in parts])[first],
        np.concatenate([hashes.searchsorted(part.hashes)[part.used] for part in parts]),
        np.concatenate([part.rows for part in parts]),
    )


def _spelt(batches: Sequence[Words], places: Places) -> NDArray[np.object_]:
    """Spell words by their places in the uses of all batches, one after the other."""
    words = np.empty(len(places), np.object_)
    if len(batches) == 1:
        words[:] = batches[0].spell(places)
        return words
    begin = 0
    for batch in batches:
        end = begin + len(batch.hashes)
        here = ((places >= begin) & (places < end)).nonzero()[0]
        words[here] = batch.spell(places[here] - begin)
        begin = end
    return words


def _ranked(values: Hashes) -> tuple[Hashes, Places, Places]:
    """Number values by their order: the different ones, ascending, the number of each, and a place of each number."""
    order = values.argsort()
    ordered = values[order]
    new = is_new(ordered)
    ranks = np.empty(len(values), np.intp)
    ranks[order] = new.cumsum() - 1
    return ordered[new], ranks, order[new]


def is_new(ordered: Hashes) -> NDArray[np.bool_]:
    """Tell which elements of a sorted array differ from the one before."""
    new = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new
