"""What an archive holds, kept beside it, so that nobody has to read it through to know."""

from pathlib import Path

import msgspec
from msgspec import Struct

from tocsin.errors import ArchiveError

VERSION = 1


class Manifest(Struct, frozen=True):
    """The contents of an archive in numbers. It names no author and quotes no post.

    Attributes:
        version: Of this form.
        origin: Where the lines came from, in one sentence.
        lines: All of them.
        posts: Those that are posts.
        heartbeats: Those that are heartbeats.
        notices: Those that are notices.
        unusable: Those that the pipeline will reject.
        first: Earliest event time of a post, epoch ms; None if there is none.
        last: Latest event time of a post, likewise.
        channels: Posts by channel, in alphabetical order.
        sources: Posts by source, likewise.
        digest: BLAKE2b-128 of the unpacked content, in hexadecimal digits.
    """

    version: int
    origin: str
    lines: int
    posts: int
    heartbeats: int
    notices: int
    unusable: int
    first: int | None
    last: int | None
    channels: dict[str, int]
    sources: dict[str, int]
    digest: str


def manifest_path(archive: Path) -> Path:
    """Tell where the manifest of an archive lies."""
    return archive.with_name(f"{archive.name}.manifest.json")


def read_manifest(archive: Path) -> Manifest | None:
    """Read the manifest of an archive.

    Args:
        archive: Path of the archive itself.

    Returns:
        None if it has none.

    Raises:
        ArchiveError: When it is damaged, or of another version.
    """
    path = manifest_path(archive)
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ArchiveError(f"{path}: no manifest of an archive: {error}. It may be deleted") from error
    if manifest.version != VERSION:
        raise ArchiveError(f"{path}: a manifest of version {manifest.version}, expected {VERSION}. It may be deleted")
    return manifest
