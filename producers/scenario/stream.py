"""The posts of one channel, minute by minute: ordinary ones, what people write about, and old ones set free.

Millions of them are made for one that is looked at, so what a post needs is bound once, for its channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from producers.items import Item, item_of
from producers.scenario.chance import Chance, drawing, poisson
from producers.scenario.flaws import YEAR_MS, break_line
from producers.scenario.life import Channel
from producers.scenario.parts import MINUTE_MS, Backlog, Burst, Flood
from producers.scenario.texts import Composer
from producers.scenario.writers import Writers
from tocsin.posts import Post

if TYPE_CHECKING:  # the model imports the generator
    from producers.scenario.model import Scenario

_DUPLICATE_WITHIN_MS = 15_000
_LATE_WITHIN_MS = 600_000
_DRIFT_MINUTES = 10
_DRIFT_PULL = 0.3

_encode = msgspec.json.Encoder().encode
Arrival = tuple[int, Item]  # when it comes, epoch ms, and the line


class Stream:
    """The posts of one channel.

    Args:
        scenario: That it is a part of.
        channel: Which.
        texts: What people write.
        chance: Uniform in [0, 1).
    """

    def __init__(self, scenario: Scenario, channel: Channel, texts: Composer, chance: Chance) -> None:
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
        self._source = drawing(channel.sources, chance)
        self._region = drawing(channel.regions, chance)
        self._burst_regions = {b.name: drawing(b.regions or channel.regions, chance) for b in self._bursts}
        self._topic = drawing(channel.topics, chance)
        self._lang = drawing(channel.langs, chance)
        self._way = drawing(scenario.flaws.kinds, chance)
        self._writers = Writers(channel.name, channel.authors, chance)
        self._compose = texts.compose
        self._ids = count(1)
        self._drift = 0.0
        self._flawed = sum((scenario.flaws.late, scenario.flaws.duplicates, scenario.flaws.broken, scenario.flaws.wild))
        rules = scenario.rules
        # After so long a post's bucket is surely closed: its source's clock may lag by a heartbeat.
        self._beyond_lateness = rules.bucket_ms + rules.lateness_ms + scenario.heartbeat_seconds * 1000

    def minute(self, begin: int, end: int) -> list[Arrival]:
        """Write what is written within a minute, and set free what is, in no order."""
        left = 1.0
        for drop in self._drops:
            left *= drop.left_at(begin)
        scale, found, chance = left * (end - begin) / MINUTE_MS, list[Arrival](), self._chance
        self._arrive(self._posts(poisson(self._level(begin) * scale, chance), begin, end), found)
        for burst in self._bursts:
            if burst.begin <= begin < burst.end:
                extra = burst.per_minute[self._channel.name] * burst.level(begin)
                self._arrive(self._posts(poisson(extra * scale, chance), begin, end, burst), found)
        for flood in self._floods:
            if flood.begin <= begin < flood.end:
                self._arrive(self._copies(poisson(flood.per_minute * scale, chance), begin, end, flood), found)
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

    def _posts(self, number: int, begin: int, end: int, burst: Burst | None = None) -> Iterator[Post]:
        """Write posts on a burst's topic, or on ordinary ones."""
        channel, chance, length = self._channel, self._chance, end - begin
        name, tags, repost_share = channel.name, channel.hashtags, channel.repost_share
        photo_share = burst.photo_share if burst else channel.photo_share
        draw_lang, draw_topic, only, draw_region = self._lang, self._topic, self._only, self._region
        topic = ""
        if burst:
            topic, draw_region = burst.topic, self._burst_regions[burst.name]
        draw_author, compose = self._writers.draw, self._compose
        for n in islice(self._ids, number):
            at = begin + int(chance() * length)
            lang = draw_lang()
            about = topic or draw_topic()
            repost = chance() < repost_share
            photo = chance() < photo_share
            source = only or self._source()  # where there is but one collector, nothing is drawn
            author = draw_author()
            text = compose(about, lang, chance, tags=tags, photo=photo, repost=repost)
            yield Post(f"{name}-{n}", at, source, name, author, text, lang, draw_region(), repost)

    def _copies(self, number: int, begin: int, end: int, flood: Flood) -> Iterator[Post]:
        """Paste the text of a flood."""
        channel, chance = self._channel.name, self._chance
        for n in islice(self._ids, number):
            at = begin + int(chance() * (end - begin))
            source = self._only or self._source()
            author = self._writers.numbered(f"{flood.name}/{int(chance() * flood.accounts)}")
            yield Post(f"{channel}-{n}", at, source, channel, author, flood.text, flood.lang, self._region())

    def _arrive(self, posts: Iterable[Post], found: list[Arrival]) -> None:
        """Add the lines of posts, their copies, and what is wrong with them."""
        chance, disorder_ms, flawed = self._chance, self._scenario.flaws.disorder_ms, self._flawed
        slow, mortal, add, encode = self._slow, bool(self._deaths), found.append, _encode
        for post in posts:
            stamped = self._stamped(post) if slow else post
            arrival = (post.at + int(chance() * chance() * disorder_ms), Item(encode(stamped), stamped))
            fate = chance()
            if fate < flawed:
                arrival = self._spoil(fate, post, arrival, found)
            if mortal:
                self._through(post.source, arrival, found)
            else:
                add(arrival)

    def _spoil(self, fate: float, post: Post, arrival: Arrival, found: list[Arrival]) -> Arrival:
        """Do to a post what its fate has in store; returns when its line comes, and which."""
        chance, flaws = self._chance, self._scenario.flaws
        late = flaws.late
        copied = late + flaws.duplicates
        broken = copied + flaws.broken
        comes, item = arrival
        if fate < late:
            return post.at + self._beyond_lateness + int(chance() * _LATE_WITHIN_MS), item
        if fate < copied:
            self._through(post.source, (comes + int(chance() * _DUPLICATE_WITHIN_MS), item), found)
        elif fate < broken:
            self._through(post.source, (comes, break_line(item.raw, self._stamped(post), self._way())), found)
        else:
            return comes, item_of(structs.replace(post, at=post.at + _years(chance)))
        return arrival

    def _stamped(self, post: Post) -> Post:
        slow = self._scenario.slow_ms(post.source, post.at)
        return structs.replace(post, at=post.at - slow) if slow else post

    def _through(self, source: str, arrival: Arrival, found: list[Arrival]) -> None:
        """Add a line, unless its collector is dead when it comes: then it is lost, or waits until that is back."""
        comes, item = arrival
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
        number = poisson(backlog.per_minute * (end - begin) / MINUTE_MS, self._chance)
        for old in self._posts(number, backlog.oldest, backlog.newest):
            comes, item = begin + int(self._chance() * (end - begin)), item_of(old)
            found.append((comes, item))
            if self._chance() < backlog.copies:
                found.append((comes + int(self._chance() * (backlog.end - comes)), item))


def _years(chance: Chance) -> int:
    """Draw how far a wild clock is off: one to ten years, behind or ahead."""
    off = YEAR_MS + int(chance() * 9 * YEAR_MS)
    return off if chance() < 0.5 else -off
