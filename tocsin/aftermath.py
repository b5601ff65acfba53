"""What became of a maintenance window: the interruption that came, and what it cost against what was foretold."""

from collections.abc import Iterable
from dataclasses import dataclass

from tocsin import series as names
from tocsin.incidents import Incident
from tocsin.maintenance import TOLERANCE_MS, Window


@dataclass(frozen=True)
class Interruption:
    """An outage that touches a window.

    Attributes:
        outage: The incident.
        end: Epoch ms; the present while it lasts.
        early_ms: How long before the window it began.
        overrun_ms: How long after the window it went on.
    """

    outage: Incident
    end: int
    early_ms: int
    overrun_ms: int

    @property
    def length_ms(self) -> int:
        """How long it lasted, so far."""
        return self.end - self.outage.onset

    @property
    def overrun_lost(self) -> int:
        """Posts lost after the window, as if they had been lost evenly."""
        return round(self.outage.lost * self.overrun_ms / self.length_ms) if self.length_ms else 0


@dataclass(frozen=True)
class Aftermath:
    """What became of one window.

    Attributes:
        window: As its newest notice has it.
        interruptions: In order of time; none if the channel went on, or while the window is to come.
        over: Whether the window is.
    """

    window: Window
    interruptions: tuple[Interruption, ...]
    over: bool

    @property
    def interrupted_ms(self) -> int:
        """How long the channel was silent."""
        return sum(part.length_ms for part in self.interruptions)

    @property
    def lost(self) -> int:
        """Posts that were lost, by estimate."""
        return sum(part.outage.lost for part in self.interruptions)

    @property
    def overrun_ms(self) -> int:
        """How long the channel was silent after the window."""
        return sum(part.overrun_ms for part in self.interruptions)

    @property
    def overrun_lost(self) -> int:
        """Posts lost after the window."""
        return sum(part.overrun_lost for part in self.interruptions)

    @property
    def foretold(self) -> float | None:
        """Posts that the forecast gave to a window as long as the interruption; None without a forecast."""
        if self.window.forecast is None:
            return None
        return self.window.forecast.posts * self.interrupted_ms / (self.window.end - self.window.begin)


def aftermath(window: Window, incidents: Iterable[Incident], now: int) -> Aftermath:
    """Find what became of a window.

    Args:
        window: Declared or moved; nothing is put down to a cancelled one.
        incidents: All that are known.
        now: Event time, epoch ms.
    """
    series = names.series("channel", window.channel)
    held = [] if window.state == "cancelled" else [i for i in incidents if i.kind == "outage" and i.series == series]
    parts = [
        Interruption(
            outage,
            end,
            early_ms=max(0, min(window.begin, end) - outage.onset),
            overrun_ms=max(0, end - max(window.end, outage.onset)),
        )
        for outage in held
        if (end := outage.closed_at if outage.closed_at is not None else max(now, outage.onset))
        > window.begin - TOLERANCE_MS
        and outage.onset < window.end + TOLERANCE_MS
    ]
    return Aftermath(window, tuple(sorted(parts, key=lambda part: part.outage.onset)), over=window.end <= now)


def spell_fate(found: Aftermath, now: int) -> str:
    """Say in a word or two what became of a window."""
    if found.window.state == "cancelled":
        return "cancelled"
    if found.interruptions:
        return ", ".join((part.outage.planned or "unannounced").replace("_", " ") for part in found.interruptions)
    if found.over:
        return "no interruption was seen"
    return "runs" if found.window.begin <= now else "to come"
