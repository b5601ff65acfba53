"""A crowd that talks on three channels, twenty posts a second in all, second by second and as long as one likes.

Channels fall silent and collectors die at a word of the caller's. Seeded.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import numpy as np

from tocsin.posts import Heartbeat, Post, encode

SOURCES = {"gateway": "sms", "crawler": "web", "stream": "twitter"}
RATES = {"sms": 8, "web": 6, "twitter": 6}  # posts a second
SAYINGS = ("tea at noon", "rain again", "bread and music", "the night train", "a book in the park")


class Timed(NamedTuple):
    """A line, and the event time, epoch ms, at which it is written."""

    at: int
    line: bytes


class Crowd:
    """Makes one second after the other.

    Args:
        begin: Epoch seconds of the first.
        seed: Same seed, same crowd.

    Attributes:
        now: Epoch seconds of the next.
        silent: Channels on which nobody can speak, while their collectors live.
        dead: Sources that send nothing at all.
        spoke: Event time of the last post of each channel, epoch ms.
    """

    def __init__(self, begin: int, seed: int = 1) -> None:
        self._random = Random(seed)
        self._counts = np.random.default_rng(seed)
        self.now = begin
        self.silent: set[str] = set()
        self.dead: set[str] = set()
        self.spoke: dict[str, int] = {}

    def second(self, beats: int = 1) -> list[Timed]:
        """Make the next second, in order.

        Args:
            beats: Seconds from one heartbeat of a source to its next.
        """
        begin, self.now = self.now * 1000, self.now + 1
        lines = []
        for source, channel in SOURCES.items():
            if source in self.dead:
                continue
            if channel not in self.silent:
                lines += self._posts(source, channel, begin)
            if self.now % beats == 0:
                lines.append(Timed(begin + 1000, encode([Heartbeat(source, begin + 1000, (channel,))])))
        return sorted(lines)

    def _posts(self, source: str, channel: str, begin: int) -> Iterator[Timed]:
        for number in range(self._counts.poisson(RATES[channel])):
            at = begin + self._random.randrange(1000)
            author, text = f"a{self._random.randrange(5000)}", self._random.choice(SAYINGS)
            post = Post(f"{begin}-{number}", at, source, channel, author, text, lang="en")
            self.spoke[channel] = max(at, self.spoke.get(channel, 0))
            yield Timed(at, encode([post]))
