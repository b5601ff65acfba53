"""Event time in one partition: what its clocks say, and how far each source may go by them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tocsin.clocks import (
    IMPLIED_LAG_MS,
    LONGEST_GAP_MS,
    Clock,
    Rules,
    back_since,
    has_no_place,
    on_heartbeat,
    refusal,
    watermark,
)
from tocsin.partials import Position
from tocsin.posts import LAST_MS, Heartbeat, Post, RejectReason
from tocsin.sifting import Limits

UNKNOWN = -1  # the time, before anybody who is trusted has told it


class Limit(NamedTuple):
    """What the posts of a source are held against.

    Attributes:
        through: The last bucket that is closed to it.
        latest: The latest time that it may claim, epoch ms.
        is_implied: Whether its posts move its clock, since it sends no heartbeats. The record that such a post came in
            may say more of the latest time.
    """

    through: int
    latest: int
    is_implied: bool


class EventTime:
    """The clocks of one partition.

    Args:
        rules: Lateness, blindness and the width of a bucket.
        position: Where an earlier tally had come to; None at the beginning of the topic.

    Attributes:
        clocks: By source.
        through: The last bucket that has closed; None before event time begins.
    """

    def __init__(self, rules: Rules, position: Position | None) -> None:
        self._rules = rules
        clocks = position.clocks.items() if position else ()
        # Whom nobody trusts any more holds nothing back.
        self.clocks: dict[str, Clock] = {name: clock for name, clock in clocks if rules.trust.tells_time(name)}
        self.through = position.through if position else None
        self._limits: dict[str, Limit] = {}

    def hear(self, heartbeat: Heartbeat, written_at: int | None) -> tuple[RejectReason, str] | None:
        """Believe a heartbeat, or say why not.

        Args:
            heartbeat: What a source says.
            written_at: When its record was written, epoch ms, if that is known.
        """
        refused = refusal(self.clocks, heartbeat, self._rules, written_at)
        if refused is None:
            self.clocks = on_heartbeat(self.clocks, heartbeat, self._rules)
        return refused

    def imply(self, post: Post) -> bool:
        """Let a post move the clock of a source that sends no heartbeats; tells whether it has."""
        at = max(0, post.at - IMPLIED_LAG_MS)
        prior = self.clocks.get(post.source)
        if prior is not None and at <= prior.at:
            return False
        since = back_since(self.clocks, post.source, at, self._rules)
        self.clocks = {**self.clocks, post.source: Clock(at, implied=True, channels=(post.channel,), since=since)}
        return True

    def advance(self) -> tuple[int, int] | None:
        """Take in that a clock was moved; returns the first and the last bucket that close by it, if any do."""
        self._limits.clear()
        before, through = self.through, watermark(self.clocks, self._rules) // self._rules.bucket_ms - 1
        if before is None:
            self.through = through  # event time begins here
        elif through > before:
            self.through = through
            return before + 1, through
        return None

    def limit(self, source: str) -> Limit:
        """Look up the limit of a source."""
        known = self._limits.get(source)
        if known is None:
            known = self._limits[source] = self._limit(source)
        return known

    def limits(self, sources: Sequence[str]) -> Limits | None:
        """Look up the limits of posts; None if a post may move the clock of its source, and so the limits."""
        found = {source: self.limit(source) for source in set(sources)}
        if any(limit.is_implied for limit in found.values()):
            return None
        if len(set(found.values())) == 1:
            one = found[sources[0]]
            return Limits(one.through, one.latest)
        each = np.array([found[source][:2] for source in sources], np.int64)
        return Limits(each[:, 0], each[:, 1])

    def closed_to(self, source: str) -> int:
        """Tell the last bucket that is closed to a source with a clock, be that implied."""
        return max(self._rules.closed_by(self.clocks[source].at), self.limit(source).through)

    def forget_limits(self) -> None:
        """Forget what was looked up: a stream could name millions of sources."""
        self._limits.clear()

    def _limit(self, source: str) -> Limit:
        clock, rules = self.clocks.get(source), self._rules
        through = -1 if self.through is None else self.through
        if clock is not None and not clock.implied:
            return Limit(max(through, rules.closed_by(clock.at)), clock.at + rules.ahead_ms, is_implied=False)
        if has_no_place(self.clocks, source, rules):
            latest = self._furthest(UNKNOWN) + rules.ahead_ms if self.clocks else UNKNOWN
            return Limit(through, latest, is_implied=False)
        return Limit(through, self._furthest(LAST_MS) + LONGEST_GAP_MS, is_implied=True)

    def _furthest(self, otherwise: int) -> int:
        return max((clock.at for clock in self.clocks.values()), default=otherwise)
