"""Ordinary life in a scenario: who writes on which channel, how much at what hour, and about what."""

from collections.abc import Mapping
from dataclasses import dataclass

from producers.scenario.parts import DAY_MS, HOUR_MS


@dataclass(frozen=True)
class Topic:
    """Something to write about.

    Attributes:
        name: As channels and bursts call it.
        texts: Templates by language; ``{place}`` and ``{n}`` are filled in.
        tags: Hashtags of which posts bear one, where people use them.
        may: Series that its posts move besides those of their channel, as its tags do.
    """

    name: str
    texts: Mapping[str, tuple[str, ...]]
    tags: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


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
    langs: Mapping[str, float]
    regions: Mapping[str, float]
    topics: Mapping[str, float]
    authors: Authors
    rhythm: tuple[float, ...] = (1.0,) * 24
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
