"""How long to wait before another attempt: chance decides, so that collectors do not all come back at once.

References:
    Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: full jitter.
"""

from collections.abc import Callable

_FIRST_SECONDS, _MOST_SECONDS = 0.5, 30.0


class Backoff:
    """Grows with each attempt that fails.

    Args:
        chance: Gives numbers from 0 to 1.
    """

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._most = _FIRST_SECONDS

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        seconds = self._chance() * self._most
        self._most = min(2 * self._most, _MOST_SECONDS)
        return seconds

    def reset(self) -> None:
        """Begin again with short pauses, for an attempt succeeded."""
        self._most = _FIRST_SECONDS
