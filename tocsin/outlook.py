"""The outlook: what a channel may be expected to carry in the coming week, and how many people that will be.

For each channel the last week is kept: posts by slots of ten minutes, posts and distinct authors by hours, and the
posts of the last four weeks by UTC days. What nobody could see, and what an outage kept people from writing, is left
out; a burst is not, for it is what they wrote. All of it is 1,372 integers and a sketch: at most 8 KB when written down
where a slot has less than 65,536 posts, and mostly half of that.
:mod:`tocsin.forecast` says how the rest follows.
"""

from collections.abc import Container
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from tocsin import series as names
from tocsin.audience import count, unite
from tocsin.forecast import DAYS, TOTALS, Floats, Spread, apart, foretell, growth, hindcasts, spread, weekdays
from tocsin.merge import ClosedBucket

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
SLOTS_MS = (10 * MINUTE_MS, 20 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS)  # the first that is no shorter than a bucket
UNKNOWN = -1
TOGETHER = 32  # sketches of authors that are united at a time


class Forecast(Struct, frozen=True):
    """What is expected of a stretch of time.

    Attributes:
        posts: Expected.
        low: Lower end of an 80% interval of posts; for several hours a wide one, since errors partly cancel out.
        high: Its upper end.
        authors: Different people expected to write them.
        apart: How far the ratio to another stretch may be off, where no burst lasts in either: a natural logarithm.
    """

    posts: float
    low: float
    high: float
    authors: float
    apart: float


class Outlook(Struct, frozen=True):
    """What is expected of a channel for seven days.

    Attributes:
        channel: Such as ``sms``.
        begin: Start of the first slot, epoch ms.
        slot_ms: Width of a slot.
        posts: Expected in each slot.
        authors: Different people expected in an hour that goes on at the pace of each slot.
        growth: Heaps' exponent: so many times the posts take as many people to the power of this.
        low: Lower end of an 80% interval for an average hour of the week, as a factor of its posts.
        high: Its upper end.
        below: How far it may be off beyond the noise of counting, as a share of any number of posts.
        above: Likewise, upwards.
        apart: How far the ratio of two windows may be off; see :class:`Forecast`.
        days: Days of history that it rests on. Below two or so, nothing tells how far it is off: the interval is wide.
    """

    channel: str
    begin: int
    slot_ms: int
    posts: tuple[float, ...]
    authors: tuple[float, ...]
    growth: float
    low: float
    high: float
    below: float
    above: float
    apart: float
    days: float

    @property
    def end(self) -> int:
        """Where it ends, epoch ms."""
        return self.begin + len(self.posts) * self.slot_ms

    def window(self, begin: int, end: int) -> Forecast | None:
        """Tell what is expected of a stretch of time; slots that lie partly in it count by their part.

        Args:
            begin: Epoch ms.
            end: Epoch ms.

        Returns:
            None where it is empty, or not wholly within these seven days.
        """
        if not self.begin <= begin < end <= self.end:
            return None
        first, last = (begin - self.begin) // self.slot_ms, (end - 1 - self.begin) // self.slot_ms
        posts = 0.0
        for slot in range(first, last + 1):
            at = self.begin + slot * self.slot_ms
            posts += self.posts[slot] * (min(end, at + self.slot_ms) - max(begin, at)) / self.slot_ms
        low, high = Spread(self.below, self.above).bounds(posts)
        busiest = max(range(first, last + 1), key=self.posts.__getitem__)
        hourly = self.posts[busiest] * HOUR_MS / self.slot_ms
        authors = self.authors[busiest] * (posts / hourly) ** self.growth if hourly else 0.0
        return Forecast(posts, low, high, min(authors, posts), self.apart)


class _Part(Struct, array_like=True):
    """An interval that has not ended: its posts, how many buckets they are of, and in how many something stirred."""

    posts: int = 0
    usable: int = 0
    unusable: int = 0
    stirred: int = 0

    @property
    def is_known(self) -> bool:
        """Whether at most a quarter of it could not be used."""
        return self.usable > 0 and self.usable >= 3 * self.unusable


