"""What is shown of a replay while it runs, and what is said of it afterwards."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from producers.archive.moving import Loop
from producers.archive.pacing import Pacer
from producers.archive.replay import Played
from producers.items import Item
from producers.streams import Stream
from tocsin.posts import Post

_SHOW_EVERY_SECONDS = 0.2
_BEHIND_SECONDS = 1.0  # by so much a replay must be late before that is worth a word


@dataclass(frozen=True)
class Shown:
    """What is played, and how.

    Attributes:
        stream: Where the lines come from.
        begin: First event time, epoch ms; None if it is not known beforehand.
        end: Likewise, the last.
        loop: None if it is played once.
        speed: That was asked for; None is as fast as possible.
    """

    stream: Stream
    begin: int | None
    end: int | None
    loop: Loop | None
    speed: float | None


class Screen:
    """Shows event time, posts per second, what is left, and whether the replay is paused or behind."""

    def __init__(self, shown: Shown, progress: Progress, task: TaskID, console: Console) -> None:
        self._shown = shown
        self._progress = progress
        self._task = task
        self._console = console
        self._pacer: Pacer | None = None
        self._poll: Callable[[], None] = lambda: None
        self._has_told = False
        self._first = self._at = -1
        self._posts = self._posts_then = 0
        self._then = time.monotonic()

    def attach(self, pacer: Pacer, poll: Callable[[], None]) -> None:
        """Show the state of a pacer, and call ``poll`` with every look."""
        self._pacer, self._poll = pacer, poll

    def observe(self, items: Iterable[Item]) -> None:
        """Take in lines that were written."""
        for item in items:
            line = item.line
            if type(line) is Post:
                self._posts += 1
            elif item.is_control and line is not None:
                self._at = line.at
                if self._first < 0:
                    self._first = line.at
        self.tick()

    def tick(self) -> None:
        """Show how things stand, if that was not done just now. Call it while there is nothing to write."""
        now = time.monotonic()
        if now - self._then < _SHOW_EVERY_SECONDS:
            return
        self._poll()
        rate = (self._posts - self._posts_then) / (now - self._then)
        self._then, self._posts_then = now, self._posts
        when = datetime.fromtimestamp(self._at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if self._at >= 0 else ""
        said = "  ".join(part for part in (when, f"{rate:,.0f} posts/s", self._round(), self._state()) if part)
        self._progress.update(self._task, completed=self._done(), said=said)

    def _done(self) -> int:
        if self._shown.begin is None or self._shown.end is None:
            return self._shown.stream.done()
        done = self._at - self._first
        return done if self._shown.loop is None else done % self._shown.loop.period.step_ms

    def _round(self) -> str:
        return f"round {self._shown.loop.round}" if self._shown.loop else ""

    def _state(self) -> str:
        if self._pacer is None:
            return ""
        if self._pacer.is_paused:
            return "paused: space goes on"
        behind = self._pacer.look()
        if behind < _BEHIND_SECONDS:
            return ""
        if not self._has_told:
            self._has_told = True
            speed = _spell(self._shown.speed or 0)
            words = f"{speed} is too fast: {behind:.1f} s behind. It goes on as fast as it can; nothing is left out"
            self._console.print(words, soft_wrap=True)
        return f"{behind:,.1f} s behind"


@contextmanager
def screen(shown: Shown, console: Console) -> Iterator[Screen]:
    """Show a replay where there is a terminal."""
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}")),
        *(TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        known = shown.begin is not None and shown.end is not None
        total = (shown.end or 0) - (shown.begin or 0) if known else shown.stream.size
        yield Screen(shown, progress, progress.add_task(shown.stream.name, total=total, said=""), console)


def speed_reached(asked: float, pacer: Pacer, played: Played, seconds: float) -> str:
    """Say what became of a speed that was asked for."""
    reached = played.reached or 0.0
    if pacer.worst < _BEHIND_SECONDS:
        return f"{_spell(reached)} reached; at most {pacer.worst:.2f} s behind"
    return (
        f"{_spell(asked)} asked, {_spell(reached)} reached; at most {pacer.worst:.1f} s behind. The broker took "
        f"{played.writing_seconds:.1f} s of {seconds:.1f} s"
    )


def _spell(speed: float) -> str:
    return f"{speed:,.2f}".rstrip("0").rstrip(".") + "x"
