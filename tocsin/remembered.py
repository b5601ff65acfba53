"""What was read lately, for buckets of a few posts: much of what a crowd writes is repeated, and so are its writers.

Arrays pay for themselves from some dozens of posts in a bucket on. Below, looking a text up is many times as fast as
reading it again.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from tocsin.audience import entries
from tocsin.words import find_words, hash_names

FEW = 64  # posts of a bucket, at most, for which what is remembered is used
FEW_LETTERS = 1 << 13  # in them
_TEXTS, _LETTERS, _AUTHORS = 1 << 13, 1 << 20, 1 << 16  # that are remembered

Person = tuple[int, int]  # a hash of an author, and what it is in a sketch


class Remembered:
    """The words of texts, and the hashes of authors. Nothing depends on what is in it but the time that it takes."""

    def __init__(self) -> None:
        self._words: dict[str, dict[int, str]] = {}
        self._letters = 0  # of the texts in it
        self._people: dict[str, Person] = {}

    def words_of(self, texts: Sequence[str]) -> list[dict[int, str]]:
        """Find the words of texts: of each the different ones, folded, by their hashes."""
        if len(self._words) > _TEXTS or self._letters > _LETTERS:
            self._words.clear()
            self._letters = 0
        if new := [text for text in dict.fromkeys(texts) if text not in self._words]:
            self._read(new)
        return list(map(self._words.__getitem__, texts))

    def people_of(self, authors: Iterable[str]) -> list[Person]:
        """Hash authors."""
        listed = list(authors)
        if len(self._people) > _AUTHORS:
            self._people.clear()
        if new := [author for author in dict.fromkeys(listed) if author not in self._people]:
            hashes = hash_names(new)
            self._people.update(zip(new, zip(hashes.tolist(), entries(hashes).tolist(), strict=True), strict=True))
        return list(map(self._people.__getitem__, listed))

    def _read(self, new: list[str]) -> None:
        found = find_words(new)
        words = zip(found.hashes.tolist(), found.spell(np.arange(len(found.hashes))), strict=True)
        of_texts: list[dict[int, str]] = [{} for _ in new]
        for text, (value, word) in zip(found.texts.tolist(), words, strict=True):
            of_texts[text][value] = word
        self._words.update(zip(new, of_texts, strict=True))
        self._letters += sum(map(len, new))
