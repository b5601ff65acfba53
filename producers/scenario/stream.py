"""The posts of one channel, minute by minute: ordinary ones, what people write about, and old ones set free."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from producers.items import Item, item_of
from producers.pseudonyms import Pseudonyms
from producers.scenario.chance import Chance, Weighted, poisson
from producers.scenario.flaws import break_line
from producers.scenario.parts import MINUTE_MS, Authors, Backlog, Burst, Channel
from producers.scenario.texts import compose
from tocsin.posts import Post

if TYPE_CHECKING:  # the model imports the generator
    from producers.scenario.model import Scenario

# Nobody real stands behind a synthetic author: the key only makes their names look like real pseudonyms.
_NO_SECRET = "synthetic authors"  # noqa: S105 - as its name says
_DUPLICATE_WITHIN_MS = 15_000
_LATE_WITHIN_MS = 600_000
_DRIFT_MINUTES = 10
_DRIFT_PULL = 0.3

Arrivals = Iterator[tuple[int, Item]]


class Stream:
    """The posts of one channel.

    Args:
        scenario: That it is a part of.
        channel: Which.
        chance: Uniform in [0, 1).
    """

    def __init__(self, scenario: Scenario, channel: Channel, chance: Chance) -> None:
        self._scenario = scenario
        self._channel = channel
        self._chance = chance
        self._drops = [drop for drop in scenario.drops if drop.channel == channel.name]
        self._bursts = [burst for burst in scenario.bursts if channel.name in burst.per_minute]
        self._backlogs = [backlog for backlog in scenario.backlogs if backlog.channel == channel.name]
        self._deaths = [dead for dead in scenario.deaths if dead.source in channel.sources]
        self._sources = Weighted(channel.sources)
        self._langs = Weighted(channel.langs)
        self._regions = Weighted(channel.regions)
        self._burst_regions = {b.name: Weighted(b.regions or channel.regions) for b in self._bursts}
        self._topics = Weighted(channel.topics)
        self._writers = _Writers(channel.name, channel.authors, chance)
        self._ids = count(1)
        self._drift = 0.0

    def minute(self, begin: int, end: int) -> Arrivals:
        """Yield what is written within a minute, and what is set free, in no order, with the time at which it comes."""
        left = 1.0
        for drop in self._drops:
            left *= drop.left_at(begin)
        scale = left * (end - begin) / MINUTE_MS
        for _ in range(poisson(self._level(begin) * scale, self._chance)):
            yield from self._arrive(self._post(begin, end, None))
        for burst in self._bursts:
            extra = burst.per_minute[self._channel.name] * burst.level(begin)
            for _ in range(poisson(extra * scale, self._chance)):
                yield from self._arrive(self._post(begin, end, burst))
        for backlog in self._backlogs:
            if backlog.begin <= begin < backlog.end:
                yield from self._set_free(backlog, begin, end)

    def _level(self, at: int) -> float:
        """Tell how many posts a minute are ordinary now."""
        if at // MINUTE_MS % _DRIFT_MINUTES == 0:
            push = self._channel.wobble * (self._chance() + self._chance() - 1)
            self._drift += push - _DRIFT_PULL * self._drift
        return self._channel.level(at + self._scenario.utc_offset_minutes * MINUTE_MS) * (1 + self._drift)

    def _post(self, begin: int, end: int, burst: Burst | None) -> Post:
        channel, chance = self._channel, self._chance
        at = begin + int(chance() * (end - begin))
        lang = self._langs.draw(chance)
        topic = burst.topic if burst else self._topics.draw(chance)
        repost = chance() < channel.repost_share
        photo = chance() < (burst.photo_share if burst else channel.photo_share)
        return Post(
            id=f"{channel.name}-{next(self._ids)}",
            at=at,
            source=self._source(),
            channel=channel.name,
            author=self._writers.next(),
            text=compose(topic, lang, chance, tags=channel.hashtags, photo=photo, repost=repost),
            lang=lang,
            region=(self._burst_regions[burst.name] if burst else self._regions).draw(chance),
            repost=repost,
        )

    def _source(self) -> str:
        """Draw the collector that sees a post; where there is but one, nothing is drawn."""
        if len(self._channel.sources) == 1:
            return next(iter(self._channel.sources))
        return self._sources.draw(self._chance)

    def _arrive(self, post: Post) -> Arrivals:
        """Yield the line of a post, its copies, and what is wrong with it."""
        chance, flaws = self._chance, self._scenario.flaws
        item = item_of(post)
        comes = post.at + int(chance() * chance() * flaws.disorder_ms)
        fate = chance()
        if fate < flaws.late:
            comes = post.at + self._beyond_lateness() + int(chance() * _LATE_WITHIN_MS)
        elif fate < flaws.late + flaws.duplicates:
            yield from self._through(post, comes + int(chance() * _DUPLICATE_WITHIN_MS), item)
        elif fate < flaws.late + flaws.duplicates + flaws.broken:
            yield from self._through(post, comes, break_line(item.raw, post, chance))
        yield from self._through(post, comes, item)

    def _through(self, post: Post, comes: int, item: Item) -> Arrivals:
        """Yield a line, unless its collector is dead when it comes: then it is lost, or waits until that is back."""
        for dead in self._deaths:
            # At the very end the collector speaks first.
            if dead.source == post.source and dead.begin <= comes <= dead.end:
                if not dead.returns_minutes:
                    return
                comes = dead.end + 1 + int(self._chance() * dead.returns_minutes * MINUTE_MS)
        yield comes, item

    def _beyond_lateness(self) -> int:
        """Tell after how long a post's bucket is surely closed: its source's clock may lag by a heartbeat."""
        rules = self._scenario.rules
        return rules.bucket_ms + rules.lateness_ms + self._scenario.heartbeat_seconds * 1000

    def _set_free(self, backlog: Backlog, begin: int, end: int) -> Arrivals:
        """Yield the old posts that come within a minute, and the copies of them that will."""
        for _ in range(poisson(backlog.per_minute * (end - begin) / MINUTE_MS, self._chance)):
            item = item_of(self._post(backlog.oldest, backlog.newest, None))
            comes = begin + int(self._chance() * (end - begin))
            yield comes, item
            if self._chance() < backlog.copies:
                yield comes + int(self._chance() * (backlog.end - comes)), item


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
