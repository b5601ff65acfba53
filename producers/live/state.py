"""Where a collector stands, kept on disk so that the next run goes on from there."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from tocsin.errors import LostStateError

VERSION = 1


class State(Struct, frozen=True, kw_only=True):
    """Where a collector stands. All that it has seen up to here is safe.

    Attributes:
        source: Its name.
        mark: Where the server is asked to resume: Jetstream's cursor in microseconds, Mastodon's newest id.
        newest: Newest event, epoch ms.
        vouched: Newest heartbeat, epoch ms; -1 before the first.
        lost: Where posts were lost that no heartbeat has accounted for yet, epoch ms.
        witness: Whether the witness has spoken; see :mod:`producers.live.follower`.
        saved: When it was written down, epoch ms.
        per_second: How many posts came.
        memory: What came lately; see :class:`producers.live.memory.Memory`.
        version: Of this format.
    """

    source: str
    mark: int
    newest: int | None
    vouched: int
    lost: int | None
    witness: bool
    saved: int
    per_second: float
    memory: dict[int, bytes]
    version: int = VERSION


def load_state(path: Path, source: str) -> State | None:
    """Read what an earlier run left; None if there was none.

    Args:
        path: The file.
        source: Name of the collector that it must belong to.

    Raises:
        LostStateError: When it cannot be read, or belongs to another collector.
    """
    try:
        state = msgspec.msgpack.decode(path.read_bytes(), type=State)
        odd = any(len(keys) % 8 for keys in state.memory.values())
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise LostStateError(
            f"{path}: no state of a collector ({error}). "
            "Move it away to begin with the present; what was said since is lost"
        ) from error
    if state.version != VERSION or odd:
        raise LostStateError(f"{path}: the state of another version; expected {VERSION}, got {state.version}")
    if state.source != source:
        raise LostStateError(f"{path}: the state of {state.source}, not of {source}; each needs its own --state")
    return state


def save_state(path: Path, state: State) -> None:
    """Replace the state in one step, readable by its owner alone.

    Raises:
        LostStateError: When it cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.msgpack.encode(state))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise LostStateError(f"{path}: the state cannot be written: {error.strerror}") from error
