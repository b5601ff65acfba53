"""A file that waits while its disk is full, and goes on at the very byte once there is room."""

import errno
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tocsin.errors import ArchiveError

OnFull = Callable[[str], bool]

_REMEDIES = {
    errno.ENOSPC: "Make room there, or write to another disk",
    errno.EDQUOT: "Make room there, or have the quota raised",
    errno.EFBIG: "Lift the limit on the size of files (ulimit -f), or write to another file system",
}
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 5.0


class PatientFile(io.RawIOBase):
    """Writes to a file descriptor, which it owns.

    Args:
        descriptor: Of the file.
        path: Its name, for messages.
        on_full: Told in words, again and again, what is being waited for; False gives up. None gives up at once.
        sleep: Waits for seconds.
    """

    def __init__(
        self, descriptor: int, path: Path, on_full: OnFull | None = None, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._path = path
        self._on_full = on_full
        self._sleep = sleep

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The file descriptor."""
        return self._descriptor

    def write(self, data: Any, /) -> int:
        """Write what there is room for, and at least a byte.

        Returns:
            How many bytes were written.

        Raises:
            OSError: It cannot be written, and waiting does not help, or was not wished for.
        """
        wait = _FIRST_WAIT
        while True:
            try:
                return os.write(self._descriptor, data)
            except OSError as error:
                if error.errno not in _REMEDIES or self._on_full is None:
                    raise
                words = f"{self._path}: {error.strerror}. {_REMEDIES[error.errno]}; waiting, and nothing is lost"
                if not self._on_full(words):
                    raise
            self._sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def close(self) -> None:
        """Close the descriptor; the second time, do nothing."""
        if not self.closed:
            super().close()
            os.close(self._descriptor)


def unwritable(path: Path, error: OSError, kept: Path | None = None) -> ArchiveError:
    """Spell why a file cannot be written, and what to do.

    Args:
        path: Of the archive.
        error: What the system said.
        kept: File with what was written before, if any.
    """
    words = f"{path}: cannot be written: {error.strerror or error}"
    if remedy := _REMEDIES.get(error.errno or 0):
        words += f". {remedy}, and run the command again"
    return ArchiveError(words + (f"; {kept} holds what was written before" if kept and kept.exists() else ""))
