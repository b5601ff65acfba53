"""``tocsin convert``: makes an archive of Tocsin's own of what other programs have kept."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from producers.archive import Archive, Format, Wishes, open_archives
from producers.archive.csv_rows import parse_columns
from producers.archive.imported import Imported
from producers.archive.importing import SKIP_REASONS, SkipReason
from producers.archive.manifest import Manifest
from producers.archive.merging import merged
from producers.archive.writing import ArchiveWriter
from producers.items import Item
from tocsin.cli.show import print_json, utc
from tocsin.errors import ArchiveError
from tocsin.posts import Post
from tocsin.settings import load_settings

_NAMED_INPUTS = 5


def convert(  # noqa: PLR0913, PLR0917  # the options of a command
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Files to read, plain or packed.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Archive to write; packed if it ends in .zst or .gz.")],
    fmt: Annotated[
        Format | None, typer.Option("--format", help="Format of the inputs; guessed from their first lines.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Of CSV: which column is what, such as id=tweet_id,at=created_at,author=user,...")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Channel of the posts, instead of the service's.")] = None,
    source: Annotated[str | None, typer.Option(help="Source of the posts, instead of the service's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the account as JSON.")] = False,
) -> None:
    """Make one archive of what other programs have kept: tweets, Mastodon, Bluesky, CSV; or of other archives.

    Posts come out sorted by time, each once. Whatever is skipped is counted, and a fault costs itself alone. Archives
    that name authors need TOCSIN_AUTHOR_KEY, which turns them into pseudonyms. Lines of Tocsin's own archives are
    copied byte for byte.

    Examples:
      tocsin convert stream.jsonl.gz -o june.ndjson.zst

      tocsin convert 2009-06-*.json -o june.ndjson.zst --json

      tocsin convert sms.csv -o sms.ndjson --columns at=sent,author=number,text=body --channel sms
    """
    if output.resolve() in {path.resolve() for path in inputs}:
        raise ArchiveError(f"{output}: cannot be both read and written; choose another --output")
    key = load_settings().author_key
    wishes = Wishes(fmt, parse_columns(columns) if columns else None, channel, source)
    console = Console(stderr=True, highlight=False, markup=False)
    account = _Account()
    archives = open_archives(inputs, key.get_secret_value() if key else None, wishes, account.refuse)
    began = time.monotonic()
    with _progress(archives, output.name, console):
        manifest = _write(account.items(archives), output, inputs)
    seconds = max(time.monotonic() - began, 1e-9)
    if manifest is None:
        why = ", ".join(f"{reason}: {count:,}" for reason, count in account.skipped.items()) or "no posts"
        raise ArchiveError("\n".join([f"{_names(inputs)}: nothing could be imported ({why})", *account.faults]))
    for fault in account.faults:
        console.print(fault, soft_wrap=True)
    rate = f"{manifest.lines / seconds:,.0f} a second"
    console.print(f"{output}: {manifest.lines:,} lines written in {seconds:.1f} s ({rate})", soft_wrap=True)
    if as_json:
        print_json(_facts(output, manifest, account))
    else:
        Console(highlight=False, markup=False).print(_table(manifest, account))


@dataclass
class _Account:
    """What became of what was read.

    Attributes:
        reposts: Posts that are reposts.
        skipped: What was left out, by reason.
        faults: The first faults, by file, place and reason.
    """

    reposts: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def refuse(self, error: ArchiveError) -> None:
        """Note that a file could not be read, or that the rest of it cannot."""
        self.skipped["unreadable"] += 1
        self.faults.append(str(error))

    def items(self, archives: Sequence[Archive]) -> Iterator[Item]:
        """Yield all lines of all archives, as far as they can be read."""
        for item in merged([self._readable(archive) for archive in archives]):
            if isinstance(item.line, Post):
                self.reposts += item.line.repost
            yield item
        for archive in archives:
            if isinstance(archive, Imported):
                self.skipped.update(archive.counts)
                self.faults += archive.faults

    def _readable(self, archive: Archive) -> Iterator[Item]:
        if isinstance(archive, Imported):  # it counts what it cannot read
            yield from archive
            return
        try:
            yield from archive
        except ArchiveError as error:
            self.refuse(error)


def _write(items: Iterator[Item], output: Path, inputs: Sequence[Path]) -> Manifest | None:
    """Write an archive; None if there is nothing to be written, and then no file either."""
    first = next(items, None)
    if first is None:
        return None
    writer = ArchiveWriter(output, f"Converted from {_names(inputs)}.")
    with writer:
        for item in chain((first,), items):
            writer.write(item)
        return writer.close()


def _names(inputs: Sequence[Path]) -> str:
    more = len(inputs) - _NAMED_INPUTS
    return ", ".join(path.name for path in inputs[:_NAMED_INPUTS]) + (f" and {more} more" if more > 0 else "")


def _facts(output: Path, manifest: Manifest, account: _Account) -> dict[str, object]:
    return {
        "archive": str(output),
        "lines": manifest.lines,
        "posts": manifest.posts,
        "reposts": account.reposts,
        "heartbeats": manifest.heartbeats,
        "notices": manifest.notices,
        "unusable": manifest.unusable,
        "first": manifest.first,
        "last": manifest.last,
        "skipped": {reason: account.skipped[reason] for reason in SKIP_REASONS if account.skipped[reason]},
        "digest": manifest.digest,
    }


def _table(manifest: Manifest, account: _Account) -> Table:
    table = Table(box=None, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("posts", f"{manifest.posts:,}")
    for name, count in (
        ("of them reposts", account.reposts),
        ("heartbeats", manifest.heartbeats),
        ("notices", manifest.notices),
        ("unusable lines, copied", manifest.unusable),
    ):
        if count:
            table.add_row(name, f"{count:,}")
    for reason in SKIP_REASONS:
        if count := account.skipped[reason]:
            table.add_row(f"skipped: {reason}", f"{count:,}")
    if manifest.first is not None and manifest.last is not None:
        table.add_row("from", utc(manifest.first))
        table.add_row("to", utc(manifest.last))
    return table


class _Reading(Progress):
    """Asks how far the reading has come whenever it draws itself: the first post may be long in coming."""

    archives: Sequence[Archive] = ()

    def get_renderables(self) -> Iterable[RenderableType]:
        for task in self.tasks:
            self.update(task.id, completed=sum(archive.done for archive in self.archives))
        return super().get_renderables()


@contextmanager
def _progress(archives: Sequence[Archive], name: str, console: Console) -> Iterator[None]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with _Reading(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.archives = archives
        progress.add_task(name, total=sum(archive.size for archive in archives))
        yield
