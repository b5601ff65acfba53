"""Steering what runs for long: Ctrl-C, signals, and the space bar where there is a terminal."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

_SPACE = b" "


class Steered(Protocol):
    """What is steered, such as a :class:`producers.archive.pacing.Pacer`; from within a signal handler."""

    def toggle(self) -> None:
        """Pause, or go on."""

    def skip_standstill(self) -> None:
        """Do as if no time had passed while the process stood."""

    def hurry(self) -> None:
        """Wait no more."""


class Controls:
    """Passes on what people and signals want, from ``with`` to its end.

    - Ctrl-C (SIGINT) and SIGTERM end it in order; the second Ctrl-C ends it at once.
    - SIGUSR1 pauses and goes on, and so does the space bar.
    - After SIGTSTP and SIGCONT, as by Ctrl-Z and ``fg``, it goes on as if no time had passed.

    Args:
        steered: Told of all this; None if it can only be ended.

    Attributes:
        is_stopped: Whether it shall end.
        is_interrupted: Whether a person said so (Ctrl-C), rather than a supervisor, for whom that is no failure.
    """

    def __init__(self, steered: Steered | None = None) -> None:
        self._steered = steered
        self._before: dict[signal.Signals, Any] = {}
        self._keyboard: int | None = None
        self._modes: list[Any] = []
        self.is_stopped = False
        self.is_interrupted = False

    @property
    def has_keyboard(self) -> bool:
        """Whether the space bar is heard."""
        return self._keyboard is not None

    def poll(self) -> None:
        """Hear the space bar. Call it now and then."""
        if self._keyboard is None or self._steered is None or not _is_foreground(self._keyboard):
            return
        while select.select([self._keyboard], [], [], 0)[0] and (pressed := os.read(self._keyboard, 64)):
            for _ in range(pressed.count(_SPACE)):
                self._steered.toggle()

    def __enter__(self) -> Self:
        handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]] = {
            signal.SIGINT: self._stop,
            signal.SIGTERM: self._stop,
        }
        if self._steered is not None:
            handlers |= {signal.SIGUSR1: self._toggle, signal.SIGCONT: self._continue}
            self._open_keyboard()
        self._before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._keyboard is not None and _is_foreground(self._keyboard):
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._modes)

    def _open_keyboard(self) -> None:
        if not sys.stdin.isatty() or not sys.stderr.isatty():
            return
        keyboard = sys.stdin.fileno()
        if _is_foreground(keyboard):
            self._keyboard, self._modes = keyboard, termios.tcgetattr(keyboard)
            tty.setcbreak(keyboard)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self.is_stopped, self.is_interrupted = True, number == signal.SIGINT
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._steered is not None:
            self._steered.hurry()

    def _toggle(self, _number: int, _frame: FrameType | None) -> None:
        if self._steered is not None:
            self._steered.toggle()

    def _continue(self, _number: int, _frame: FrameType | None) -> None:
        if self._steered is not None:
            self._steered.skip_standstill()
        if self._keyboard is not None and _is_foreground(self._keyboard):
            tty.setcbreak(self._keyboard)  # the shell has set its own modes meanwhile


def _is_foreground(terminal: int) -> bool:
    """Whether the terminal is ours: a process in the background that touches it would be stopped."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
