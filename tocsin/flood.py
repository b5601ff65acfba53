"""A limit on dead letters: where most lines are unusable, a worker should rather stop than throw a stream away."""

from collections.abc import Sequence

from tocsin.errors import DeadLetterFloodError

WINDOW = 10_000  # lines


class DeadLetterLimit:
    """Counts lines of one partition in windows, by their number alone: time plays no part.

    Args:
        where: Topic and partition, for the error.
        percent: Share of a window above which it is a flood; 100 is never exceeded.
        window: Lines.
    """

    def __init__(self, where: str, percent: int, window: int = WINDOW) -> None:
        self._where = where
        self._percent = percent
        self._window = window
        self._lines = self._unusable = 0

    def count(self, usable: int, unusable: Sequence[str]) -> None:
        """Count the lines of one record.

        Args:
            usable: How many could be used.
            unusable: Why each of the others could not: words of a closed set.

        Raises:
            DeadLetterFloodError: When the share of the window is beyond the limit.
        """
        self._lines += usable + len(unusable)
        self._unusable += len(unusable)
        if self._unusable * 100 > self._percent * max(self._lines, self._window):
            raise DeadLetterFloodError(
                f"{self._where}: {self._unusable:,} of the last {self._lines:,} lines could not be used, most lately "
                f"since {unusable[-1]}; TOCSIN_DEAD_LETTER_PERCENT is {self._percent}. They are in posts.dead. "
                "Stop whoever writes them; or raise the limit, and the worker goes on where it stopped"
            )
        if self._lines >= self._window:
            self._lines = self._unusable = 0
