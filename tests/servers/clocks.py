"""Wall clocks of child processes that can be set, as an operator or NTP sets those of machines."""

import os
from pathlib import Path

HOUR = 3600


class SettableClock:
    """The wall clock of the Python processes that get its environment; no other process sees it.

    Args:
        home: Folder for the file that says how wrong it is.
    """

    def __init__(self, home: Path) -> None:
        self._file = home / "clock-offset"
        self.step(0)

    def step(self, seconds: int) -> None:
        """Let it be wrong by so much from now on."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(seconds), encoding="ascii")
        fresh.replace(self._file)

    @property
    def environment(self) -> dict[str, str]:
        """Of the processes that shall see it."""
        path = [str(Path(__file__).parent / "wrong_clock"), os.environ.get("PYTHONPATH", "")]
        return {"PYTHONPATH": os.pathsep.join(filter(None, path)), "TESTS_CLOCK_OFFSET": str(self._file)}
