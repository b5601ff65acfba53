"""``tocsin replay``: plays an archive or a scenario into Kafka, at any speed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from producers.archive import Format
from producers.archive.pacing import Pacer, rebase
from producers.archive.replay import replay as play
from producers.broker import connect
from producers.items import Item
from producers.streams import Stream, open_stream
from tocsin.cli.generate import recommended
from tocsin.cli.topics import create_topics
from tocsin.errors import TocsinError
from tocsin.settings import Settings, load_settings

_SHOW_EVERY_SECONDS = 0.2


def replay(
    stream: Annotated[str, typer.Argument(metavar="ARCHIVE_OR_SCENARIO", help="Path of an archive, or a scenario.")],
    speed: Annotated[
        str, typer.Option(help="Seconds of event time per second: 1 is as it happened, 60 a minute a second; or max.")
    ] = "max",
    to_now: Annotated[
        bool, typer.Option("--rebase", help="Move the stream in time, so that it begins now instead of back then.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of a scenario's noise.")] = 1,
    fmt: Annotated[
        Format | None, typer.Option("--format", help="Format of an archive; guessed from its first lines.")
    ] = None,
    linger_ms: Annotated[int, typer.Option(min=0, help="How long a line may wait for others to share a record.")] = 200,
) -> None:
    """Play a recorded or synthetic stream into Kafka, with the heartbeats that it lacks.

    The broker may go away meanwhile: the replay waits, and nothing is lost. What the pipeline then says is the same at
    every speed. Archives that name real authors need TOCSIN_AUTHOR_KEY, which turns them into pseudonyms.

    Examples:
      tocsin replay tehran-2009                        # nine days in seconds

      tocsin replay june.ndjson.gz --speed 60 --rebase # an hour a minute, as if it began now

      tocsin replay tweets.jsonl --format twitter-v2
    """
    factor = parse_speed(speed)
    settings = load_settings()
    console = Console(stderr=True, highlight=False, markup=False)
    key = settings.author_key.get_secret_value() if settings.author_key else None
    source = open_stream(stream, author_key=key, seed=seed, fmt=fmt)
    _advise(source, settings, console)
    create_topics(settings, on_wait=console.print)

    items = source.items(settings.rules)
    if to_now:
        items = rebase(items, time.time_ns() // 1_000_000, settings.bucket_ms)
    with connect(settings.kafka, settings.topics.posts, linger_ms=linger_ms, on_wait=console.print) as writer:
        pacer = Pacer(factor, settings.rules.ahead_ms, idle=writer.poll)
        began = time.monotonic()
        with _progress(source, console) as observe:
            count = play(items, writer, pacer, observe)
    seconds = max(time.monotonic() - began, 1e-9)
    for remark in source.remarks():
        console.print(remark, soft_wrap=True)
    console.print(
        f"{source.name}: {count:,} lines written to {settings.topics.posts.name} in {seconds:.1f} s "
        f"({count / seconds:,.0f} a second)",
        soft_wrap=True,
    )


def parse_speed(speed: str) -> float | None:
    """Read a speed: a number above zero, or ``max``, which is None.

    Raises:
        TocsinError: When it is neither.
    """
    if speed == "max":
        return None
    try:
        factor = float(speed.removesuffix("x"))
    except ValueError:
        factor = 0
    if not 0 < factor < float("inf"):
        raise TocsinError(f"--speed {speed}: expected a number above zero, such as 1 or 60, or max")
    return factor


def _advise(source: Stream, settings: Settings, console: Console) -> None:
    """Say so when the pipeline is set to something else than a scenario was made for."""
    differing = {name: value for name, value in source.settings.items() if getattr(settings, name) != value}
    if differing:
        console.print(
            f"{source.name} was made for other settings. Export them here and for the workers: "
            + " ".join(recommended(differing)),
            soft_wrap=True,
        )


@contextmanager
def _progress(source: Stream, console: Console) -> Iterator["_Observer"]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        total = source.size or (source.end - source.begin if source.begin is not None and source.end else None)
        yield _Observer(source, progress, progress.add_task(source.name, total=total, said=""))


class _Observer:
    """Shows event time, lines per second, and the share that is done where it can be known."""

    def __init__(self, source: Stream, progress: Progress, task: TaskID) -> None:
        self._source = source
        self._progress = progress
        self._task = task
        self._first = -1
        self._at = -1
        self._count = self._shown_count = 0
        self._shown = time.monotonic()

    def __call__(self, item: Item) -> None:
        self._count += 1
        if item.is_control and item.line is not None:
            self._at = item.line.at
            if self._first < 0:
                self._first = self._at
        if self._count % 256 == 0 or item.is_control:
            self._show(time.monotonic())

    def _show(self, now: float) -> None:
        if now - self._shown < _SHOW_EVERY_SECONDS:
            return
        rate = (self._count - self._shown_count) / (now - self._shown)
        when = datetime.fromtimestamp(self._at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if self._at >= 0 else ""
        done = self._source.done() if self._source.size is not None else self._at - self._first
        self._progress.update(self._task, completed=done, said=f"{when}  {rate:,.0f} lines/s")
        self._shown, self._shown_count = now, self._count
