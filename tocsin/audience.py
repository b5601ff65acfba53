"""How many different people wrote: a sketch of authors that can be united, and that knows nobody.

A HyperLogLog of 1,024 registers. The hash of an author chooses a register, which keeps the highest *rank* it was given:
one more than the zeros that the rest of the hash begins with. Uniting sketches takes the higher rank of each register,
so neither the order matters, nor how authors were spread over partitions, nor whether one came twice. Only registers
that are set are written down, 16 bits each.

What a sketch tells of an author is some 12 bits of a hash of his pseudonym, which itself comes from his handle by a
key that only producers have: each rank of each register stands for whole crowds of pseudonyms. So it may lie in Redis'
journal, where no author may, and a bucket's lies there only until the next snapshot. It is not anonymous beyond that:
whoever holds a *pseudonym* can tell from the sketch of a few authors that it is not among them, or that it may be.

References:
    Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation
    algorithm", AofA 2007; Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284,
    2017, for the estimate, without a switch between small and large numbers: with few authors it is like the linear
    counting of Whang, Vander-Zanden and Taylor, ACM Trans. Database Syst. 15, 1990. Desfontaines, Lochbihler and Basin,
    "Cardinality estimators do not preserve privacy", PoPETs 2019, for the limit; Appleby, MurmurHash3, for the mixing.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tocsin.words import Hashes

REGISTER_BITS = 10
REGISTERS = 1 << REGISTER_BITS

_RANK_BITS = 6
_HIGHEST = 64 - REGISTER_BITS + 1  # rank of a hash whose rest is all zeros
_RANKS = np.uint16((1 << _RANK_BITS) - 1)
_REGISTERS = np.uint16(REGISTERS - 1)
_ALPHA = 1 / (2 * math.log(2))  # of infinitely many registers


def sketch(authors: Hashes) -> bytes:
    """Sketch authors.

    Args:
        authors: A hash of each, as from :func:`tocsin.words.hash_names`; repetitions change nothing.

    Returns:
        16 bits for each register that is set, little-endian and ascending: its number, and its rank in the low 6 bits.
    """
    return highest(entries(authors))


def entries(authors: Hashes) -> NDArray[np.uint16]:
    """Tell what each author is in a sketch: the number of a register, and the rank that it is given."""
    mixed = _mix(authors)
    # The rest goes to the top, with a one behind it, so that its zeros are those of a number of 64 bits.
    rest = mixed << np.uint64(REGISTER_BITS) | np.uint64(1 << (REGISTER_BITS - 1))
    rank = np.uint16(64) - _bits(rest) + np.uint16(1)
    return (mixed >> np.uint64(64 - REGISTER_BITS)).astype(np.uint16) << np.uint16(_RANK_BITS) | rank


def highest(found: NDArray[np.uint16]) -> bytes:
    """Sketch authors, given what each is in a sketch.

    Args:
        found: As from :func:`entries`, in any order; repetitions change nothing.
    """
    ordered = np.sort(found)
    registers = ordered >> np.uint16(_RANK_BITS)
    last = np.empty(len(ordered), np.bool_)
    last[-1:] = True
    np.not_equal(registers[1:], registers[:-1], out=last[:-1])
    return ordered[last].astype("<u2").tobytes()


def unite(sketches: Sequence[bytes]) -> bytes:
    """Sketch the authors of several sketches together; in any order the same."""
    return sketches[0] if len(sketches) == 1 else highest(np.frombuffer(b"".join(sketches), "<u2"))


def count(united: bytes) -> float:
    """Estimate how many different authors a sketch has seen.

    Returns:
        Within about 3% for thousands and more, and closer for fewer (standard errors); 0.0 for none.
    """
    ranks = np.frombuffer(united, "<u2") & _RANKS
    of_rank = np.bincount(ranks, minlength=_HIGHEST + 1).tolist()
    total = 0.0
    for rank in range(_HIGHEST, 0, -1):
        total = (total + of_rank[rank]) / 2
    total += REGISTERS * _sigma(1 - len(ranks) / REGISTERS)
    return _ALPHA * REGISTERS * REGISTERS / total


def _bits(numbers: Hashes) -> NDArray[np.uint16]:
    """Count the binary digits of numbers. A float of 53 bits would round some up to the next power of two."""
    high = numbers >> np.uint64(32)
    _, upper = np.frexp(high.astype(np.float64))
    _, lower = np.frexp((numbers & np.uint64(0xFFFFFFFF)).astype(np.float64))
    return np.where(high > 0, upper + 32, lower).astype(np.uint16)


def _sigma(empty: float) -> float:
    """Ertl's correction for registers that are not set, of whom there is a share."""
    if empty == 1.0:
        return math.inf
    total, power, step = empty, empty, 1.0
    while True:
        power *= power
        before, total = total, total + power * step
        if total == before:
            return total
        step += step


def _mix(numbers: Hashes) -> Hashes:
    """Spread hashes over all 64 bits: the finalizer of MurmurHash3, which is one to one."""
    mixed = (numbers ^ (numbers >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return mixed ^ (mixed >> np.uint64(33))
