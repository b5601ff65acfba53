"""Archives: recorded streams, read line by line and played again."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol, get_args

import msgspec

from producers.archive.files import LineFile
from producers.archive.native import NativeArchive
from producers.archive.twitter_v2 import LONGEST_LINE_BYTES, TwitterV2Archive
from producers.items import Item
from tocsin.errors import ArchiveError

Format = Literal["native", "twitter-v2"]
_GUESS_FROM_LINES = 100


class Archive(Protocol):
    """A recorded stream.

    Attributes:
        size: Bytes on disk.
    """

    size: int

    @property
    def done(self) -> int:
        """Bytes read so far."""

    @property
    def remarks(self) -> list[str]:
        """What was left out, and why."""

    def __iter__(self) -> Iterator[Item]:
        """Yield the lines in the order of the stream, from the start each time."""


def open_archive(path: Path, author_key: str | None = None, fmt: Format | None = None) -> Archive:
    """Open an archive.

    Args:
        path: Plain or gzipped NDJSON.
        author_key: Secret that makes pseudonyms; needed for archives that name real authors.
        fmt: Its format; guessed from its first lines if None.

    Raises:
        ArchiveError: When it cannot be read, is empty, or resembles no format that is known.
        SettingsError: When it needs a key and none, or a short one, is given.
    """
    if (fmt or _guess(path)) == "twitter-v2":
        return TwitterV2Archive(path, author_key)
    return NativeArchive(path)


def _guess(path: Path) -> Format:
    """Look at the first lines until one is recognised; the others may be broken."""
    lines = list(islice((raw for _, raw in LineFile(path, LONGEST_LINE_BYTES) if raw.strip()), _GUESS_FROM_LINES))
    if not lines:
        raise ArchiveError(f"{path}: empty; expected NDJSON, one line for each post, heartbeat or page of tweets")
    for raw in lines:
        try:
            line = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
        keys = line.keys() if isinstance(line, dict) else set[str]()
        if "heartbeat" in keys or "notice" in keys or {"source", "channel", "author"} <= keys:
            return "native"
        if {"data", "errors"} & keys or {"author_id", "created_at"} & keys:
            return "twitter-v2"
    raise ArchiveError(
        f"{path}: its first {len(lines)} lines resemble none of {', '.join(get_args(Format))}; "
        "if it is one of them, say so with --format"
    )
