"""The posts of one channel, minute by minute: ordinary ones, what people write about, and old ones set free."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from producers.items import Item
from producers.pseudonyms import Pseudonyms
from producers.scenario.chance import Chance, Weighted, poisson
from producers.scenario.flaws import YEAR_MS, break_line
from producers.scenario.life import Authors, Channel
from producers.scenario.parts import MINUTE_MS, Backlog, Burst, Flood
from producers.scenario.texts import Composer
from tocsin.posts import Post

if TYPE_CHECKING:  # the model imports the generator
    from producers.scenario.model import Scenario

# Nobody real stands behind a synthetic author: the key only makes their names look like real pseudonyms.
_NO_SECRET = "synthetic authors"  # noqa: S105 - as its name says
_DUPLICATE_WITHIN_MS = 15_000
_LATE_WITHIN_MS = 600_000
_DRIFT_MINUTES = 10
_DRIFT_PULL = 0.3
_KNOWN_AUTHORS = 100_000  # whose pseudonyms are kept: they write most

_encode = msgspec.json.Encoder().encode
Arrival = tuple[int, Item]  # when it comes, epoch ms, and the line


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
        self._floods = [flood for flood in scenario.floods if flood.channel == channel.name]
        self._backlogs = [backlog for backlog in scenario.backlogs if backlog.channel == channel.name]
        self._deaths = [dead for dead in scenario.deaths if dead.source in channel.sources]
        self._slow = any(slow.source in channel.sources for slow in scenario.clocks)
        self._only = next(iter(channel.sources)) if len(channel.sources) == 1 else None
        self._sources = Weighted(channel.sources)
        self._langs = Weighted(channel.langs)
        self._regions = Weighted(channel.regions)
        self._burst_regions = {b.name: Weighted(b.regions or channel.regions) for b in self._bursts}
        self._topics = Weighted(channel.topics)
        self._ways = Weighted(scenario.flaws.kinds)
        self._writers = _Writers(channel.name, channel.authors, chance)
        self._texts = Composer(scenario.topics, scenario.places, scenario.photos)
        self._ids = count(1)
        self._drift = 0.0
        self._disorder_ms = scenario.flaws.disorder_ms
        self._flawed = sum((scenario.flaws.late, scenario.flaws.duplicates, scenario.flaws.broken, scenario.flaws.wild))
        rules = scenario.rules
        # After so long a post's bucket is surely closed: its source's clock may lag by a heartbeat.
        self._beyond_lateness = rules.bucket_ms + rules.lateness_ms + scenario.heartbeat_seconds * 1000

    def minute(self, begin: int, end: int) -> list[Arrival]:
        """Write what is written within a minute, and set free what is, in no order."""
        left = 1.0
        for drop in self._drops:
            left *= drop.left_at(begin)
        scale, found = left * (end - begin) / MINUTE_MS, list[Arrival]()
        for _ in range(poisson(self._level(begin) * scale, self._chance)):
            self._arrive(self._post(begin, end, None), found)
        for burst in self._bursts:
            extra = burst.per_minute[self._channel.name] * burst.level(begin)
            for _ in range(poisson(extra * scale, self._chance)):
                self._arrive(self._post(begin, end, burst), found)
        for flood in self._floods:
            if flood.begin <= begin < flood.end:
                for _ in range(poisson(flood.per_minute * scale, self._chance)):
                    self._arrive(self._copy(begin, end, flood), found)
        for backlog in self._backlogs:
            if backlog.begin <= begin < backlog.end:
                self._set_free(backlog, (begin, end), found)
        return found

    def _level(self, at: int) -> float:
        """Tell how many posts a minute are ordinary now."""
        if at // MINUTE_MS % _DRIFT_MINUTES == 0:
            push = self._channel.wobble * (self._chance() + self._chance() - 1)
            self._drift += push - _DRIFT_PULL * self._drift
        return self._channel.level(self._scenario.local(at)) * (1 + self._drift)

    def _post(self, begin: int, end: int, burst: Burst | None) -> Post:
        channel, chance = self._channel, self._chance
        at = begin + int(chance() * (end - begin))
        lang = self._langs.draw(chance)
        topic = burst.topic if burst else self._topics.draw(chance)
        repost = chance() < channel.repost_share
        photo = chance() < (burst.photo_share if burst else channel.photo_share)
        # Where there is but one collector, nothing is drawn.
        source = self._only or self._sources.draw(chance)
        author = self._writers.next()
        text = self._texts.compose(topic, lang, chance, tags=channel.hashtags, photo=photo, repost=repost)
        region = (self._burst_regions[burst.name] if burst else self._regions).draw(chance)
        return Post(f"{channel.name}-{next(self._ids)}", at, source, channel.name, author, text, lang, region, repost)

    def _copy(self, begin: int, end: int, flood: Flood) -> Post:
        """Paste the text of a flood once more."""
        channel, chance = self._channel.name, self._chance
        at = begin + int(chance() * (end - begin))
        source = self._only or self._sources.draw(chance)
        author = self._writers.numbered(f"{flood.name}/{int(chance() * flood.accounts)}")
        region = self._regions.draw(chance)
        return Post(f"{channel}-{next(self._ids)}", at, source, channel, author, flood.text, flood.lang, region)

    def _arrive(self, post: Post, found: list[Arrival]) -> None:
        """Add the line of a post, its copies, and what is wrong with it."""
        chance = self._chance
        stamped = self._stamped(post) if self._slow else post
        item = Item(_encode(stamped), stamped)
        comes = post.at + int(chance() * chance() * self._disorder_ms)
        fate = chance()
        if fate < self._flawed:
            comes, item = self._spoil(fate, comes, post, item, found)
        if self._deaths:
            self._through(post.source, comes, item, found)
        else:
            found.append((comes, item))

    def _spoil(self, fate: float, comes: int, post: Post, item: Item, found: list[Arrival]) -> Arrival:
        """Do to a post what its fate has in store; returns when its line comes, and which."""
        chance, flaws = self._chance, self._scenario.flaws
        late = flaws.late
        copied = late + flaws.duplicates
        broken = copied + flaws.broken
        if fate < late:
            return post.at + self._beyond_lateness + int(chance() * _LATE_WITHIN_MS), item
        if fate < copied:
            self._through(post.source, comes + int(chance() * _DUPLICATE_WITHIN_MS), item, found)
        elif fate < broken:
            self._through(post.source, comes, break_line(item.raw, self._stamped(post), self._ways.draw(chance)), found)
        else:
            wild = structs.replace(post, at=post.at + _years(chance))
            return comes, Item(_encode(wild), wild)
        return comes, item

    def _stamped(self, post: Post) -> Post:
        slow = self._scenario.slow_ms(post.source, post.at)
        return structs.replace(post, at=post.at - slow) if slow else post

    def _through(self, source: str, comes: int, item: Item, found: list[Arrival]) -> None:
        """Add a line, unless its collector is dead when it comes: then it is lost, or waits until that is back."""
        for dead in self._deaths:
            # At the very end the collector speaks first.
            if dead.source == source and dead.begin <= comes <= dead.end:
                if not dead.returns_ms:
                    return
                comes = dead.end + 1 + int(self._chance() * dead.returns_ms)
        found.append((comes, item))

    def _set_free(self, backlog: Backlog, minute: tuple[int, int], found: list[Arrival]) -> None:
        """Add the old posts that come within a minute, and the copies of them that will."""
        begin, end = minute
        for _ in range(poisson(backlog.per_minute * (end - begin) / MINUTE_MS, self._chance)):
            old = self._post(backlog.oldest, backlog.newest, None)
            item = Item(_encode(old), old)
            comes = begin + int(self._chance() * (end - begin))
            found.append((comes, item))
            if self._chance() < backlog.copies:
                found.append((comes + int(self._chance() * (backlog.end - comes)), item))


class _Writers:
    """Draws pseudonyms from a population; see :class:`producers.scenario.life.Authors`."""

    def __init__(self, channel: str, authors: Authors, chance: Chance) -> None:
        self._channel = channel
        self._authors = authors
        self._chance = chance
        self._pseudonyms = Pseudonyms(_NO_SECRET)
        self._known: dict[int, str] = {}
        self._strangers = count(authors.regulars)

    def next(self) -> str:
        """Draw the author of one post."""
        chance = self._chance
        if chance() < self._authors.once_share:
            return self.numbered(next(self._strangers))
        part = u = chance()
        for _ in range(self._authors.skew - 1):
            part *= u
        number = int(self._authors.regulars * part)
        if number >= _KNOWN_AUTHORS:
            return self.numbered(number)
        if number not in self._known:
            self._known[number] = self.numbered(number)
        return self._known[number]

    def numbered(self, number: int | str) -> str:
        """Name one author of the channel."""
        return self._pseudonyms.of(f"{self._channel}/{number}")


def _years(chance: Chance) -> int:
    """Draw how far a wild clock is off: one to ten years, behind or ahead."""
    off = YEAR_MS + int(chance() * 9 * YEAR_MS)
    return off if chance() < 0.5 else -off
