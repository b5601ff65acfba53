"""Which format a file is in, by its first lines."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args

from producers.archive import bluesky, mastodon, twitter_v1, twitter_v2
from producers.archive.csv_rows import header_of
from producers.archive.documents import LONGEST_LINE_BYTES, Layout, documents, first_lines, layout_of
from producers.archive.files import LineFile
from producers.archive.importing import Importer, objects
from tocsin.errors import ArchiveError

Format = Literal["native", "twitter-v1", "twitter-v2", "mastodon", "bluesky", "csv"]
IMPORTERS: Mapping[Format, type[Importer]] = {
    "twitter-v1": twitter_v1.TwitterV1,
    "twitter-v2": twitter_v2.TwitterV2,
    "mastodon": mastodon.Mastodon,
    "bluesky": bluesky.Bluesky,
}
_RESEMBLES: Mapping[Format, Callable[[dict[str, Any]], bool]] = {
    "native": lambda value: (
        "heartbeat" in value or "notice" in value or {"source", "channel", "author"} <= value.keys()
    ),
    "bluesky": bluesky.resembles,
    "mastodon": mastodon.resembles,
    "twitter-v1": twitter_v1.resembles,
    "twitter-v2": twitter_v2.resembles,
}
_LOOK_AT_OBJECTS = 100


def look(path: Path) -> tuple[Layout, list[bytes]]:
    """Look at the first lines of a file.

    Returns:
        How it is laid out, and the lines.

    Raises:
        ArchiveError: When there is nothing to look at.
    """
    lines = first_lines(path)
    if not lines:
        raise ArchiveError(f"{path}: empty; expected posts, such as NDJSON with one line for each")
    return layout_of(lines), lines


def guess(path: Path, layout: Layout, lines: list[bytes]) -> Format:
    """Tell the format of a file, until something in it is recognised; what comes before may be broken.

    Args:
        path: The file.
        layout: How it is laid out.
        lines: Its first lines.

    Raises:
        ArchiveError: When it resembles nothing that is known.
    """
    if layout == "html":
        raise ArchiveError(f"{path}: a web page, not an archive; perhaps what a server sent instead of the file")
    if layout == "text":
        if len(lines) > 1 and len(header_of(lines[0])) > 1:
            raise ArchiveError(
                f"{path}: if this is CSV, say which column is what: tocsin convert {path.name} -o ARCHIVE "
                "--columns at=...,author=...,text=..."
            )
    else:
        weak: Format | None = None
        for value in islice(_first_objects(path, layout), _LOOK_AT_OBJECTS):
            for name, resembles in _RESEMBLES.items():
                if resembles(value):
                    return name
            weak = weak or ("twitter-v2" if "errors" in value else None)
        if weak:
            return weak
    raise ArchiveError(
        f"{path}: its beginning resembles none of {', '.join(get_args(Format))}; "
        "if it is one of them, say so with --format"
    )


def _first_objects(path: Path, layout: Layout) -> Iterator[dict[str, Any]]:
    for document in islice(documents(LineFile(path, LONGEST_LINE_BYTES), layout), _LOOK_AT_OBJECTS):
        yield from objects(document.value if isinstance(document.value, list) else [document.value])
