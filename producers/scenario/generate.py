"""From a scenario to its stream, minute by minute, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from producers.items import Item, item_of
from producers.pseudonyms import Pseudonyms
from producers.scenario.chance import Chance, Weighted, poisson
from producers.scenario.flaws import break_line
from producers.scenario.parts import DAY_MS, HOUR_MS, MINUTE_MS, Authors, Burst, Channel
from producers.scenario.texts import compose
from tocsin.posts import Heartbeat, Post

if TYPE_CHECKING:  # the model imports the generator
    from producers.scenario.model import Scenario

# Nobody real stands behind a synthetic author: the key only makes their names look like real pseudonyms.
_NO_SECRET = "synthetic authors"  # noqa: S105 - as its name says
_DUPLICATE_WITHIN_MS = 15_000
_LATE_WITHIN_MS = 600_000
_DRIFT_MINUTES = 10
_DRIFT_PULL = 0.3

_Arrivals = list[tuple[int, int, Item]]  # when it comes, a number that breaks ties, the line


def generate(scenario: Scenario, seed: int) -> Iterator[Item]:
    """Make the stream of a scenario; see :meth:`producers.scenario.model.Scenario.lines`."""
    chance = Random(seed).random  # noqa: S311 - a simulation, not a secret
    sources: dict[str, tuple[str, ...]] = {}
    for channel in scenario.channels:
        sources[channel.source] = (*sources.get(channel.source, ()), channel.name)
    for source, names in sources.items():
        yield item_of(Heartbeat(source, scenario.begin - 1, names))

    streams = [_Stream(scenario, channel, chance) for channel in scenario.channels]
    ties = count()
    pending: _Arrivals = [(notice.at, next(ties), item_of(notice)) for notice in scenario.notices]
    heartbeat_ms = scenario.heartbeat_seconds * 1000
    heartbeat_at = scenario.begin + heartbeat_ms
    for minute in range(scenario.begin, scenario.end, MINUTE_MS):
        until = min(minute + MINUTE_MS, scenario.end)
        for stream in streams:
            pending.extend((at, next(ties), item) for at, item in stream.minute(minute, until))
        while heartbeat_at < until:
            for source, names in sources.items():
                pending.append((heartbeat_at, next(ties), item_of(Heartbeat(source, heartbeat_at, names))))
            heartbeat_at += heartbeat_ms
        pending.sort(reverse=True)  # the soonest last, where taking it is cheap
        while pending and pending[-1][0] < until:
            yield pending.pop()[2]

    yield from (item for _, _, item in reversed(pending))
    closing = scenario.end + scenario.rules.bucket_ms + scenario.rules.lateness_ms + 1
    for source, names in sources.items():
        yield item_of(Heartbeat(source, closing, names))


class _Stream:
    """The posts of one channel."""

    def __init__(self, scenario: Scenario, channel: Channel, chance: Chance) -> None:
        self._scenario = scenario
        self._channel = channel
        self._chance = chance
        self._drops = [drop for drop in scenario.drops if drop.channel == channel.name]
        self._bursts = [burst for burst in scenario.bursts if channel.name in burst.per_minute]
        self._langs = Weighted(channel.langs)
        self._regions = Weighted(channel.regions)
        self._burst_regions = {b.name: Weighted(b.regions or channel.regions) for b in self._bursts}
        self._topics = Weighted(channel.topics)
        self._writers = _Writers(channel.name, channel.authors, chance)
        self._ids = count(1)
        self._drift = 0.0

    def minute(self, begin: int, end: int) -> Iterator[tuple[int, Item]]:
        """Yield what is written within a minute, in no order, with the time at which it comes."""
        left = 1.0
        for drop in self._drops:
            if drop.begin <= begin < drop.end:
                left *= drop.left
        scale = left * (end - begin) / MINUTE_MS
        for _ in range(poisson(self._level(begin) * scale, self._chance)):
            yield from self._post(begin, end, None)
        for burst in self._bursts:
            extra = burst.per_minute[self._channel.name] * burst.level(begin)
            for _ in range(poisson(extra * scale, self._chance)):
                yield from self._post(begin, end, burst)

    def _level(self, at: int) -> float:
        """Tell how many posts a minute are ordinary now."""
        channel, local = self._channel, at + self._scenario.utc_offset_minutes * MINUTE_MS
        if at // MINUTE_MS % _DRIFT_MINUTES == 0:
            push = channel.wobble * (self._chance() + self._chance() - 1)
            self._drift += push - _DRIFT_PULL * self._drift
        hour, rest = divmod(local % DAY_MS, HOUR_MS)
        here, next_ = channel.rhythm[hour], channel.rhythm[(hour + 1) % 24]
        weekday = channel.weekdays[(local // DAY_MS + 3) % 7]  # 1 January 1970 was a Thursday
        return channel.per_minute * weekday * (here + (next_ - here) * rest / HOUR_MS) * (1 + self._drift)

    def _post(self, begin: int, end: int, burst: Burst | None) -> Iterator[tuple[int, Item]]:
        channel, chance, flaws = self._channel, self._chance, self._scenario.flaws
        at = begin + int(chance() * (end - begin))
        lang = self._langs.draw(chance)
        topic = burst.topic if burst else self._topics.draw(chance)
        repost = chance() < channel.repost_share
        photo = chance() < (burst.photo_share if burst else channel.photo_share)
        post = Post(
            id=f"{channel.name}-{next(self._ids)}",
            at=at,
            source=channel.source,
            channel=channel.name,
            author=self._writers.next(),
            text=compose(topic, lang, chance, tags=channel.hashtags, photo=photo, repost=repost),
            lang=lang,
            region=(self._burst_regions[burst.name] if burst else self._regions).draw(chance),
            repost=repost,
        )
        item = item_of(post)
        comes = at + int(chance() * chance() * flaws.disorder_ms)
        fate = chance()
        if fate < flaws.late:
            comes = at + self._beyond_lateness() + int(chance() * _LATE_WITHIN_MS)
        elif fate < flaws.late + flaws.duplicates:
            yield comes + int(chance() * _DUPLICATE_WITHIN_MS), item
        elif fate < flaws.late + flaws.duplicates + flaws.broken:
            yield comes, break_line(item.raw, post, chance)
        yield comes, item

    def _beyond_lateness(self) -> int:
        """Tell after how long a post's bucket is surely closed: its source's clock may lag by a heartbeat."""
        rules = self._scenario.rules
        return rules.bucket_ms + rules.lateness_ms + self._scenario.heartbeat_seconds * 1000


class _Writers:
    """Draws pseudonyms from a population; see :class:`producers.scenario.parts.Authors`."""

    def __init__(self, channel: str, authors: Authors, chance: Chance) -> None:
        self._channel = channel
        self._authors = authors
        self._chance = chance
        self._pseudonyms = Pseudonyms(_NO_SECRET)
        self._strangers = count(authors.regulars)

    def next(self) -> str:
        """Draw the author of one post."""
        if self._chance() < self._authors.once_share:
            number = next(self._strangers)
        else:
            part = u = self._chance()
            for _ in range(self._authors.skew - 1):
                part *= u
            number = int(self._authors.regulars * part)
        return self._pseudonyms.of(f"{self._channel}/{number}")