class _Channel(Struct, omit_defaults=True):
    """The last week of a channel: counts by number of the interval, modulo how many there are."""

    slots: list[int]
    stirred: list[int]  # 1 for slots in which a burst lasted
    hours: list[int]
    authors: list[int]  # of these hours
    days: list[int]
    slot: _Part
    hour: _Part
    people: bytes = b""  # who wrote in the hour that runs: a sketch
    heard: list[bytes] = []  # sketches of these people that are not in it yet: many at once cost less

    def unite(self) -> None:
        """Put the sketches together."""
        if self.heard:
            self.people, self.heard = unite((self.people, *self.heard)), []


class Outlooks:
    """Folds closed buckets into the last week of every channel, and foretells the next.

    A channel of which nothing has come for a week is forgotten.

    Args:
        bucket_ms: Width of a bucket in milliseconds; at most an hour.
    """

    def __init__(self, bucket_ms: int) -> None:
        self._bucket_ms = bucket_ms
        self._slot_ms = next(width for width in SLOTS_MS if width >= bucket_ms)
        self._per_hour = HOUR_MS // self._slot_ms
        self._per_day = 24 * self._per_hour
        self._slot: int | None = None  # number of the one that runs
        self._channels: dict[str, _Channel] = {}

    @property
    def channels(self) -> tuple[str, ...]:
        """All that are known, in the order of the alphabet."""
        return tuple(sorted(self._channels))

    def fold(self, closed: ClosedBucket, unusable: Container[str], *, stirred: bool = False) -> None:
        """Take in the next bucket.

        Args:
            closed: The one after the last.
            unusable: Channels that nobody saw in it, or whose posts were kept from coming.
            stirred: Whether a burst lasted: what came then says less of another day than what came in calm.
        """
        begin = closed.bucket * self._bucket_ms
        self._advance(begin // self._slot_ms)
        for channel in closed.people:
            if channel not in self._channels:
                self._channels[channel] = self._begin(begin)
        for channel, state in self._channels.items():
            if channel in unusable:
                state.slot.unusable += 1
                state.hour.unusable += 1
                continue
            posts = closed.counts.get(names.series("channel", channel), (0, 0, 0))[0]
            for part in (state.slot, state.hour):
                part.posts += posts
                part.usable += 1
                part.stirred += stirred
            if channel in closed.people:
                state.heard.append(closed.people[channel])
                if len(state.heard) == TOGETHER:
                    state.unite()

    def _begin(self, at: int) -> _Channel:
        """Begin a channel: of the buckets before, nobody knows whether it was there at all."""
        slots, hours = DAYS * self._per_day, DAYS * 24
        return _Channel(
            slots=[UNKNOWN] * slots,
            stirred=[0] * slots,
            hours=[UNKNOWN] * hours,
            authors=[UNKNOWN] * hours,
            days=[UNKNOWN] * TOTALS,
            slot=_Part(unusable=at % self._slot_ms // self._bucket_ms),
            hour=_Part(unusable=at % HOUR_MS // self._bucket_ms),
        )

    def _advance(self, slot: int) -> None:
        """End all slots before this one."""
        began = slot if self._slot is None else self._slot
        for number in range(began, min(slot, began + DAYS * self._per_day)):
            for state in self._channels.values():
                self._end_slot(state, number)
        if slot != self._slot:
            self._channels = {
                channel: state for channel, state in self._channels.items() if max(state.slots) > 0 or state.hour.posts
            }
        self._slot = slot

    def _end_slot(self, state: _Channel, number: int) -> None:
        part, state.slot = state.slot, _Part()
        state.stirred[number % len(state.stirred)] = int(2 * part.stirred > part.usable)
        if part.is_known:  # to the width of a slot, for a bucket belongs to the slot in which it begins
            covered = part.usable * self._bucket_ms
            state.slots[number % len(state.slots)] = (2 * part.posts * self._slot_ms + covered) // (2 * covered)
        else:
            state.slots[number % len(state.slots)] = UNKNOWN
        if (number + 1) % self._per_hour == 0:
            self._end_hour(state, number // self._per_hour)
        if (number + 1) % self._per_day == 0:
            self._end_day(state, number // self._per_day)

    def _end_hour(self, state: _Channel, number: int) -> None:
        state.unite()
        part, people = state.hour, state.people
        state.hour, state.people = _Part(), b""
        at = number % len(state.hours)
        state.hours[at] = part.posts if part.is_known else UNKNOWN
        state.authors[at] = round(count(people)) if part.is_known else UNKNOWN

    def _end_day(self, state: _Channel, number: int) -> None:
        first = number * self._per_day % len(state.slots)
        known = [posts for posts in state.slots[first : first + self._per_day] if posts != UNKNOWN]
        is_known = 4 * len(known) >= 3 * self._per_day
        state.days[number % TOTALS] = sum(known) * self._per_day // len(known) if is_known else UNKNOWN

    def outlook(self, channel: str, at: int) -> Outlook | None:
        """Foretell a channel.

        Args:
            channel: Such as ``sms``.
            at: Now, epoch ms: the first slot is the one that holds it, or the one that runs if that is later.

        Returns:
            None if less than an hour is known of it.
        """
        state = self._channels.get(channel)
        if state is None or self._slot is None:
            return None
        ahead = max(at // self._slot_ms - self._slot, 0)
        week = _known(state.slots, self._slot)
        rhythm = self._rhythm(state, self._slot)
        stirred = _known(state.stirred, self._slot) > 0
        foretold = foretell(week / rhythm, stirred, self._per_hour, ahead)
        if foretold is None:
            return None
        posts = foretold * np.roll(rhythm, -ahead)
        days = int(np.count_nonzero(~np.isnan(week))) / self._per_day
        hindcast = hindcasts(week / rhythm, stirred, self._per_hour)
        off = spread(hindcast, days)
        hours, authors = np.array(state.hours), np.array(state.authors)
        known = hours != UNKNOWN
        law = growth(hours[known], authors[known])
        hour = max(float(posts.mean()) * self._per_hour, 1.0)
        low, high = off.bounds(hour)
        return Outlook(
            channel=channel,
            begin=(self._slot + ahead) * self._slot_ms,
            slot_ms=self._slot_ms,
            posts=tuple(posts.tolist()),
            authors=tuple(law.authors(some * self._per_hour) for some in posts.tolist()),
            growth=law.exponent,
            low=low / hour,
            high=high / hour,
            below=off.below,
            above=off.above,
            apart=apart(hindcast),
            days=days,
        )

    def _rhythm(self, state: _Channel, slot: int) -> Floats:
        """Tell the factor of the weekday of each slot of the week before one; that of the week behind is the same."""
        factors = weekdays(_known(state.days, slot // self._per_day))
        numbers = np.arange(slot - len(state.slots), slot) // self._per_day
        return factors[(numbers - slot // self._per_day) % DAYS]

    def snapshot(self) -> dict[str, Any]:
        """Write the whole state down."""
        for state in self._channels.values():
            state.unite()
        return {"slot": self._slot, "channels": self._channels}

    def restore(self, state: dict[str, Any]) -> None:
        """Read back what :meth:`snapshot` wrote."""
        self._slot = state["slot"]
        self._channels = msgspec.convert(state["channels"], dict[str, _Channel])


def _known(ring: list[int], number: int) -> Floats:
    """Unroll a ring up to before a number, the oldest first; NaN for what is unknown."""
    values = np.roll(np.array(ring, np.float64), -(number % len(ring)))
    return np.where(values == UNKNOWN, np.nan, values)
