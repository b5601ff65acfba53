"""The language of scenarios: every section of a file, and every key in it.

``docs/scenarios.md`` repeats it for readers, and a test compares.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from producers.scenario import values
from producers.scenario.facts import Alternative, Fact
from producers.scenario.flaws import WAYS
from producers.scenario.life import Authors, Channel, Topic
from producers.scenario.parts import Backlog, Burst, Dead, Drop, Flaws, Flood, SlowClock
from producers.scenario.values import Kind
from tocsin.posts import Notice

Make = Callable[..., Any]


@dataclass(frozen=True)
class Key:
    """One key of a section.

    Attributes:
        name: As it is written.
        kind: How its values are written.
        meaning: For the reference.
        default: What is read where it is missing; empty if that needs no value.
        needed: Whether it must stand there.
    """

    name: str
    kind: Kind[Any]
    meaning: str
    default: str = ""
    needed: bool = False


@dataclass(frozen=True)
class Section:
    """What may stand in one place of a file.

    Attributes:
        keys: In the order of the reference.
        make: Makes the part of its values, by the names of the keys.
    """

    keys: tuple[Key, ...]
    make: Make

    @property
    def by_name(self) -> Mapping[str, Key]:
        """The keys by their names."""
        return {key.name: key for key in self.keys}


_NAME = Key("name", values.TEXT, "what people call it", needed=True)
_CHANNEL = Key("channel", values.TEXT, "which channel", needed=True)
_SOURCE = Key("source", values.TEXT, "which collector", needed=True)
_SPAN = (
    Key("begin", values.TIME, "when it begins", needed=True),
    Key("end", values.TIME, "when it is over; this or `length`"),
    Key("length", values.DURATION, "how long it lasts; this or `end`"),
)
_TOLD = (
    Key("shows", values.TEXTS, "series on each of which it must show"),
    Key("may", values.TEXTS, "series on which it may show besides"),
)


def _channel(**given: Any) -> Channel:
    authors = Authors(given.pop("once_share"), given.pop("regulars"), given.pop("skew"))
    return Channel(authors=authors, **given)


def _fact(value: str, **given: Any) -> Fact:
    return Fact(text=value, value=value, **given)


def _drop(fades: int, flaps: int, **given: Any) -> Drop:
    return Drop(fades_ms=fades, flaps_ms=flaps, **given)


def _death(returns: int, **given: Any) -> Dead:
    return Dead(returns_ms=returns, **given)


def _clock(slow: int, **given: Any) -> SlowClock:
    return SlowClock(slow_ms=slow, **given)


def _flaws(disorder: int, **given: Any) -> Flaws:
    return Flaws(disorder_ms=disorder, **given)


def _notice(**given: Any) -> Notice:
    return Notice("maintenance", **given)


TOP = (
    Key(
        "use",
        values.TEXT,
        "another file, by its path beside this one or its name in the library, that this one changes",
    ),
    Key("description", values.TEXT, "a sentence or two", needed=True),
    *_SPAN,
    Key("zone", values.ZONE, "of the local time that people live by", "UTC"),
    Key("volume", values.NUMBER, "multiplies every rate, and the number of regular writers", "1"),
    Key("heartbeat", values.DURATION, "how often each collector says that it is alive", "60s"),
    Key("photos", values.TEXTS, "beginnings of links to pictures; without them nobody links to any"),
    Key("places", values.TEXTS_BY_NAME, "what templates may name as `{place}`, by language"),
)
CHANNEL = Section(
    (
        Key("per_minute", values.NUMBER, "posts on average", needed=True),
        Key("sources", values.WEIGHTS, "collectors, and the share of the posts that each of them sees", needed=True),
        Key("rhythm", values.HOURS, "level at each full local hour from midnight, 1 for the average", ""),
        Key("weekdays", values.WEEKDAYS, "level of each day, Monday first, 1 for the average", ""),
        Key("langs", values.WEIGHTS, "languages", needed=True),
        Key("regions", values.WEIGHTS, "regions", needed=True),
        Key("topics", values.WEIGHTS, "what ordinary posts are about", needed=True),
        Key("once_share", values.SHARE, "share of posts by people who write no other", "0.1"),
        Key("regulars", values.WHOLE, "how many others write", "26100"),
        Key("skew", values.WHOLE, "how much the busiest of them write: 1 is as much as any other", "5"),
        Key("photo_share", values.SHARE, "share of posts that link to a picture", "0.02"),
        Key("repost_share", values.SHARE, "share of posts that repeat another", "0.25"),
        Key("hashtags", values.FLAG, "whether people use them here", "true"),
        Key("wobble", values.SHARE, "size of the slow random drift of the level", "0.08"),
    ),
    _channel,
)
TOPIC = Section(
    (
        Key(
            "texts",
            values.TEXTS_BY_NAME,
            "templates by language, with `{place}` and `{n}` to be filled in",
            needed=True,
        ),
        Key("tags", values.TEXTS, "hashtags of which a post bears one"),
        Key("may", values.TEXTS, "series that its posts move besides those of their channel, as its tags do"),
    ),
    Topic,
)
FACT = Section(
    (
        Key("value", values.TEXT, "a time, a duration, a number, or text", needed=True),
        Key("source", values.TEXT, "who says so; `synthetic` where nobody does", needed=True),
        Key("unit", values.TEXT, "what it counts, if that is not plain"),
    ),
    _fact,
)
ALTERNATIVE = Section(FACT.keys[:2], Alternative)
PARTS: Mapping[str, Section] = {
    "bursts": Section(
        (
            _NAME,
            Key("topic", values.TEXT, "what people write about", needed=True),
            *_SPAN,
            Key("per_minute", values.NUMBERS, "extra posts at the height, by channel", needed=True),
            *_TOLD,
            Key("photo_share", values.SHARE, "share of its posts that link to a picture", "0.02"),
            Key("regions", values.WEIGHTS, "regions, if they are not the channel's"),
            Key("reports", values.TEXT, "the service whose outage the posts report"),
        ),
        Burst,
    ),
    "floods": Section(
        (
            _NAME,
            _CHANNEL,
            Key("text", values.TEXT, "what all of them paste", needed=True),
            Key("lang", values.TEXT, "its language", needed=True),
            *_SPAN,
            Key("accounts", values.WHOLE, "how many paste it", needed=True),
            Key("per_minute", values.NUMBER, "copies that come", needed=True),
            *_TOLD,
        ),
        Flood,
    ),
    "drops": Section(
        (
            _NAME,
            _CHANNEL,
            *_SPAN,
            Key("left", values.SHARE, "share of the posts that still come", "0"),
            Key("fades", values.DURATION, "how long it takes to sink to that", "0s"),
            Key("flaps", values.DURATION, "it is down and up by turns, so long each, down first", "0s"),
        ),
        _drop,
    ),
    "deaths": Section(
        (
            _NAME,
            _SOURCE,
            *_SPAN,
            Key(
                "returns", values.DURATION, "over how long it writes what it missed, once back; 0s: that is lost", "0s"
            ),
        ),
        _death,
    ),
    "clocks": Section(
        (
            _NAME,
            _SOURCE,
            *_SPAN,
            Key("slow", values.DURATION, "by how much", needed=True),
        ),
        _clock,
    ),
    "backlogs": Section(
        (
            _NAME,
            _CHANNEL,
            *_SPAN,
            Key("oldest", values.TIME, "earliest time that its posts bear", needed=True),
            Key("newest", values.TIME, "latest, so early that their buckets have closed", needed=True),
            Key("per_minute", values.NUMBER, "posts that come, copies aside", needed=True),
            Key("copies", values.SHARE, "share of them that come a second time", "0"),
        ),
        Backlog,
    ),
    "notices": Section(
        (
            Key("id", values.TEXT, "the same in each notice of one window", needed=True),
            _CHANNEL,
            *_SPAN,
            Key("at", values.TIME, "when the notice is made", needed=True),
            Key("state", values.choice("declared", "moved", "cancelled"), "what it says", "declared"),
        ),
        _notice,
    ),
}
FLAWS = Section(
    (
        Key("late", values.SHARE, "posts that come after their bucket has closed", "0.001"),
        Key("duplicates", values.SHARE, "posts that come twice, soon", "0.004"),
        Key("broken", values.SHARE, "lines that cannot be used, added to the posts", "0.002"),
        Key(
            "kinds", values.WEIGHTS, f"ways of breaking: {', '.join(f'`{way}`' for way in WAYS)}; all but `huge` alike"
        ),
        Key("wild", values.SHARE, "posts that bear a time one to ten years off, behind or ahead", "0"),
        Key("disorder", values.DURATION, "how far ordinary posts come out of order", "5s"),
    ),
    _flaws,
)
SETTINGS = values.WHOLE
NAMED = ("settings", "facts", "topics", "channels", "flaws")
