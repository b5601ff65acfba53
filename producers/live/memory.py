"""What has come lately: a bounded memory, so that a server that repeats itself is not written twice."""

from array import array
from collections.abc import Mapping
from hashlib import blake2b

SLOTS = 8  # pieces of the window; the oldest is forgotten as a whole


def key_of(*parts: str) -> int:
    """Name something by 64 bits.

    In an hour of a million keys, one in 18 million millions is a collision: such a post would be taken for known.

    Args:
        parts: The author only as a pseudonym, for keys are kept on disk.
    """
    return int.from_bytes(blake2b("\n".join(parts).encode(errors="surrogatepass"), digest_size=8).digest(), "little")


class Memory:
    """Remembers keys for a window of event time; about 120 bytes a key, and 8 in the state file.

    Args:
        window_ms: How far back of the newest it reaches, at least.
        slots: What an earlier memory of the same window held; see :meth:`dump`.
    """

    def __init__(self, window_ms: int, slots: Mapping[int, bytes] | None = None) -> None:
        self._width = max(1, -(-window_ms // SLOTS))
        self._slots = {number: set(array("Q", packed)) for number, packed in (slots or {}).items()}

    def knows(self, key: int) -> bool:
        """Tell whether a key has come within the window."""
        return any(key in keys for keys in self._slots.values())

    def reaches(self, at: int) -> bool:
        """Tell whether what happened at a time, epoch ms, would still be remembered."""
        return not self._slots or at // self._width >= max(self._slots) - SLOTS

    def add(self, key: int, at: int) -> None:
        """Remember a key that came at a time, epoch ms, and forget what is older than the window."""
        number = at // self._width
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = set()
            oldest = max(self._slots) - SLOTS
            self._slots = {n: keys for n, keys in self._slots.items() if n >= oldest}
        slot.add(key)

    def __len__(self) -> int:
        return sum(map(len, self._slots.values()))

    def dump(self) -> dict[int, bytes]:
        """Write everything down: slot -> its keys, 8 bytes each."""
        return {number: array("Q", sorted(keys)).tobytes() for number, keys in sorted(self._slots.items())}
