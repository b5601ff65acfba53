"""Archives in the formats of services: what importers find in one or more files, each post once, sorted by time.

Such archives often run from new to old, and overlap. So the posts are sorted twice: by their ids, to find what is
there more than once, and by time. What does not fit into memory waits in files, under pseudonyms already.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec

from producers.archive.documents import Layout, documents
from producers.archive.files import LineFile
from producers.archive.importing import FAULTS, SKIP_REASONS, Found, Importer, Outcome, Skipped, SkipReason
from producers.archive.sorting import RUN_BYTES, Entry, in_order
from producers.items import Item, item_of, read_line
from tocsin.posts import MAX_LINE_BYTES, Post

MAX_REMARKS = 20


class Finder(Protocol):
    """Finds posts in one file."""

    def outcomes(self) -> Iterator[tuple[str, Outcome]]:
        """Yield places, to be put behind the path, and what was found or skipped there."""


class JsonObjects:
    """The objects of a file as posts.

    Args:
        file: JSON in some layout.
        layout: Which; see :mod:`producers.archive.documents`.
        importer: Reads them.
    """

    def __init__(self, file: LineFile, layout: Layout, importer: Importer) -> None:
        self._file = file
        self._layout = layout
        self._importer = importer

    def outcomes(self) -> Iterator[tuple[str, Outcome]]:
        """Yield what each object gives, with its place."""
        for document in documents(self._file, self._layout):
            if document.fault is not None:
                yield document.place, document.fault
            elif isinstance(document.value, list):
                for number, part in enumerate(self._importer.parts(document.value), start=1):
                    for outcome in self._importer.read(part):
                        yield f"{document.place}{',' if document.place else ':'} item {number}", outcome
            else:
                for outcome in self._importer.read(document.value):
                    yield document.place, outcome


class Imported:
    """What was found in some files, as one archive.

    Args:
        files: Each with what finds the posts in it.
        run_bytes: How much is held in memory; see :func:`producers.archive.sorting.in_order`.

    Attributes:
        size: Bytes on disk.
        counts: What was skipped, by reason, as far as has been read.
        faults: The first that were skipped since something is wrong, by file, place and reason; likewise.
    """

    def __init__(self, files: Sequence[tuple[LineFile, Finder]], run_bytes: int = RUN_BYTES) -> None:
        self._files = files
        self._run_bytes = run_bytes
        self.size = sum(file.size for file, _ in files)
        self.counts: Counter[SkipReason] = Counter()
        self.faults: list[str] = []

    @property
    def done(self) -> int:
        """Bytes read so far; all of them before the first post comes out."""
        return sum(file.done for file, _ in self._files)

    @property
    def remarks(self) -> list[str]:
        """What was skipped: the first faults by file, place and reason, then all by reason."""
        name = self._files[0][0].path if len(self._files) == 1 else "all files"
        return [*self.faults, *(f"{name}: {why}: {self.counts[why]:,}" for why in SKIP_REASONS if self.counts[why])]

    def __iter__(self) -> Iterator[Item]:
        """Yield the posts, from old to new."""
        self.faults, self.counts = [], Counter()
        firsts = self._first_versions(in_order(self._found(), self._run_bytes))
        for entry in in_order(firsts, self._run_bytes):
            yield read_line(entry[-1])

    def _found(self) -> Iterator[Entry]:
        """Yield all posts and their versions, to be sorted by what they are known by."""
        for file, finder in self._files:
            for place, outcome in finder.outcomes():
                entry = _entry(outcome) if isinstance(outcome, Found) else outcome
                if isinstance(entry, Skipped):
                    self._skip(f"{file.path}{place}", entry)
                else:
                    yield entry

    def _first_versions(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Let the first version of each post through, to be sorted by time."""
        known, last = None, 0
        for identity, author, version, at, raw in entries:
            if (identity, author) == known:
                self.counts["repeated" if version == last else "edit"] += 1
            else:
                yield at, len(identity), identity, author, raw  # ids that are numbers sort as such
            known, last = (identity, author), version

    def _skip(self, place: str, skipped: Skipped) -> None:
        self.counts[skipped.reason] += 1
        if skipped.reason in FAULTS and len(self.faults) < MAX_REMARKS:
            self.faults.append(f"{place}: {skipped.reason}{skipped.detail and f': {skipped.detail}'}")


def _entry(found: Found) -> Entry | Skipped:
    """Spell a post as the pipeline will take it."""
    post: Any = found.post
    try:
        item = item_of(post)
        while len(item.raw) > MAX_LINE_BYTES and post.text:  # letters that take many bytes
            post = msgspec.structs.replace(post, text=post.text[: len(post.text) // 2])
            item = item_of(post)
    except UnicodeEncodeError:
        return Skipped("bad_encoding", "half a surrogate pair")
    read = read_line(item.raw).line
    if not isinstance(read, Post):
        return Skipped("bad_field", "a field that is out of bounds")
    return read.id, read.author, found.version, read.at, item.raw
