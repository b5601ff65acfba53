"""Python runs this at its start in a process whose clock is to be wrong: it adds what a file says, in seconds.

The clock that never goes back (``time.monotonic``) stays right, as it does on a machine whose wall clock is set.
"""

import os
import time
from pathlib import Path

_LOOK_EVERY_SECONDS = 0.1
_FILE = Path(os.environ["TESTS_CLOCK_OFFSET"])
_right, _right_ns, _monotonic = time.time, time.time_ns, time.monotonic
_offset, _looked = 0, -1.0


def _wrong_by() -> int:
    global _offset, _looked
    now = _monotonic()
    if now - _looked > _LOOK_EVERY_SECONDS:
        _offset, _looked = int(_FILE.read_text(encoding="ascii") or 0), now
    return _offset


def _wrong() -> float:
    return _right() + _wrong_by()


def _wrong_ns() -> int:
    return _right_ns() + _wrong_by() * 1_000_000_000


time.time, time.time_ns = _wrong, _wrong_ns
