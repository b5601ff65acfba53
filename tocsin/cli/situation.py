"""Where maintenance commands read how things stand: from Redis, or from an archive without any server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

import typer

from producers.archive import Format
from tocsin.advice import Situation, Start, ranked, starts
from tocsin.cli.offline import judge_stream, open_offline
from tocsin.cli.show import open_reader, say_nothing_yet, stderr
from tocsin.judge import Judge, Judgement
from tocsin.local_time import read_moment
from tocsin.maintenance import Window
from tocsin.outlook import Outlook
from tocsin.wall_clock import MINUTE_MS

Stream = Annotated[
    str | None,
    typer.Argument(metavar="[ARCHIVE_OR_SCENARIO]", help="Judge this, without any server, instead of reading Redis."),
]
Until = Annotated[
    str | None,
    typer.Option(help="Event time up to which an archive is judged, such as 2009-06-15T18:30Z; by default its end."),
]
Seed = Annotated[int, typer.Option(help="Of a scenario's noise.")]
Fmt = Annotated[Format | None, typer.Option("--format", help="Format of an archive; guessed from its first lines.")]
Zones = Annotated[
    list[str] | None, typer.Option("--zone", help="Show local times of this IANA zone too; as often as you like.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; times in epoch ms.")]

STEP_MS = 30 * MINUTE_MS
HORIZON_MS = 3 * 24 * 60 * MINUTE_MS  # in which a better start is looked for


@dataclass(frozen=True)
class Announcement:
    """A window as one of its notices had it.

    Attributes:
        window: With what was foretold then.
        best: The best start of a window as long, within three days, as it looked then; None if nothing could be told.
    """

    window: Window
    best: Start | None


@dataclass(frozen=True)
class View:
    """What is known.

    Attributes:
        situation: How things stand.
        outlook: Tells what a channel is expected to carry; None where that is not known.
        announcements: Every notice of a window, by its id; only from an archive, for Redis keeps the newest alone.
    """

    situation: Situation
    outlook: Callable[[str], Outlook | None]
    announcements: Mapping[str, list[Announcement]] = field(default_factory=dict)


def view(stream: str | None, until: str | None, seed: int, fmt: Format | None) -> View | None:
    """See how things stand, wherever the options say; None, with a kind word on stderr, when nothing is known yet."""
    if stream is not None:
        return view_stream(stream, None if until is None else read_moment(until), seed, fmt)
    if until is not None:
        raise typer.BadParameter("cuts an archive short, and Redis knows only the present", param_hint="--until")
    return view_redis()


def view_redis() -> View | None:
    """Read how things stand from Redis; None, with a kind word on stderr, when nothing is stored yet."""
    with open_reader() as reader:
        status = reader.status()
        if status is None:
            say_nothing_yet(reader)
            return None
        channels = dict(reader.channels())
        outlooks = {channel: reader.outlook(channel) for channel in channels}
        windows, incidents = tuple(reader.windows()), tuple(reader.incidents())
    return View(Situation(status.closed_through, windows, incidents, channels), outlooks.get)


def view_stream(stream: str, until: int | None, seed: int, fmt: Format | None) -> View:
    """Judge an archive or a scenario up to a time, and see how things stand then.

    Args:
        stream: Its path or name.
        until: Event time, epoch ms; None for its end.
        seed: Of a scenario's noise.
        fmt: Of an archive; guessed if None.
    """
    announcements: dict[str, list[Announcement]] = {}

    def watch(judge: Judge, judgement: Judgement) -> None:
        for notice in judgement.closed.notices:
            window = judge.windows.get(notice.id)
            told = announcements.setdefault(notice.id, [])
            if window is not None and (not told or told[-1].window != window):
                told.append(Announcement(window, _best(judge, window)))

    verdict = judge_stream(open_offline(stream, seed, fmt), stderr(), until=until, watch=watch)
    judge = verdict.judge
    windows = tuple(sorted(judge.windows.values(), key=lambda window: (window.begin, window.id)))
    situation = Situation(verdict.closed_through, windows, tuple(verdict.incidents), dict(judge.channels))
    return View(situation, judge.outlook, announcements)


def _best(judge: Judge, window: Window) -> Start | None:
    outlook = judge.outlook(window.channel)
    if outlook is None:
        return None
    found = ranked(starts(outlook, window.at, HORIZON_MS, window.end - window.begin, STEP_MS))
    return found[0] if found else None
