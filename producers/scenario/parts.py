"""What may happen in a scenario, and what may be wrong with its stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
USUAL_KINDS = ("cut", "mistyped", "long", "scrambled", "ahead", "stray")


def utc_ms(*fields: int) -> int:
    """Convert year, month, day, hour, minute (UTC) to epoch milliseconds."""
    year, month, day, hour, minute = (*fields, 0, 0)[:5]
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1000


@dataclass(frozen=True)
class Burst:
    """Something that people write about, on top of the ordinary.

    It rises over the first tenth of its time, stays, and fades over the last four tenths.

    Attributes:
        name: For people.
        topic: One of the scenario's.
        begin: Epoch ms.
        end: Epoch ms.
        per_minute: Extra posts at the height, by channel.
        shows: Series on which it must show.
        photo_share: Share of its posts that link to a picture.
        regions: Weights; the channel's own if empty.
        reports: The service whose outage its posts report; empty if none.
        may: Where it may show besides. Every burst may move the total, channels, languages, regions and photo links.
    """

    name: str
    topic: str
    begin: int
    end: int
    per_minute: Mapping[str, float]
    shows: tuple[str, ...] = ()
    photo_share: float = 0.02
    regions: Mapping[str, float] = field(default_factory=dict)
    reports: str = ""
    may: tuple[str, ...] = ()

    def level(self, at: int) -> float:
        """Tell how high it stands at a moment, from 0 to 1."""
        if not self.begin <= at < self.end:
            return 0.0
        part = (at - self.begin) / (self.end - self.begin)
        return min(1.0, part / 0.1, (1 - part) / 0.4)


@dataclass(frozen=True)
class Flood:
    """One text that many accounts paste, on top of the ordinary.

    Attributes:
        name: For people.
        channel: Which.
        text: That all of them paste, at most 140 characters.
        lang: Of the text.
        begin: Epoch ms.
        end: Epoch ms.
        accounts: How many paste it, each as often as any other.
        per_minute: Copies that come.
        shows: Series on which it must show.
        may: Series on which it may show besides; those that every burst may move are granted.
    """

    name: str
    channel: str
    text: str
    lang: str
    begin: int
    end: int
    accounts: int
    per_minute: float
    shows: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drop:
    """A channel that loses posts while its collectors stay alive.

    Attributes:
        name: For people.
        channel: Which.
        begin: Epoch ms.
        end: Epoch ms.
        left: Share of its posts that still come.
        fades_ms: How long it takes to sink to that.
        flaps_ms: If not 0, it is down and up by turns, for so long each, and down first.
    """

    name: str
    channel: str
    begin: int
    end: int
    left: float = 0.0
    fades_ms: int = 0
    flaps_ms: int = 0

    def left_at(self, at: int) -> float:
        """Tell which share of the posts comes at a moment."""
        if not self.begin <= at < self.end:
            return 1.0
        if self.flaps_ms and (at - self.begin) // self.flaps_ms % 2:
            return 1.0
        if at - self.begin < self.fades_ms:
            return 1.0 - (1.0 - self.left) * (at - self.begin) / self.fades_ms
        return self.left


@dataclass(frozen=True)
class Dead:
    """A collector that is dead for a while: no heartbeats, no posts.

    Attributes:
        name: For people.
        source: Which.
        begin: Epoch ms.
        end: Epoch ms, when it says that it is back. A full minute, at which heartbeats are due.
        returns_ms: Over how long it writes what it missed, once it is back. If 0, that is lost.
    """

    name: str
    source: str
    begin: int
    end: int
    returns_ms: int = 0


@dataclass(frozen=True)
class SlowClock:
    """A collector whose clock is slow for a while: its heartbeats and its posts all bear an earlier time.

    Attributes:
        name: For people.
        source: Which.
        begin: Epoch ms.
        end: Epoch ms, when its clock is put right.
        slow_ms: By how much.
    """

    name: str
    source: str
    begin: int
    end: int
    slow_ms: int


@dataclass(frozen=True)
class Backlog:
    """Old posts of a channel that are set free all at once, on top of its ordinary ones.

    Attributes:
        name: For people.
        channel: Which.
        begin: Epoch ms.
        end: Epoch ms.
        oldest: Earliest event time of its posts, epoch ms.
        newest: Latest, likewise; both so old that their buckets have closed.
        per_minute: Posts that come, copies aside.
        copies: Share of them that come a second time before it ends.
    """

    name: str
    channel: str
    begin: int
    end: int
    oldest: int
    newest: int
    per_minute: float
    copies: float


@dataclass(frozen=True)
class Flaws:
    """What is wrong with the stream, as shares of posts.

    Attributes:
        late: Posts that come after their bucket has closed.
        duplicates: Posts that come twice, soon.
        broken: Lines that cannot be used, added to the posts.
        wild: Posts that bear a time years off, behind or ahead.
        kinds: Weights of the ways in which lines are broken, by the names of :mod:`producers.scenario.flaws`.
        disorder_ms: How far ordinary posts come out of order.
    """

    late: float = 0.001
    duplicates: float = 0.004
    broken: float = 0.002
    wild: float = 0.0
    kinds: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(USUAL_KINDS, 1.0))
    disorder_ms: int = 5_000
