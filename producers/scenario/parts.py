"""What a scenario is made of: channels with a daily rhythm, and what happens to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tocsin.maintenance import Planned

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def utc_ms(*fields: int) -> int:
    """Convert year, month, day, hour, minute (UTC) to epoch milliseconds."""
    year, month, day, hour, minute = (*fields, 0, 0)[:5]
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1000


@dataclass(frozen=True)
class Authors:
    """A population in which most people write once and a few write most.

    Attributes:
        once_share: Share of posts by people who write no other.
        regulars: How many others there are.
        skew: Regular number ``regulars * u ** skew`` writes, u uniform: the higher, the heavier the tail. A whole
            number, so that multiplication will do: C libraries do not agree on the last digit of other powers.
    """

    once_share: float
    regulars: int
    skew: int


@dataclass(frozen=True)
class Channel:
    """One channel, its collector, and an ordinary day on it.

    Attributes:
        name: Such as ``sms``.
        sources: The collectors, and which share of the posts each of them sees. No two see the same post.
        per_minute: Posts on average.
        rhythm: Level relative to the average at each full local hour, linear in between.
        weekdays: Level relative to the average, Monday first.
        langs: Weights.
        regions: Weights.
        topics: Weights of what ordinary posts are about.
        authors: Who writes.
        photo_share: Share of posts that link to a picture.
        repost_share: Share of posts that repeat another.
        hashtags: Whether people use them here.
        wobble: Size of the slow random drift of the level.
    """

    name: str
    sources: Mapping[str, float]
    per_minute: float
    rhythm: tuple[float, ...]
    langs: Mapping[str, float]
    regions: Mapping[str, float]
    topics: Mapping[str, float]
    authors: Authors
    weekdays: tuple[float, ...] = (1.0,) * 7
    photo_share: float = 0.02
    repost_share: float = 0.25
    hashtags: bool = True
    wobble: float = 0.08

    def level(self, local: int) -> float:
        """Tell how many posts a minute are ordinary, drift aside, at a moment of local time (ms)."""
        hour, rest = divmod(local % DAY_MS, HOUR_MS)
        here, next_ = self.rhythm[hour], self.rhythm[(hour + 1) % 24]
        weekday = self.weekdays[(local // DAY_MS + 3) % 7]  # 1 January 1970 was a Thursday
        return self.per_minute * weekday * (here + (next_ - here) * rest / HOUR_MS)


@dataclass(frozen=True)
class Burst:
    """Something that people write about, on top of the ordinary.

    It rises over the first tenth of its time, stays, and fades over the last four tenths.

    Attributes:
        name: For people.
        topic: See :mod:`producers.scenario.texts`.
        begin: Epoch ms.
        end: Epoch ms.
        per_minute: Extra posts at the height, by channel.
        series: Where it must show.
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
    series: tuple[str, ...]
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
class Drop:
    """A channel that loses posts while its collectors stay alive.

    Attributes:
        name: For people.
        channel: Which.
        begin: Epoch ms.
        end: Epoch ms.
        left: Share of its posts that still come.
        planned: How it lies to the declared windows.
        flaps_minutes: If not 0, it is down and up by turns, for so long each, and down first.
    """

    name: str
    channel: str
    begin: int
    end: int
    left: float
    planned: Planned
    flaps_minutes: int = 0

    def left_at(self, at: int) -> float:
        """Tell which share of the posts comes at a moment."""
        if not self.begin <= at < self.end:
            return 1.0
        if self.flaps_minutes and (at - self.begin) // (self.flaps_minutes * MINUTE_MS) % 2:
            return 1.0
        return self.left


@dataclass(frozen=True)
class Dead:
    """A collector that is dead for a while: no heartbeats, no posts.

    Attributes:
        name: For people.
        source: Which.
        begin: Epoch ms.
        end: Epoch ms, when it says that it is back. A full minute, at which heartbeats are due.
        returns_minutes: Over how long it writes what it missed, once it is back. If 0, that is lost.
    """

    name: str
    source: str
    begin: int
    end: int
    returns_minutes: int = 0


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
        disorder_ms: How far ordinary posts come out of order.
    """

    late: float = 0.001
    duplicates: float = 0.004
    broken: float = 0.002
    disorder_ms: int = 5_000
