"""Running a collector for a command, and telling what happens: as it happens, in a report, and at the end."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from producers.archive.writing import ArchiveWriter
from producers.broker import connect
from producers.live.collector import Collector, Source, World
from producers.live.filters import Filter
from producers.live.follower import Follower, Plan
from producers.live.gaps import Gap
from producers.live.state import load_state
from producers.writer import Writer
from tocsin.cli.show import print_json, stderr, utc
from tocsin.cli.topics import create_topics
from tocsin.errors import ArchiveError, SettingsError
from tocsin.lexicon import default_lexicon, lexicon_from_file
from tocsin.local_time import read_duration
from tocsin.settings import Settings
from tocsin.wording import duration

_SAVE_SECONDS = 5.0
_SHOW_SECONDS = 0.5


@dataclass(frozen=True)
class Asked:
    """What the collectors have in common on the command line.

    Attributes:
        output: Archive to write; None for Kafka.
        state: Where to keep how far it has come.
        report: Where gaps are added.
        keywords: Keyword groups; all posts if empty.
        langs: Languages; all if empty.
        length: After how long to end; None never.
        json: Whether the summary is printed as JSON.
    """

    output: Path | None
    state: Path | None
    report: Path | None
    keywords: tuple[str, ...]
    langs: tuple[str, ...]
    length: str | None
    json: bool


def steady_clock() -> Callable[[], int]:
    """Make a clock that shows epoch ms and never steps, as the wall clock does when somebody sets it.

    A heartbeat says up to when everything has come, and nobody can take it back: one made just after the clock was set
    an hour forward would vouch for an hour that has not been. A clock that was wrong at the beginning stays so.
    """
    ahead = time.time_ns() - time.monotonic_ns()
    return lambda: (time.monotonic_ns() + ahead) // 1_000_000


def collect(source: Source, plan: Plan, asked: Asked, settings: Settings, now: Callable[[], int]) -> None:
    """Run a collector until it is told to stop, and say what came of it.

    Args:
        source: What is listened to.
        plan: How it is followed.
        asked: On the command line.
        settings: Where Kafka is, and the lexicon.
        now: Epoch ms; the clock by which the source asks its questions.

    Raises:
        TocsinError: When the sink, the state or an option is of no use.
    """
    length_ms = None if asked.length is None else read_duration(asked.length)
    earlier = load_state(asked.state, plan.source) if asked.state else None
    follower = Follower(plan, _wanted(asked, settings), earlier, now())
    with _sink(asked, plan, settings) as sink, _Told(follower, asked) as told:
        world = World(now, random.SystemRandom().random, on_gap=told.gap, on_cut=told.cut)
        collector = Collector(source, follower, sink, asked.state, save_seconds=_SAVE_SECONDS, world=world)
        asyncio.run(_until_told(collector, told, length_ms))
    told.summary()


def _wanted(asked: Asked, settings: Settings) -> Filter:
    """Make the filter, or say which keyword groups there are."""
    langs = frozenset(lang.lower() for lang in asked.langs)
    if not asked.keywords:
        return Filter(langs)
    lexicon = lexicon_from_file(settings.lexicon) if settings.lexicon else default_lexicon()
    groups = 0
    for name in asked.keywords:
        series = f"keyword={name}"
        if series not in lexicon.series:
            known = ", ".join(s.removeprefix("keyword=") for s in lexicon.series if s.startswith("keyword="))
            raise SettingsError(f"--keyword {name}: no such group of the lexicon; there are: {known}")
        groups |= 1 << lexicon.series.index(series)
    return Filter(langs, groups, lexicon)


async def _until_told(collector: Collector, told: "_Told", length_ms: int | None) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(number: int) -> None:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)  # a second one ends it at once, even while a broker is waited for
        told.ending()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    if length_ms is not None:
        loop.call_later(length_ms / 1000, stop.set)
    showing = asyncio.create_task(told.show())
    try:
        await collector.run(stop)
    finally:
        showing.cancel()


@contextmanager
def _sink(asked: Asked, plan: Plan, settings: Settings) -> Iterator[ArchiveWriter | Writer]:
    if asked.output is None:
        console = stderr()
        create_topics(settings, "producer", on_wait=console.print)
        with connect(settings.broker, settings.topics.posts, on_wait=console.print) as writer:
            yield writer
        return
    part = asked.output.with_name(f"{asked.output.name}.part")
    for path in (asked.output, part):
        if path.exists():
            raise ArchiveError(f"{path}: exists, and holds what an earlier run has written; choose another name")
    with ArchiveWriter(asked.output, f"Collected live from {plan.channel} by tocsin follow {plan.source}.") as archive:
        yield archive


class _Told:
    """Tells a user what happens: on the console as it happens, in the report, and at the end."""

    def __init__(self, follower: Follower, asked: Asked) -> None:
        self._follower = follower
        self._asked = asked
        self._console = stderr()
        self._gaps: Counter[str] = Counter()
        self._offline_ms = self._posts_lost = 0
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        terminal = self._console.is_terminal
        self._progress = Progress(*columns, console=self._console, transient=True, disable=not terminal)
        self._task = self._progress.add_task("connecting")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def cut(self, cause: str, seconds: float) -> None:
        """Say why a connection ended."""
        self._console.print(f"{cause}; next attempt in {seconds:.1f} s")

    def ending(self) -> None:
        """Say that the end takes a moment."""
        self._console.print("ending once everything is safe; again to end at once")

    def gap(self, gap: Gap) -> None:
        """Say what became of a gap."""
        self._gaps[gap.outcome] += 1
        self._offline_ms += gap.offline_ms
        self._posts_lost += gap.posts
        cost = f"; about {gap.posts:,} posts are missing" if gap.outcome == "lost" else ""
        self._console.print(
            f"gap {gap.outcome}: from {utc(gap.begin)} to {utc(gap.end)}, "
            f"{duration(gap.offline_ms)} offline ({gap.cause}){cost}"
        )
        self._report({"gap": gap})

    async def show(self) -> None:
        """Show how it goes, again and again."""
        while True:
            counts = self._follower.counts
            through = self._follower.vouched
            said = f"{counts['written']:,} posts" + (f", all up to {utc(through)}" if through >= 0 else "")
            self._progress.update(self._task, description=said)
            await asyncio.sleep(_SHOW_SECONDS)

    def summary(self) -> None:
        """Say what came of it all."""
        counts = dict(sorted(self._follower.counts.items()))
        gaps = {
            "recovered": self._gaps["recovered"],
            "lost": self._gaps["lost"],
            "offline_ms": self._offline_ms,
            "posts_lost": self._posts_lost,
        }
        summary = {"counts": counts, "gaps": gaps}
        self._report({"summary": summary})
        self._console.print(", ".join(f"{name}: {count:,}" for name, count in counts.items()) or "nothing came")
        self._console.print(
            f"gaps: {gaps['recovered']} recovered, {gaps['lost']} lost; {duration(self._offline_ms)} offline"
            + (f"; about {self._posts_lost:,} posts are missing" if self._posts_lost else "")
        )
        if self._asked.json:
            print_json(summary)

    def _report(self, line: object) -> None:
        if self._asked.report is None:
            return
        try:
            with os.fdopen(os.open(self._asked.report, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
                file.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise ArchiveError(f"{self._asked.report}: the report cannot be written: {error.strerror}") from error
