"""Words of whole batches at once: where they stand, a 64-bit hash of each, and how to spell them.

A word is a run of letters and digits as :mod:`tocsin.text` folds them, so that the same word comes out the same,
however people write it. Counted are the words that may become terms:

- They begin with a letter and have 3 to 32 of them: no numbers, no times, no quantities (``20h30``, ``5pm``).
- A hashtag is one word, and the same as without its ``#``; what joins its parts (``_`` and ZWNJ) is left out, so that
  ``#free_iran``, ``#FreeIran`` and ``freeiran`` are one.
- Whatever stands between two white spaces and holds an ``@`` is a mention or an address, and whatever holds ``://``,
  ``www.`` or a dot and then a slash is a link: no part of it is a word.

A hash is a sum of random numbers of the letters, each times a power of a constant for its place, modulo 2**64. Such
sums over all words of a batch are differences of one running sum.

References:
    Karp and Rabin, "Efficient randomized pattern-matching algorithms", IBM J. Res. Dev. 31, 1987, for the sum;
    Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, for the mixing.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tocsin.ranks import Places
from tocsin.text import BOUNDARY, CODE_POINTS, DROPPED, EXPANSIONS, fold_table

Hashes = NDArray[np.uint64]
Codes = NDArray[np.uint32]
Kinds = NDArray[np.uint8]

MIN_LETTERS, MAX_LETTERS = 3, 32

_LONGEST_NAME = 256  # characters
_MOST_NAMES = 1 << 12  # that are hashed at once: each takes as much room as the longest
_BASE = 0xD1342543DE82EF95  # odd, so that it has an inverse
_END = "\0"  # between texts; within one it is a boundary like any other control character
_ZWNJ = "\u200c"
# What a code point is, ascending by how much of a word it is: ends of texts, white space, other boundaries, what folds
# to nothing or to several letters, letters and digits.
_TEXT_END, _SPACE, _BOUNDARY, _AT, _DOT, _SLASH, _HASH, _JOINT, _DROPPED, _EXPANDED, _LETTER, _DIGIT = range(12)
_MARKS = {"@": _AT, "＠": _AT, ".": _DOT, "/": _SLASH, "#": _HASH, "＃": _HASH, "_": _JOINT, _ZWNJ: _JOINT}


class Words(NamedTuple):
    """The words of a batch of texts, in their order.

    Attributes:
        hashes: Of each word.
        texts: Number of the text that each stands in.
        begins, ends: Where each stands in ``codes``.
        codes: Code points of the batch, not folded.
    """

    hashes: Hashes
    texts: Places
    begins: Places
    ends: Places
    codes: Codes

    def spell(self, which: Places) -> list[str]:
        """Spell some of the words, folded.

        Args:
            which: Their numbers.
        """
        if not len(which):
            return []
        begins, lengths = self.begins[which], self.ends[which] - self.begins[which] + 1
        stops = lengths.cumsum()
        letters = np.arange(stops[-1]) + np.repeat(begins - stops + lengths, lengths)
        # The code behind a word is a boundary, and folds to the space that separates the words here.
        folded = fold_table().take(self.codes.take(letters))
        return bytes(folded.data).decode("utf-32-le").split()


def find_words(texts: Sequence[str]) -> Words:
    """Find the words of a batch, whatever is in it.

    Args:
        texts: At least one string, of any content; the cost per text falls with their number, up to some hundreds.
    """
    codes, kinds = _encode(texts)
    letter = kinds >= _LETTER
    edges = (letter[1:] != letter[:-1]).nonzero()[0] + 1
    begins, ends = edges[::2], edges[1::2]
    lengths = ends - begins
    ok = (lengths >= MIN_LETTERS) & (lengths <= MAX_LETTERS) & (kinds.take(begins) == _LETTER)
    _leave_out_chunks(codes, kinds, begins, ok)
    bounds = begins.searchsorted((kinds == _TEXT_END).nonzero()[0])
    numbers = np.arange(len(texts)).repeat(bounds[1:] - bounds[:-1])[ok]
    begins, ends = begins[ok], ends[ok]
    powers, inverses = _powers(len(codes))
    sums = _values().take(codes)
    sums *= powers
    np.cumsum(sums, out=sums)
    hashes = mix((sums.take(ends - 1) - sums.take(begins - 1)) * inverses.take(begins))
    return Words(hashes, numbers, begins, ends, codes)


def hash_names(names: Sequence[str]) -> Hashes:
    """Hash whole strings as they are, such as pseudonyms, so that equal ones can be told. The bits are not spread.

    Args:
        names: Strings of up to 256 characters.
    """
    if len(names) > _MOST_NAMES:
        parts = [names[at : at + _MOST_NAMES] for at in range(0, len(names), _MOST_NAMES)]
        return np.concatenate([hash_names(part) for part in parts])
    joined = "".join(names)
    # They are filled up with zeros to a multiple of eight bytes, so none may be in them.
    if joined.isascii() and "\0" not in joined:
        width = -(-max(map(len, names), default=1) // 8)
        if len(joined) < 8 * width * len(names):  # pseudonyms are all as long
            joined = "".join([name.ljust(8 * width, "\0") for name in names])
        filled = joined.encode()
    else:
        spelled = [name.encode("utf-8", "surrogatepass").replace(b"\0", b"\xc0\x80") for name in names]
        width = -(-max(map(len, spelled)) // 8)
        filled = b"".join([name.ljust(8 * width, b"\0") for name in spelled])
    words = np.frombuffer(filled, "<u8").reshape(len(names), width)
    hashes: Hashes = words @ _multipliers()[:width]
    return hashes


def _encode(texts: Sequence[str]) -> tuple[Codes, Kinds]:
    """Join texts into code points, and what each is, without what folds to nothing."""
    joined = _joined(texts)
    codes, kinds = _look_up(joined)
    found = kinds.tobytes()
    if _EXPANDED in found:
        for code in np.unique(codes[kinds == _EXPANDED]).tolist():
            joined = joined.replace(chr(code), EXPANSIONS[int(fold_table()[code]) - CODE_POINTS])
        codes, kinds = _look_up(joined)
    keep = kinds != _DROPPED if _DROPPED in found else None
    if _HASH in found and _JOINT in found:
        inner = _inside_hashtags(kinds)
        keep = np.ones(len(codes), np.bool_) if keep is None else keep
        keep[inner] = False
    return (codes, kinds) if keep is None else (codes[keep], kinds[keep])


def _joined(texts: Sequence[str]) -> str:
    joined = f"{_END}{_END.join(texts)}{_END}"
    if joined.count(_END) != len(texts) + 1:
        return _joined([text.replace(_END, " ") for text in texts])
    return joined


def _look_up(joined: str) -> tuple[Codes, Kinds]:
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    return codes, _kinds().take(codes)


def _inside_hashtags(kinds: Kinds) -> Places:
    """Find what joins the parts of hashtags: no boundary but others like it lies between it and the #."""
    joints = (kinds == _JOINT).nonzero()[0]
    boundaries = ((kinds < _DROPPED) & (kinds != _JOINT)).nonzero()[0]
    before = kinds[boundaries[boundaries.searchsorted(joints) - 1]]
    inner: Places = joints[before == _HASH]
    return inner


