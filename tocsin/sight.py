"""Sight: who saw what. A bucket that a collector did not cover says nothing about its channels.

A channel may have several sources. Where one of them is blind, the channel is still seen in part: what is missing is
the share of that source, which is known from better days, and nobody takes it for silence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tocsin import series as names
from tocsin.clocks import Clocks
from tocsin.detect.baseline import Bools


@dataclass(frozen=True)
class Sight:
    """What was seen of one bucket; arrays run along the rows of the series.

    Attributes:
        seen: Whether anybody saw it, at least in part.
        whole: Whether it was seen whole, as far as the sources of its own channel go. Of a series that is counted over
            several channels, whether no source at all was blind. A backlog is always whole: it is of other times.
        parts: Of a channel that was seen in part: the rows of the shares that were seen.
    """

    seen: Bools
    whole: Bools
    parts: Mapping[int, Sequence[int]] = field(default_factory=dict)


class Shares:
    """Which source brings which part of a channel, and where each of these is counted.

    Args:
        series: Names by row.
    """

    def __init__(self, series: Sequence[str]) -> None:
        rows = {name: row for row, name in enumerate(series)}
        self.channels: dict[str, int] = {}  # rows by the name of the channel
        self.parts: dict[int, dict[str, int]] = {}  # rows of its shares by source, by row of the channel
        self.crosses: dict[int, list[int]] = {}  # rows of all its crosses, by row of the channel
        self.of_channels = np.array([names.dimension_of(name) == "channel" for name in series], np.bool_)
        self.backlogs = np.array([names.dimension_of(name) == names.BACKLOG for name in series], np.bool_)
        self.over_channels = ~self.of_channels & ~self.backlogs  # rows of what is counted over several channels
        self._asked: object = None  # what was asked last, and its answer
        self._sight = Sight(self.of_channels, self.of_channels)
        for row, name in enumerate(series):
            if not self.of_channels[row]:
                continue
            channel, _, other = name.partition("|")
            if not other:
                self.channels[names.value_of(channel)] = row
            elif channel in rows:
                self.crosses.setdefault(rows[channel], []).append(row)
                if names.dimension_of(other) == "source":
                    self.parts.setdefault(rows[channel], {})[names.value_of(other)] = row

    def rows_of(self, source: str) -> list[int]:
        """List the rows of the shares that a source brings."""
        value = names.value_or_other(source)
        return [shares[value] for shares in self.parts.values() if value in shares]

    def channels_of(self, source: str, clocks: Clocks) -> list[str]:
        """List the channels that a source says it collects, and those that it has brought posts of, sorted."""
        said = {channel for channel in clocks[source].channels if names.is_value(channel)}
        value = names.value_or_other(source)
        brought = {channel for channel, row in self.channels.items() if value in self.parts.get(row, {})}
        return sorted(said | brought)

    def see(self, clocks: Clocks, blind: Iterable[str]) -> Sight:
        """Tell what was seen of a bucket.

        Args:
            clocks: By which it was closed.
            blind: The sources that did not cover it.

        Returns:
            A sight of the caller's own, who may change it.
        """
        dead = frozenset(names.value_or_other(source) for source in blind)
        if not dead:
            seen = np.ones(len(self.of_channels), np.bool_)
            return Sight(seen, seen.copy())
        asked = dead, [(source, clock.channels) for source, clock in clocks.items()]
        if asked != self._asked:  # a dead collector mostly stays so for many buckets
            self._asked, self._sight = asked, self._see(clocks, dead)
        return Sight(self._sight.seen.copy(), self._sight.whole.copy(), self._sight.parts)

    def _see(self, clocks: Clocks, dead: frozenset[str]) -> Sight:
        seen, whole = np.ones(len(self.of_channels), np.bool_), ~self.over_channels
        parts: dict[int, Sequence[int]] = {}
        said: dict[str, set[str]] = {}
        for source, clock in clocks.items():
            for channel in clock.channels:
                said.setdefault(channel, set()).add(names.value_or_other(source))
        for channel, row in self.channels.items():
            shares = self.parts.get(row, {})
            sources = said.get(channel, set()) | shares.keys()
            if not sources & dead:
                continue
            alive = [shares[source] for source in sorted(sources - dead) if source in shares]
            crosses = self.crosses.get(row, [])
            whole[[row, *crosses]] = False
            seen[[at for source, at in shares.items() if source in dead]] = False
            whole[alive] = True
            if alive:
                parts[row] = alive
            else:
                seen[[row, *crosses]] = False
        return Sight(seen, whole, parts)
