"""Writing archives: lines of the wire, byte for byte, packed as the name says, and a manifest beside them."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from hashlib import blake2b
from io import BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from producers.archive.manifest import VERSION, Manifest, manifest_path
from producers.archive.packing import packing
from producers.archive.room import OnFull, PatientFile, unwritable
from producers.items import Item, Line
from tocsin.errors import ArchiveError
from tocsin.posts import Heartbeat, Notice, Post

MAX_NAMES = 1000  # of channels, and of sources; a stream could name millions
OTHERS = "(others)"
_BUFFER_BYTES = 256 * 1024
_LINGER_SECONDS = 1.0


class ArchiveWriter:
    """Writes lines to an archive, and a manifest beside it; see :class:`producers.items.Sink`.

    Until it is closed the archive is called ``PATH.part``, which may be read up to the last flush. It stays if the
    writing breaks off, and the next writer to the same path replaces it. The same lines give the same bytes.

    Args:
        path: Packed as its name says: ``.zst`` (zstandard), ``.gz``, anything else plain. Only its owner may read it.
        origin: One sentence for the manifest: where the lines came from.
        on_full: Told in words while the disk is full, and the writing waits for room; False gives up. None gives up at
            once.
        clock: Monotonic seconds.

    Attributes:
        origin: As given; it may change until the archive is closed.

    Raises:
        ArchiveError: When it cannot be written; so do all methods.
    """

    def __init__(
        self, path: Path, origin: str, *, on_full: OnFull | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._on_full = on_full
        self._part = path.with_name(f"{path.name}.part")
        self._clock = clock
        self._waiting: list[Item] = []
        self._size = 0
        self._since: float | None = None  # when the oldest line that is not flushed was written
        self.origin = origin
        self._content = _Content()
        try:
            self._file = _open_private(self._part, on_full)
            self._packer = packing(self._file, path.suffix)
        except OSError as error:
            raise self._unwritable(error) from error

    def write(self, item: Item) -> None:
        """Write a line, byte for byte."""
        if self._since is None:
            self._since = self._clock()
        self._waiting.append(item)
        self._size += len(item.raw) + 1
        if self._size >= _BUFFER_BYTES:
            self._hand_over()

    def poll(self) -> None:
        """Flush what has waited longer than a second."""
        if self._since is not None and self._clock() - self._since >= _LINGER_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Make everything that has been written so far readable on disk."""
        self._hand_over()
        self._since = None
        try:
            self._packer.flush()
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from error

    def close(self) -> Manifest:
        """Write the manifest, and give the archive its name.

        Returns:
            The manifest.
        """
        try:
            return self._finish()
        finally:
            self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file.closed:
            return
        if kind is None:
            self.close()
            return
        # What has been written is worth keeping, yet the archive is not whole. What went wrong has been raised already.
        with suppress(ArchiveError):
            self.flush()
        self._let_go()

    def _finish(self) -> Manifest:
        self._hand_over()
        manifest = self._content.manifest(self.origin)
        beside = manifest_path(self._path)
        try:
            self._packer.finish()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            beside.unlink(missing_ok=True)  # of an earlier archive of this name; it must never describe this one
            self._part.replace(self._path)
            _write_privately(
                beside, self._on_full, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
            )
        except OSError as error:
            raise self._unwritable(error) from error
        return manifest

    def _let_go(self) -> None:
        with suppress(OSError):
            self._file.close()

    def _hand_over(self) -> None:
        if not self._waiting:
            return
        data = b"\n".join([item.raw for item in self._waiting]) + b"\n"
        self._content.count([item.line for item in self._waiting])
        self._content.digest.update(data)
        self._waiting, self._size = [], 0
        try:
            self._packer.write(data)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> ArchiveError:
        return unwritable(self._path, error, self._part)


class _Content:
    """What a manifest will say."""

    def __init__(self) -> None:
        self._kinds: Counter[type] = Counter()
        self._first: int | None = None
        self._last: int | None = None
        self._channels: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        self.digest = blake2b(digest_size=16)

    def count(self, lines: Sequence[Line | None]) -> None:
        """Count lines, many at once; None is one that cannot be used."""
        self._kinds.update(map(type, lines))
        posts = [line for line in lines if isinstance(line, Post)]
        if posts:
            times = [post.at for post in posts]
            first, last = min(times), max(times)
            self._first = first if self._first is None else min(self._first, first)
            self._last = last if self._last is None else max(self._last, last)
            _count_names(self._channels, [post.channel for post in posts])
            _count_names(self._sources, [post.source for post in posts])

    def manifest(self, origin: str) -> Manifest:
        return Manifest(
            version=VERSION,
            origin=origin,
            lines=self._kinds.total(),
            posts=self._kinds[Post],
            heartbeats=self._kinds[Heartbeat],
            notices=self._kinds[Notice],
            unusable=self._kinds[type(None)],
            first=self._first,
            last=self._last,
            channels=dict(sorted(self._channels.items())),
            sources=dict(sorted(self._sources.items())),
            digest=self.digest.hexdigest(),
        )


def _count_names(counts: Counter[str], names: Iterable[str]) -> None:
    for name, n in Counter(names).items():  # in the order in which they came first
        counts[name if name in counts or len(counts) < MAX_NAMES else OTHERS] += n


def _open_private(path: Path, on_full: OnFull | None) -> IO[bytes]:
    """Open a file for its owner alone, whatever it was before."""
    path.unlink(missing_ok=True)
    return BufferedWriter(PatientFile(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), path, on_full))


def _write_privately(path: Path, on_full: OnFull | None, data: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    with _open_private(part, on_full) as file:
        file.write(data)
    part.replace(path)
