"""Emergent terms: does a crowd use a word that hardly anybody used before?

What is expected of a word is its share of all people so far, times the people of the last three buckets. Its history
is a cell of a table of fixed size, chosen by its hash: words that share a cell seem more common than they are, so that
chance hides an emergent word now and then, and makes none. A bucket enters the history once it has left the window.
What many say in one bucket alone may be one post, copied: the loudest bucket counts for no more than twice the next.
Every ``HALVING`` buckets all of the history is halved, the people in it too, so that old words are forgotten and new
ones become ordinary. Everything that accumulates is an integer.

References:
    Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its applications",
    J. Algorithms 55, 2005, here with a single row, for it is wide; Schubert, Weiler and Kriegel, "SigniTrend: scalable
    detection of emerging topics in textual streams by hashed significance thresholds", KDD 2014, for the idea to keep
    the expectation of all words in hashed cells; Lawless, "Negative binomial and mixed Poisson regression", Can. J.
    Statist. 15, 1987, for the likelihood.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tocsin.crowds import CELL_BITS, MOST_AUTHORS, WINDOW, Terms
from tocsin.detect.tails import deviance

HALVING = 512  # buckets with people in them
LEAST_HISTORY = 120  # buckets: before, every word would be new
PRIOR = 1.0  # authors that a word never seen before is credited with, in all of the history
LOUDEST = 2  # times the next: so much the loudest bucket of a window counts at most
DISPERSION = 0.15  # alpha of the negative binomial: what people repeat after one another

_ONE = 256  # the unit of the history, so that halving loses no single use at once
_COUNT_BITS = MOST_AUTHORS.bit_length()


@dataclass(frozen=True)
class Emergent:
    """A word in the three buckets up to one.

    Attributes:
        word: Folded.
        authors: Distinct ones in the last bucket.
        window: The distinct ones of each of the three buckets added up, of the loudest no more than twice the next.
        expected: What that sum was expected to be.
        score: Log-likelihood ratio of the sum against what was expected, in nats.
    """

    word: str
    authors: int
    window: int
    expected: float
    score: float


class TermDetector:
    """The history of all words, and the buckets of the window that have not entered it yet."""

    def __init__(self) -> None:
        self._history: NDArray[np.int64] = np.zeros(1 << CELL_BITS, np.int64)
        self._people = 0  # that wrote in the history, in the same unit
        self._buckets = 0  # that the history has taken in
        self._window: deque[tuple[int, bytes, int]] = deque()  # people, uses and level of the last buckets

    def look(self, people: int, terms: Terms | None, least: float) -> list[Emergent]:
        """Take in the next bucket.

        Args:
            people: Distinct authors in it.
            terms: Its terms.
            least: Score from which a word is told.

        Returns:
            The words whose three buckets are beyond chance, by ascending hash.
        """
        found = self._found(people, terms, least) if terms and terms.words else []
        self._window.append((people, terms.uses, terms.level) if terms else (people, b"", 0))
        if len(self._window) == WINDOW:
            self._learn(*self._window.popleft())
        return found

    def _found(self, people: int, terms: Terms, least: float) -> list[Emergent]:
        if self._buckets < LEAST_HISTORY:
            return []
        cells = np.frombuffer(terms.cells, "<u4")
        authors = np.frombuffer(terms.authors, "<u2").reshape(-1, WINDOW)
        window = _heard(authors)
        of_window = people + sum(earlier for earlier, _, _ in self._window)
        expected = (self._history[cells] + PRIOR * _ONE) * (of_window / self._people)
        score = np.where(window > expected, deviance(window, expected, np.full(len(window), DISPERSION)), 0.0)
        beyond = np.flatnonzero(score >= least).tolist()
        words = terms.words.split(" ") if beyond else []
        return [
            Emergent(words[i], int(authors[i, 0]), int(window[i]), float(expected[i]), float(score[i])) for i in beyond
        ]

    def _learn(self, people: int, uses: bytes, level: int) -> None:
        """Let a bucket enter the history, unless only a sample of its terms is known or nobody wrote in it."""
        if level or not people:
            return
        used = np.frombuffer(uses, "<u4")
        np.add.at(self._history, used >> _COUNT_BITS, (used & MOST_AUTHORS).astype(np.int64) * _ONE)
        self._people += people * _ONE
        self._buckets += 1
        if self._buckets % HALVING == 0:
            self._history >>= 1
            self._people >>= 1

    def snapshot(self) -> dict[str, Any]:
        """Write the state down: plain values and the bytes of the cells that are not empty."""
        cells = np.flatnonzero(self._history)
        return {
            "cells": cells.astype("<u4").tobytes(),
            "values": self._history[cells].astype("<i8").tobytes(),
            "people": self._people,
            "buckets": self._buckets,
            "window": list(self._window),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Read back what :meth:`snapshot` wrote."""
        self._history[:] = 0
        self._history[np.frombuffer(state["cells"], "<u4")] = np.frombuffer(state["values"], "<i8")
        self._people = state["people"]
        self._buckets = state["buckets"]
        self._window = deque((people, uses, level) for people, uses, level in state["window"])


def _heard(authors: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Add up the authors of each window, those of its loudest bucket only up to twice those of the next."""
    ordered = np.sort(authors.astype(np.int64), axis=1)
    total: NDArray[np.int64] = ordered[:, :-1].sum(axis=1) + np.minimum(ordered[:, -1], LOUDEST * ordered[:, -2])
    return total
