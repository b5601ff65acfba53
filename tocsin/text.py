"""Folding: the same word comes out the same, however people write it; and whole batches become bytes at once.

Each code point folds to nothing, to a boundary between words, or to letters and digits:

- **Nothing**: accents and vowel points, also those of precomposed letters (é → e, ё → е, ά → α, أ إ آ → ا,
  ؤ → و, ئ → ی); Arabic harakat and tatweel; ZWJ, soft hyphen, byte order and bidi marks, variation selectors.
- **A boundary**: white space, controls, punctuation (``#``, ``_``, ``'`` and ``.`` too), symbols, emoji, ZWNJ,
  the zero-width space, lone surrogates, private use, unassigned. A run of boundaries counts as one.
- **One letter or digit**: upper case → lower case in all scripts; ي ى → ی, ك ڪ → ک, ة ۀ ہ ھ ە → ه, ٱ → ا;
  ı → i, ø → o, ł → l, đ → d, ħ → h; the digits of all scripts → ASCII; full-width, circled and mathematical
  letters and Arabic presentation forms → plain ones. Any other letter or digit stays as it is.
- **Several letters**: œ → oe, æ → ae, ß → ss, ĳ → ij; the ligatures ﬁ, ﬂ, ﬀ, ﬃ, ﬄ, ﬆ, ﻻ and ﷲ.

ZWNJ is a boundary rather than nothing, so that «انتخابات» is found in «انتخابات‌ها». That «می‌خواهم» is also
found when it is written as one word is the lexicon's doing: it looks for phrases with and without their spaces.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

CODE_POINTS = 0x110000
DROPPED = 0
BOUNDARY = 0x20
EXPANSIONS = ("oe", "ae", "ss", "ij", "ff", "fi", "fl", "ffi", "ffl", "st", "لا", "الله")

_LETTERS = str.maketrans(
    {"ي": "ی", "ى": "ی", "ك": "ک", "ڪ": "ک", "ة": "ه", "ۃ": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ٱ": "ا"}
    | {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "œ": "oe", "æ": "ae"}
)
# Marks in all but their class: tatweel, the grapheme joiner, the variation selectors.
_INVISIBLE = frozenset(map(chr, (0x0640, 0x034F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
# Ideographs and Hangul syllables fold to themselves, and most of the rest beyond the emoji is unassigned: to
# examine each of these million code points would only cost time.
_THEMSELVES = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xAC00, 0xD7A4), range(0x20000, 0x40000))
_EXAMINED = (
    range(0x3400),
    range(0x4DC0, 0x4E00),
    range(0xA000, 0xAC00),
    range(0xD7A4, 0x20000),
    range(0xE0000, 0xE0200),
)

# The bytes of an encoded batch. Letters follow from _FIRST_LETTER on; expansions never stay in it.
_SPACE, _MARK, _OTHER, _FIRST_LETTER = 1, 2, 3, 4
_FIRST_EXPANSION = 256 - len(EXPANSIONS)
MAX_LETTERS = _FIRST_EXPANSION - _FIRST_LETTER


def normalise(text: str) -> str:
    """Fold one text: for lexicon entries, tests and people. Batches of posts go through :class:`Alphabet`.

    Args:
        text: Any string, lone surrogates included.

    Returns:
        Folded words with single spaces between them and none around them. To fold it again changes nothing.

    Examples:
        >>> normalise("#Iran_Élection, ١٣٨٨")
        'iran election 1388'
    """
    return " ".join("".join(map(_fold, text)).split())


@cache
def fold_table() -> NDArray[np.uint32]:
    """Fold every code point.

    Returns:
        For each code point the one that it folds to, or ``DROPPED``, or ``BOUNDARY``, or ``CODE_POINTS + i`` for
        the letters of ``EXPANSIONS[i]``. Read-only; built once per process, in about 0.1 s.
    """
    table = np.full(CODE_POINTS, BOUNDARY, np.uint32)
    for block in _THEMSELVES:
        table[block.start : block.stop] = block
    for code in chain(*_EXAMINED):
        folded = _examine(chr(code))
        if len(folded) == 1:
            table[code] = ord(folded)
        else:
            table[code] = CODE_POINTS + EXPANSIONS.index(folded) if folded else DROPPED
    table.flags.writeable = False
    return table


class Alphabet:
    """Turns batches of texts into bytes, one for each folded letter, so that an automaton can search them at once.

    The letters given get a byte each, and all others share one: a keyword tells nothing about letters that occur
    in no keyword. The bytes are an inner matter of this class, and differ from one alphabet to another.

    Args:
        letters: Folded letters and digits, in any order, any number of times; spaces are passed over.

    Raises:
        ValueError: If more than ``MAX_LETTERS`` of them are different.
    """

    def __init__(self, letters: Iterable[str]) -> None:
        chosen = sorted(set(letters) - {" "})
        if len(chosen) > MAX_LETTERS:
            raise ValueError(f"{len(chosen)} different letters and digits, expected at most {MAX_LETTERS}")
        self._bytes = {letter: byte for byte, letter in enumerate(chosen, _FIRST_LETTER)} | {" ": _SPACE}
        byte_of = np.full(CODE_POINTS + len(EXPANSIONS), _OTHER, np.uint8)
        byte_of[DROPPED] = 0
        byte_of[[ord(letter) for letter in self._bytes]] = list(self._bytes.values())
        byte_of[CODE_POINTS:] = range(_FIRST_EXPANSION, 256)
        self._table = byte_of[fold_table()]
        self._expansions = [
            (bytes([byte]), self.encode_words(letters)) for byte, letters in enumerate(EXPANSIONS, _FIRST_EXPANSION)
        ]

    def encode_words(self, words: str) -> bytes:
        """Encode folded letters, digits and spaces as :meth:`encode` would within a text."""
        return bytes(self._bytes.get(letter, _OTHER) for letter in words)

    def encode(self, texts: Sequence[str]) -> bytes:
        """Encode a batch. Raises on no text.

        Args:
            texts: Any strings.

        Returns:
            The folded texts, with one space before and after each, and a mark between each two.
        """
        # Three separators between texts, of which the middle one becomes the mark. It is set by position, after
        # folding, since a text may contain whatever is chosen as separator.
        joined = "\n\n\n".join(texts)
        encoded = self._table.take(np.frombuffer(f"\n{joined}\n".encode("utf-32-le", "surrogatepass"), "<u4"))
        lengths = np.fromiter(map(len, texts), np.intp, len(texts))[:-1]
        encoded[lengths.cumsum() + np.arange(2, 2 + 3 * len(lengths), 3)] = _MARK
        if not encoded.min():
            encoded = encoded[encoded != 0]
        # Spaces are joined after dropping, for an accent may stand between two of them.
        spaces = encoded == _SPACE
        kept = np.ones(len(encoded), np.bool_)
        np.logical_not(spaces[1:] & spaces[:-1], out=kept[1:])
        folded = encoded[kept].tobytes()
        if encoded.max() >= _FIRST_EXPANSION:
            for byte, letters in self._expansions:
                folded = folded.replace(byte, letters)
        return folded


def marks(encoded: bytes) -> list[int]:
    """Find the marks between the texts of an encoded batch: their offsets, in ascending order."""
    return np.flatnonzero(np.frombuffer(encoded, np.uint8) == _MARK).tolist()


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    """Fold one code point: to ``""``, to ``" "``, or to letters and digits."""
    return char if any(ord(char) in block for block in _THEMSELVES) else _examine(char)


def _examine(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Cn", "Cs", "Co", "Cc"} or char in "\u200b\u200c":
        return " "
    if category == "Cf" or _is_point(char):
        return ""
    base = _without_points(_without_points(char).casefold()).translate(_LETTERS)
    if not base or base in EXPANSIONS:
        return base
    if len(base) == 1 and base.isalnum():
        return str(unicodedata.decimal(base, base))
    return char if char.isalnum() or category[0] == "M" else " "


def _without_points(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not _is_point(c))


def _is_point(char: str) -> bool:
    """Tell accents and Semitic vowel points from the marks that are letters in their own right, as in Hindi."""
    combining_class = unicodedata.combining(char)
    return 10 <= combining_class <= 36 or combining_class >= 200 or char in _INVISIBLE
