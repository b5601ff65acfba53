"""A scenario: a stretch of invented life that can be written down in a page, and streamed for days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from producers.items import Item
from producers.scenario.facts import Fact
from producers.scenario.generate import generate
from producers.scenario.life import Channel, Topic
from producers.scenario.parts import Backlog, Burst, Dead, Drop, Flaws, Flood, SlowClock
from producers.scenario.truth import truth_of
from tocsin.clocks import Rules
from tocsin.posts import Notice
from tocsin.truth import Truth

_MS = timedelta(milliseconds=1)
SETTINGS: Mapping[str, int] = {
    "bucket_seconds": 60,
    "allowed_lateness_seconds": 60,
    "blind_after_seconds": 300,
    "ahead_seconds": 300,
}


@dataclass(frozen=True)
class Scenario:
    """A stretch of invented life, from which :meth:`lines` makes a stream.

    Attributes:
        name: As it is called on the command line.
        description: One sentence.
        begin: Epoch ms.
        end: Epoch ms.
        channels: What is collected.
        topics: What people may write about, by name.
        places: That their posts may name, by language.
        photos: Beginnings of links to pictures.
        zone: Of the local time that people live by.
        facts: What sources say, by name.
        bursts: What people write about.
        floods: What many accounts paste.
        drops: What falls silent.
        deaths: Collectors that die.
        clocks: Collectors whose clocks are slow.
        backlogs: Old posts that are set free.
        notices: Announced maintenance.
        flaws: What is wrong with the stream.
        heartbeat_seconds: How often each collector says that it is alive.
        settings: What the pipeline should be set to, by the names of :class:`tocsin.settings.Settings`.
    """

    name: str
    description: str
    begin: int
    end: int
    channels: tuple[Channel, ...]
    topics: Mapping[str, Topic]
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    zone: tzinfo = UTC
    facts: Mapping[str, Fact] = field(default_factory=dict)
    bursts: tuple[Burst, ...] = ()
    floods: tuple[Flood, ...] = ()
    drops: tuple[Drop, ...] = ()
    deaths: tuple[Dead, ...] = ()
    clocks: tuple[SlowClock, ...] = ()
    backlogs: tuple[Backlog, ...] = ()
    notices: tuple[Notice, ...] = ()
    flaws: Flaws = field(default_factory=Flaws)
    heartbeat_seconds: int = 60
    settings: Mapping[str, int] = field(default_factory=lambda: dict(SETTINGS))

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

    def local(self, at: int) -> int:
        """Tell what the clocks on the walls show at a moment, both in ms."""
        offset = datetime.fromtimestamp(at / 1000, self.zone).utcoffset()
        return at + (offset // _MS if offset else 0)

    def slow_ms(self, source: str, at: int) -> int:
        """Tell by how much a collector's clock is slow at a moment."""
        return sum(slow.slow_ms for slow in self.clocks if slow.source == source and slow.begin <= at < slow.end)

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
