"""Who wrote the posts of a bucket: different authors, each by a hash of the pseudonym."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tocsin.ranks import Places, ranked
from tocsin.words import Hashes


class Authors(NamedTuple):
    """The authors of some posts.

    Attributes:
        hashes: Of the different ones, ascending.
        of_row: The author of each post, by place among these.
        often: Whether each post's author has written another one.
    """

    hashes: Hashes
    of_row: Places
    often: NDArray[np.bool_]


def authors_of(hashes: Sequence[Hashes]) -> Authors:
    """Tell authors apart, given the hash of each post's, in parts."""
    different, of_row, _ = ranked(np.concatenate(hashes))
    return Authors(different, of_row, (np.bincount(of_row) > 1)[of_row])