def _leave_out_chunks(codes: Codes, kinds: Kinds, begins: Places, ok: NDArray[np.bool_]) -> None:
    """Strike out the words of mentions, addresses and links: of all chunks between white space with such a mark."""
    dots = (kinds == _DOT).nonzero()[0]
    triple = [(codes[np.maximum(dots - back, 0)] | 0x20) == ord("w") for back in (1, 2, 3)]
    www = dots[triple[0] & triple[1] & triple[2]]
    slashes = (kinds == _SLASH).nonzero()[0]
    marks = np.concatenate([(kinds == _AT).nonzero()[0], www, slashes])
    if not len(marks):
        return
    spaces = (kinds <= _SPACE).nonzero()[0]
    if len(slashes):
        marks = np.concatenate([marks[: -len(slashes)], _links(codes, slashes, dots, spaces)])
    behind = spaces.searchsorted(marks)
    opened, closed = begins.searchsorted(spaces[behind - 1]), begins.searchsorted(spaces[behind])
    for first, last in zip(opened.tolist(), closed.tolist(), strict=True):
        ok[first:last] = False


def _links(codes: Codes, slashes: Places, dots: Places, spaces: Places) -> Places:
    """Find the slashes that make a link of what they stand in."""
    is_link = (codes[slashes - 1] == ord(":")) & (codes[slashes + 1] == ord("/"))
    if len(dots):
        dot = dots[np.maximum(dots.searchsorted(slashes) - 1, 0)]
        is_link |= (dot < slashes) & (dot > spaces[spaces.searchsorted(slashes) - 1])
    links: Places = slashes[is_link]
    return links


@cache
def _kinds() -> Kinds:
    """Tell what each code point is; 1 MB, built once per process."""
    folded = fold_table()
    kinds = np.full(CODE_POINTS, _LETTER, np.uint8)
    kinds[(folded >= ord("0")) & (folded <= ord("9"))] = _DIGIT
    kinds[folded >= CODE_POINTS] = _EXPANDED
    kinds[folded == DROPPED] = _DROPPED
    kinds[folded == BOUNDARY] = _BOUNDARY
    kinds[: ord(" ") + 1] = _SPACE
    kinds[ord(_END)] = _TEXT_END
    kinds[list(map(ord, _MARKS))] = list(_MARKS.values())
    kinds.flags.writeable = False
    return kinds


@cache
def _values() -> Hashes:
    """Number each letter by what it folds to; 9 MB, built once per process."""
    values = mix(fold_table().astype(np.uint64)) | np.uint64(1 << 63)
    values[_kinds() < _LETTER] = 0
    values.flags.writeable = False
    return values


def _raw_values(codes: Codes) -> Hashes:
    """Number code points as they are."""
    return mix(codes + np.uint64(1))


@cache
def _ascii_values() -> Hashes:
    return _raw_values(np.arange(128, dtype=np.uint32))


@cache
def _multipliers() -> Hashes:
    """Odd random numbers, one for each eight bytes of a name."""
    return mix(np.arange(1, 1 + 4 * _LONGEST_NAME // 8, dtype=np.uint64)) | np.uint64(1)


def _powers(length: int) -> tuple[Hashes, Hashes]:
    """Powers of the constant and of its inverse, for at least so many places."""
    powers, inverses = _all_powers(max(length - 1, 1 << 16).bit_length())
    return powers[:length], inverses


@cache
def _all_powers(bits: int) -> tuple[Hashes, Hashes]:
    return _powers_of(_BASE, bits), _powers_of(pow(_BASE, -1, 1 << 64), bits)


def _powers_of(base: int, bits: int) -> Hashes:
    powers = np.ones(1 << bits, np.uint64)
    for bit in range(bits):
        half = 1 << bit
        powers[half : 2 * half] = powers[:half] * np.uint64(pow(base, half, 1 << 64))
    return powers


def mix(numbers: Hashes) -> Hashes:
    """Spread numbers over all 64 bits: the finalizer of SplitMix64, which is one to one."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
