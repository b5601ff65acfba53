"""``tocsin record``: writes what passes through the topic ``posts`` into an archive."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from producers.archive.manifest import Manifest
from producers.archive.writing import ArchiveWriter
from producers.items import Item
from producers.recording.recorder import Limits, Recorder
from producers.recording.topic import Begin, TopicReader, open_topic
from tocsin.cli.bounds import read_bound
from tocsin.cli.controls import Controls
from tocsin.cli.show import stderr, utc
from tocsin.settings import load_settings

_SHOW_EVERY_SECONDS = 0.2


def record(
    output: Annotated[Path, typer.Option("--output", "-o", help="Archive to write; packed if it ends in .zst or .gz.")],
    begin: Annotated[
        Begin, typer.Option("--from", help="All that Kafka still holds, or what comes next.")
    ] = "earliest",
    end: Annotated[
        str | None, typer.Option("--to", help="Event time at which it ends, such as 2009-06-15T18:30Z, or a date.")
    ] = None,
    until_idle: Annotated[
        float | None, typer.Option(min=0, help="End when nothing has come for so many seconds.")
    ] = None,
    posts: Annotated[int | None, typer.Option(min=1, help="End after so many posts.")] = None,
) -> None:
    """Record the stream: every line byte for byte, the broken ones too, with all heartbeats and notices.

    Played again, the archive leads to the same incidents. It holds what people wrote: only its owner may read it.
    Ctrl-C ends it in order. While the broker is away or the disk is full it waits, and nothing is lost.

    Examples:
      tocsin record -o june.ndjson.zst                    # what Kafka holds and what comes, until Ctrl-C

      tocsin record -o june.ndjson.zst --until-idle 10    # what Kafka holds, and no more

      tocsin record -o tonight.ndjson.zst --from latest --to 2009-06-16T05:00Z

      tocsin record -o sample.ndjson --posts 1000
    """
    settings = load_settings()
    console = stderr()
    topic = settings.topics.posts.name
    limits = Limits(posts, until_idle, None if end is None else read_bound(end))
    with closing(open_topic(settings.broker, topic, begin, on_wait=console.print)) as reader, Controls() as controls:

        def on_full(words: str) -> bool:
            console.print(words)
            return not controls.is_stopped

        with ArchiveWriter(output, f"recorded from the topic {topic}", on_full=on_full) as archive:
            with _progress(reader, topic, console) as seen:
                recorder = Recorder(
                    reader,
                    archive,
                    limits,
                    is_stopped=lambda: controls.is_stopped,
                    observe=seen.observe,
                    idle=seen.tick,
                )
                recorder.run()
            archive.origin = f"recorded from the topic {topic}, {_offsets(reader)}"
            manifest = archive.close()
    _sum_up(manifest, output, reader, recorder, console)


def _offsets(reader: TopicReader) -> str:
    """Spell which offsets were read, of each partition."""
    spelt = (
        f"{n}: {reader.begins[n]} to {last - 1}" if last > reader.begins[n] else f"{n}: none"
        for n, last in sorted(reader.positions.items())
    )
    return f"offsets by partition {', '.join(spelt)}"


def _sum_up(manifest: Manifest, path: Path, reader: TopicReader, recorder: Recorder, console: Console) -> None:
    times = (
        "" if manifest.first is None or manifest.last is None else f", {utc(manifest.first)} to {utc(manifest.last)}"
    )
    unusable = f", {manifest.unusable:,} unusable" if manifest.unusable else ""
    console.print(f"{path}: {manifest.lines:,} lines, {manifest.posts:,} posts{unusable}{times}")
    console.print(f"Read {_offsets(reader)}")
    if late := [f"{n} at {begin}" for n, begin in sorted(reader.begins.items()) if begin]:
        console.print(f"It does not begin with the topic. Partitions begin at: {', '.join(late)}")
    for partition, count in sorted(recorder.missing.items()):
        console.print(
            f"Partition {partition}: {count:,} records are missing: Kafka dropped them before they were read. "
            "TOCSIN_POSTS_RETENTION_HOURS says how long it keeps them"
        )
    if recorder.disordered:
        console.print(
            f"{recorder.disordered:,} heartbeats or notices came in different orders in different partitions, as from "
            "several producers: the earliest were put first"
        )


class _Screen:
    """Shows how far the recording has come."""

    def __init__(self, reader: TopicReader, progress: Progress) -> None:
        self._reader = reader
        self._progress = progress
        self._total = sum(reader.ends.values()) - sum(reader.begins.values())
        self._task = progress.add_task("recording", total=self._total or None, said="")
        self._at = -1
        self._lines = self._lines_then = 0
        self._then = time.monotonic()

    def observe(self, item: Item) -> None:
        """Take in a line that was written."""
        self._lines += 1
        if item.is_control and item.line is not None:
            self._at = item.line.at

    def tick(self) -> None:
        """Show how things stand, if that was not done just now."""
        now = time.monotonic()
        if now - self._then < _SHOW_EVERY_SECONDS:
            return
        rate = (self._lines - self._lines_then) / (now - self._then)
        self._then, self._lines_then = now, self._lines
        read = sum(self._reader.positions.values()) - sum(self._reader.begins.values())
        state = "  what comes is recorded, Ctrl-C ends it" if read >= self._total else ""
        when = utc(self._at // 1000 * 1000) if self._at >= 0 else ""
        said = f"{when}  {self._lines:,} lines, {rate:,.0f} a second{state}"
        self._progress.update(self._task, completed=min(read, self._total), said=said)


@contextmanager
def _progress(reader: TopicReader, topic: str, console: Console) -> Iterator[_Screen]:
    columns = (TextColumn(topic), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Screen(reader, progress)
