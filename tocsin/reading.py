"""What texts say: their keyword groups and their words. Each is read once, for much of what a crowd writes is repeated.

A text has a number here, and so has each different word, and each different set of groups; an open bucket notes the
numbers of its texts alone. When a reading has taken in enough, the open buckets keep what they need of it, and the next
begins with nothing: so what is held is bounded.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import count, islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tocsin.ranks import Column, Places, different, ranked
from tocsin.words import Hashes, find_words

MOST_TEXTS, MOST_LETTERS, MOST_WORDS = 1 << 13, 1 << 20, 1 << 15  # after which a reading is full

_BATCH, _BATCH_LETTERS = 1024, 1 << 17  # texts that are searched at once: the arrays stay in the cache
_HALF = np.uint64(32)
_LOW = np.uint64((1 << 32) - 1)


class Matcher(Protocol):
    """What is needed of a lexicon: a bit per group for each text."""

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the groups' series, in the order of the bits."""

    def match(self, texts: Sequence[str]) -> list[int]:
        """Tell which groups each text mentions."""


class _Vocabulary:
    """Numbers for words, in the order in which they came."""

    def __init__(self) -> None:
        self._known = np.empty(0, np.uint64)
        self._numbers = np.empty(0, np.int32)

    def numbers_of(self, hashes: Hashes) -> tuple[NDArray[np.int32], Places]:
        """Number the different words of a batch, in ascending order of their hashes; tells which of them are new."""
        at = self._known.searchsorted(hashes)
        near = np.minimum(at, max(0, len(self._known) - 1))
        found = self._known[near] == hashes if len(self._known) else np.zeros(len(hashes), np.bool_)
        new = (~found).nonzero()[0]
        numbers = np.empty(len(hashes), np.int32)
        numbers[found] = self._numbers[at[found]]
        numbers[new] = np.arange(len(self._known), len(self._known) + len(new))
        self._known = np.insert(self._known, at[new], hashes[new])
        self._numbers = np.insert(self._numbers, at[new], numbers[new])
        return numbers, new


class Reading:
    """Some texts, their groups and their words.

    Args:
        matcher: Keyword groups.

    Attributes:
        masks: The different sets of groups, by number: a bit per group.
        words: The different words, folded, by number.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._letters = 0
        self._unread: list[str] = []
        self._unread_letters = 0
        self._mask_numbers: defaultdict[int, int] = defaultdict(count().__next__)
        self._vocabulary = _Vocabulary()
        self.masks: list[int] = []
        self.words: list[str] = []
        self._groups = Column(np.int32)
        self._hashes = Column(np.uint64)
        self._lengths, self._starts, self._uses = Column(np.intp), Column(np.intp), Column(np.int32)

    @property
    def is_full(self) -> bool:
        """Whether it should take in no more."""
        return len(self._numbers) >= MOST_TEXTS or self._letters >= MOST_LETTERS or len(self.words) >= MOST_WORDS

    def numbers_of(self, texts: Sequence[str]) -> Places:
        """Number texts. New ones are read by and by, some hundreds at once."""
        before = len(self._numbers)
        numbers = np.fromiter(map(self._numbers.__getitem__, texts), np.intp, len(texts))
        if new := len(self._numbers) - before:
            self._unread += reversed([*islice(reversed(self._numbers), new)])
            self._unread_letters += sum(map(len, self._unread[-new:]))
            if len(self._unread) >= _BATCH or self._unread_letters >= _BATCH_LETTERS:
                self._catch_up()
        return numbers

    @property
    def groups(self) -> NDArray[np.int32]:
        """The set of groups of each text, by its number."""
        self._catch_up()
        return self._groups.values

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """The hash of each word."""
        self._catch_up()
        return self._hashes.values

    @property
    def uses(self) -> tuple[Places, Places, NDArray[np.int32]]:
        """How many different words each text has, where they begin, and the words of all texts."""
        self._catch_up()
        return self._lengths.values, self._starts.values, self._uses.values

    def _catch_up(self) -> None:
        texts, letters = self._unread, self._unread_letters
        if not texts:
            return
        self._unread, self._unread_letters = [], 0
        self._letters += letters
        step = max(1, min(_BATCH, _BATCH_LETTERS * len(texts) // (letters + 1)))
        for at in range(0, len(texts), step):
            self._read(texts[at : at + step])

    def _read(self, texts: Sequence[str]) -> None:
        masks = self._matcher.match(texts)
        self._groups.extend([self._mask_numbers[mask] for mask in masks])
        self.masks += list(self._mask_numbers)[len(self.masks) :]
        found = find_words(texts)
        hashes, rank, first = ranked(found.hashes)
        numbers, new = self._vocabulary.numbers_of(hashes)
        self._hashes.extend(hashes[new])
        self.words += found.spell(first[new])
        # A word that a text repeats is one use.
        uses = different(found.texts.astype(np.uint64) << _HALF | rank.astype(np.uint64))
        lengths = np.bincount((uses >> _HALF).astype(np.intp), minlength=len(texts))
        self._starts.extend(lengths.cumsum() - lengths + len(self._uses))
        self._lengths.extend(lengths)
        self._uses.extend(numbers[(uses & _LOW).astype(np.intp)])
