"""``tocsin replay``: plays an archive or a scenario into Kafka, at any speed."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import typer
from rich.console import Console

from producers.archive import Format
from producers.archive.cut import between
from producers.archive.moving import Loop, period_of, rebase
from producers.archive.pacing import Pacer
from producers.archive.replay import Played
from producers.archive.replay import replay as play
from producers.archive.timeline import timeline
from producers.broker import connect
from producers.items import Item, signed
from producers.streams import Stream, open_stream
from tocsin.cli.bounds import read_bounds
from tocsin.cli.controls import Controls
from tocsin.cli.generate import recommended
from tocsin.cli.playing import Screen, Shown, screen, speed_reached
from tocsin.cli.show import stderr
from tocsin.cli.topics import create_topics
from tocsin.errors import ArchiveError, TocsinError
from tocsin.settings import Settings, load_settings
from tocsin.wording import duration

_INTERRUPTED = 130


def replay(  # noqa: PLR0913, PLR0917  # the options of a command
    stream: Annotated[str, typer.Argument(metavar="ARCHIVE_OR_SCENARIO", help="Path of an archive, or a scenario.")],
    speed: Annotated[
        str, typer.Option(help="Seconds of event time per second: 1 is as it happened, 60 a minute a second; or max.")
    ] = "max",
    begin: Annotated[
        str | None, typer.Option("--from", help="Event time, such as 2009-06-15T18:30Z, or a date: its begin in UTC.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Likewise; what happened then is left out.")] = None,
    to_now: Annotated[
        bool, typer.Option("--rebase", help="Move the stream in time, so that it begins now instead of back then.")
    ] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Again and again, each round later, until Ctrl-C.")] = False,
    seed: Annotated[int, typer.Option(help="Of a scenario's noise.")] = 1,
    fmt: Annotated[
        Format | None, typer.Option("--format", help="Format of an archive; guessed from its first lines.")
    ] = None,
    linger_ms: Annotated[int, typer.Option(min=0, help="How long a line may wait for others to share a record.")] = 200,
) -> None:
    """Play a recorded or synthetic stream into Kafka, with the heartbeats that it lacks.

    The broker may go away meanwhile: the replay waits, and nothing is lost. What the pipeline then says is the same at
    every speed. Archives that name real authors need TOCSIN_AUTHOR_KEY, which turns them into pseudonyms.

    The space bar pauses, and so does kill -USR1. Ctrl-C ends in order.

    Examples:
      tocsin replay tehran-2009                        # nine days in seconds

      tocsin replay june.ndjson.gz --speed 60 --rebase # an hour a minute, as if it began now

      tocsin replay june.ndjson.gz --from 2009-06-15T18:00Z --to 2009-06-17 --speed 600

      tocsin replay quiet-week --loop --speed 3600     # a week that never ends

      tocsin replay tweets.jsonl --format twitter-v2
    """
    factor = parse_speed(speed)
    bounds = read_bounds(begin, end)
    settings = load_settings()
    console = stderr()
    key = settings.author_key.get_secret_value() if settings.author_key else None
    source = open_stream(stream, author_key=key, seed=seed, fmt=fmt)
    _advise(source, settings, console)
    known = [bound if bound is not None else of for bound, of in zip(bounds, (source.begin, source.end), strict=True)]
    shown = Shown(source, known[0], known[1], None, factor)
    if loop:
        shown = replace(shown, loop=_loop(lambda: _cut(source, settings, bounds), shown, settings, console))
    create_topics(settings, "producer", on_wait=console.print)

    items: Iterable[Item] = shown.loop or _cut(source, settings, bounds)
    if to_now:
        items = rebase(items, time.time_ns() // 1_000_000, settings.bucket_ms)
    replayed = _play(items, settings, shown, linger_ms, console)
    for remark in source.remarks():
        console.print(remark, soft_wrap=True)
    _sum_up(replayed, shown, settings, console)
    if replayed.was_interrupted and not loop:
        raise typer.Exit(_INTERRUPTED)


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


@dataclass(frozen=True)
class _Replayed:
    played: Played
    pacer: Pacer
    seconds: float
    was_interrupted: bool


def _play(items: Iterable[Item], settings: Settings, shown: Shown, linger_ms: int, console: Console) -> _Replayed:
    topic = settings.topics.posts
    with (
        connect(settings.broker, topic, linger_ms=linger_ms, on_wait=console.print) as writer,
        screen(shown, console) as seen,
    ):
        pacer = Pacer(shown.speed, settings.rules.ahead_ms, idle=_together(writer.poll, seen))
        with Controls(pacer) as controls:
            seen.attach(pacer, controls.poll)
            began = time.monotonic()
            lines = timeline(_until_stopped(signed(items, settings.trust), controls), settings.rules)
            played = play(lines, writer, pacer, seen.observe)
    return _Replayed(played, pacer, max(time.monotonic() - began, 1e-9), controls.is_interrupted)


def _together(poll: Callable[[], None], seen: Screen) -> Callable[[], None]:
    def idle() -> None:
        poll()
        seen.tick()

    return idle


def _until_stopped(items: Iterable[Item], controls: Controls) -> Iterator[Item]:
    """Yield lines until somebody has had enough; closing heartbeats come behind them."""
    for item in items:
        if controls.is_stopped:
            return
        yield item


def _cut(source: Stream, settings: Settings, bounds: tuple[int | None, int | None]) -> Iterator[Item]:
    """Read a stream, or the part of it that was asked for; complete but for its end."""
    items = source.items(settings.rules)
    return items if bounds == (None, None) else between(items, *bounds)


def _loop(play_once: Callable[[], Iterator[Item]], shown: Shown, settings: Settings, console: Console) -> Loop:
    """Prepare rounds, for which the stream is read through once."""
    name = shown.stream.name
    console.print(f"{name}: reading it through once, to see how long a round is", soft_wrap=True)
    with screen(shown, console) as seen:
        period = period_of(_shown(play_once(), seen), settings.rules)
    if period is None:
        raise ArchiveError(f"{name}: no posts that could be played again and again. See --from and --to")
    silence = period.step_ms - period.length_ms
    console.print(f"{name}: a round is {duration(period.step_ms)}; Ctrl-C ends it", soft_wrap=True)
    if silence > settings.bucket_ms + settings.rules.blind_ms:
        console.print(
            f"Its posts span {duration(period.length_ms)}, so {duration(silence)} of silence follow each round: "
            "--from and --to can cut it to whole days",
            soft_wrap=True,
        )
    return Loop(play_once, period)


def _shown(items: Iterable[Item], seen: Screen) -> Iterator[Item]:
    for item in items:
        seen.observe((item,))
        yield item


def _sum_up(replayed: _Replayed, shown: Shown, settings: Settings, console: Console) -> None:
    lines, seconds = replayed.played.lines, replayed.seconds
    rounds = f", {shown.loop.round} rounds" if shown.loop else ""
    console.print(
        f"{shown.stream.name}: {lines:,} lines written to {settings.topics.posts.name} in {seconds:.1f} s "
        f"({lines / seconds:,.0f} a second){rounds}",
        soft_wrap=True,
    )
    if shown.speed is not None and lines:
        console.print(speed_reached(shown.speed, replayed.pacer, replayed.played, seconds), soft_wrap=True)
    if not lines:
        console.print("Nothing of it lies within --from and --to", soft_wrap=True)


def _advise(source: Stream, settings: Settings, console: Console) -> None:
    """Say so when the pipeline is set to something else than a scenario was made for."""
    differing = {name: value for name, value in source.settings.items() if getattr(settings, name) != value}
    if differing:
        console.print(
            f"{source.name} was made for other settings. Export them here and for the workers: "
            + " ".join(recommended(differing)),
            soft_wrap=True,
        )
