"""How fast a recorded stream is played."""

import math
import time
from collections.abc import Callable

from producers.items import Item
from tocsin.posts import Heartbeat, Notice

_STEP_SECONDS = 0.1
_FINEST_SECONDS = 0.002  # what is due within this is due now: a sleep for each line would cost more than it gives


class Pacer:
    """Holds lines back until it is their time.

    Heartbeats say what time it is; a post that claims to be far ahead of them is not waited for, nor is a notice. Each
    line has its time on one timetable, so that neither sleeping too long nor a slow writer adds up: it catches up.
    Only a pause moves the timetable.

    Args:
        speed: Seconds of event time per second; None is as fast as possible.
        ahead_ms: How far ahead of the clock a post may be before its word is doubted.
        clock: Monotonic seconds.
        sleep: Waits for seconds.
        idle: Called now and then while waiting, so that lines in a half-filled record go out.

    Attributes:
        is_paused: Whether the clock of the replay stands.
        worst: Seconds by which a line came too late, at the most, whenever that was looked at.
    """

    def __init__(
        self,
        speed: float | None,
        ahead_ms: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._speed = speed
        self._factor = speed or math.inf
        self._ahead_ms = ahead_ms
        self._clock = clock
        self._sleep = sleep
        self._idle = idle
        self._origin: tuple[float, int] | None = None
        self._heard = 0
        self._at = 0  # the newest event time that was waited for
        self._due_through = -1  # event time up to which every line is due already
        self._seen = clock()  # when the clock was last looked at
        self._has_stood = False
        self._hurries = False
        self.is_paused = False
        self.worst = 0.0

    @property
    def is_free(self) -> bool:
        """Whether no line need wait, as things stand."""
        return (self._speed is None or self._hurries) and not (self.is_paused or self._has_stood)

    def lets(self, item: Item) -> bool:
        """Tell whether a line may be written at once; where it may not, :meth:`wait`."""
        if self.is_paused or self._has_stood:
            return False
        line = item.line
        if self._speed is None or self._hurries or line is None or isinstance(line, Notice):
            return True
        at = line.at
        if isinstance(line, Heartbeat):
            self._heard = max(self._heard, at)
        elif at > self._heard + self._ahead_ms:
            return True
        self._at = max(self._at, at)
        return at <= self._due_through

    def wait(self, item: Item) -> None:
        """Return when it is time to write a line."""
        if self.is_paused or self._has_stood:
            self._stand()
        if not self.lets(item) and item.line is not None:
            self._wait_for(item.line.at)

    def toggle(self) -> None:
        """Pause, or go on at the same speed from where it stood. Safe in a signal handler."""
        self.is_paused = not self.is_paused

    def skip_standstill(self) -> None:
        """Do as if no time had passed since the clock was last looked at: the process stood. Safe in a handler."""
        self._has_stood = True

    def hurry(self) -> None:
        """Wait no more, nor pause. Safe in a signal handler."""
        self._hurries, self.is_paused = True, False

    def look(self) -> float:
        """Tell by how many seconds the newest line is behind its time, just now."""
        if self._speed is None or self._origin is None or self.is_paused or self._has_stood:
            return 0.0
        behind = max(0.0, self._clock() - self._due(self._at))
        self.worst = max(self.worst, behind)
        return behind

    @property
    def reached(self) -> float | None:
        """Seconds of event time per second so far, pauses left out; None where nothing is paced."""
        if self._speed is None or self._origin is None:
            return None
        began, first = self._origin
        return (self._at - first) / 1000 / max(self._clock() - began, 1e-9)

    def _wait_for(self, at: int) -> None:
        now = self._clock()
        if self._origin is None:
            self._origin = (now, at)
        while (left := self._due(at) - now) > _FINEST_SECONDS and not self._hurries:
            self._sleep(min(left, _STEP_SECONDS))
            self._idle()
            if self.is_paused or self._has_stood:
                self._stand()
            now = self._seen = self._clock()
        self._seen = now
        self.worst = max(self.worst, -left)
        began, first = self._origin
        self._due_through = first + int((now + _FINEST_SECONDS - began) * self._factor * 1000)

    def _stand(self) -> None:
        """Wait until the pause is over, and move the timetable by the time that it took."""
        since = self._seen if self._has_stood else self._clock()
        self._has_stood = True  # until the timetable is moved, nobody can tell how far behind it is
        while self.is_paused:
            self._sleep(_STEP_SECONDS)
            self._idle()
        self._has_stood = False
        self._seen = self._clock()
        if self._origin is not None:
            began, first = self._origin
            self._origin = (began + self._seen - since, first)

    def _due(self, at: int) -> float:
        began, first = self._origin or (self._clock(), at)
        return began + (at - first) / 1000 / self._factor
