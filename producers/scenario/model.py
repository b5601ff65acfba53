"""A scenario: a stretch of invented life that can be written down in a page, and streamed for days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from producers.items import Item
from producers.scenario.generate import generate
from producers.scenario.parts import Backlog, Burst, Channel, Dead, Drop, Flaws
from producers.scenario.truth import truth_of
from tocsin.clocks import Rules
from tocsin.posts import Notice
from tocsin.truth import Truth


@dataclass(frozen=True)
class Scenario:
    """A stretch of invented life, from which :meth:`lines` makes a stream.

    Attributes:
        name: As it is called on the command line.
        description: One sentence.
        begin: Epoch ms.
        end: Epoch ms.
        utc_offset_minutes: Of the local time that people live by.
        channels: What is collected.
        bursts: What people write about.
        drops: What falls silent.
        deaths: Collectors that die.
        backlogs: Old posts that are set free.
        notices: Announced maintenance.
        also: What is true besides, and follows from several parts at once.
        flaws: What is wrong with the stream.
        heartbeat_seconds: How often each collector says that it is alive.
        settings: What the pipeline should be set to, by the names of :class:`tocsin.settings.Settings`.
    """

    name: str
    description: str
    begin: int
    end: int
    channels: tuple[Channel, ...]
    utc_offset_minutes: int = 0
    bursts: tuple[Burst, ...] = ()
    drops: tuple[Drop, ...] = ()
    deaths: tuple[Dead, ...] = ()
    backlogs: tuple[Backlog, ...] = ()
    notices: tuple[Notice, ...] = ()
    also: tuple[Truth, ...] = ()
    flaws: Flaws = field(default_factory=Flaws)
    heartbeat_seconds: int = 60
    settings: Mapping[str, int] = field(
        default_factory=lambda: {
            "bucket_seconds": 60,
            "allowed_lateness_seconds": 60,
            "blind_after_seconds": 300,
            "ahead_seconds": 300,
        }
    )

    @property
    def rules(self) -> Rules:
        """The recommended settings, as rules of event time."""
        return Rules(
            bucket_ms=self.settings["bucket_seconds"] * 1000,
            lateness_ms=self.settings["allowed_lateness_seconds"] * 1000,
            blind_ms=self.settings["blind_after_seconds"] * 1000,
            ahead_ms=self.settings["ahead_seconds"] * 1000,
        )

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """The channels of each collector."""
        found: dict[str, tuple[str, ...]] = {}
        for channel in self.channels:
            for source in channel.sources:
                found[source] = (*found.get(source, ()), channel.name)
        return found

    def lines(self, seed: int = 1) -> Iterator[Item]:
        """Make the stream: the same bytes for the same seed, on every machine.

        Args:
            seed: Any whole number.

        Yields:
            Lines in the order in which collectors write them, opening and closing heartbeats included.
        """
        return generate(self, seed)

    def truth(self, seed: int = 1) -> list[Truth]:
        """Tell what happens in the stream, in order of time.

        Args:
            seed: That of the stream. What happens is fixed; only its noise is drawn.
        """
        del seed
        return truth_of(self)
