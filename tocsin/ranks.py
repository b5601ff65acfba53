"""Numbers for values, and what is uneven laid out flat: the few ways in which whole columns are put in order."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]
Number = TypeVar("Number", bound=np.integer[Any])


def is_new(ordered: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which elements of a sorted array differ from the one before."""
    new = np.empty(len(ordered), np.bool_)
    new[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def different(values: NDArray[Number]) -> NDArray[Number]:
    """List the different values, ascending."""
    ordered = np.sort(values)
    return ordered[is_new(ordered)]


def ranked(values: NDArray[Number]) -> tuple[NDArray[Number], Places, Places]:
    """Number values by their order: the different ones, ascending, the number of each, and a place of each number."""
    order = values.argsort()
    ordered = values[order]
    new = is_new(ordered)
    ranks = np.empty(len(values), np.intp)
    ranks[order] = new.cumsum() - 1
    return ordered[new], ranks, order[new]


def spread(lengths: Places, starts: Places) -> Places:
    """List the places of stretches, one stretch after the other.

    Args:
        lengths: How many places each has.
        starts: The first place of each.
    """
    ends = lengths.cumsum()
    places: Places = np.arange(int(ends[-1]) if len(ends) else 0) + (starts - ends + lengths).repeat(lengths)
    return places


class Column:
    """An array that grows at its end.

    Args:
        kind: Of its elements.
    """

    __slots__ = ("_room", "_size")

    def __init__(self, kind: type[np.generic]) -> None:
        self._room: NDArray[Any] = np.empty(64, kind)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> NDArray[Any]:
        """What is in it: a view, which later growth leaves as it is."""
        return self._room[: self._size]

    def extend(self, values: NDArray[Any] | Sequence[int]) -> None:
        """Add elements."""
        end = self._size + len(values)
        if end > len(self._room):
            room = np.empty(max(end, 2 * len(self._room)), self._room.dtype)
            room[: self._size] = self.values
            self._room = room
        self._room[self._size : end] = values
        self._size = end
