"""Archives in Tocsin's own format: the very lines of the wire, in the order of the stream; plain or packed.

Nothing is changed and nothing left out, so that a broken line reaches the pipeline and is counted there. Only of a
line beyond 512 KiB the rest is skipped: it is far too large for the pipeline either way.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from producers.archive.files import LineFile
from producers.archive.manifest import read_manifest
from producers.items import Item, read_lines

LONGEST_LINE_BYTES = 512 * 1024  # the pipeline refuses lines far shorter than that


class NativeArchive:
    """An archive of wire lines, read as it streams.

    Args:
        path: The file.

    Raises:
        ArchiveError: When there is no such file, or its manifest is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._lines = LineFile(path, LONGEST_LINE_BYTES)
        self._manifest = read_manifest(path)
        self.size = self._lines.size

    @property
    def done(self) -> int:
        """Bytes read so far."""
        return self._lines.done

    @property
    def remarks(self) -> list[str]:
        """What has been lost or added since the archive was written, as its manifest knows; nothing is left out."""
        found, manifest = self._lines.lines, self._manifest
        if manifest is None or found is None or found == manifest.lines:
            return []
        return [f"{self._lines.path}: {found:,} lines, but {manifest.lines:,} were written, as its manifest says"]

    def __iter__(self) -> Iterator[Item]:
        """Yield the lines in their order; blank ones are skipped."""
        return chain.from_iterable(map(read_lines, self._lines.blocks()))

    def blocks(self) -> Iterator[bytes]:
        """Yield the same lines unread, many at a time, blank ones too; see :meth:`LineFile.blocks`."""
        return self._lines.blocks()
