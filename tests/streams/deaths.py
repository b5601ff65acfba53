"""Collectors that die and channels that are cut, at random moments of a stream whose past is always the same.

Four collectors: one for text messages; two that share the microblog; one for web sites. And a forum that writes its
posts itself, without a heartbeat. A case begins where two quiet hours end: a judge that has seen these is read back for
each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from tocsin.clocks import Rules
from tocsin.incidents import Incident
from tocsin.judge import Judge
from tocsin.merge import Merger
from tocsin.partials import Position
from tocsin.posts import Heartbeat, Post, encode
from tocsin.tally import PartitionTally

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
START = 1_245_000_000_000
QUIET_S = 7_200
SHARES = {"gateway": ("sms", 1.2), "stream-a": ("twitter", 1.2), "stream-b": ("twitter", 0.6), "crawler": ("web", 1.0)}
BARE, FORUM_RATE = "forum", 0.8  # source and channel
CHANNELS = tuple(dict.fromkeys(channel for channel, _ in SHARES.values()))


class NoWords:
    """An empty lexicon."""

    series = ()

    def match(self, texts: list[str]) -> list[int]:
        return [0] * len(texts)


@dataclass(frozen=True)
class Case:
    """What happens.

    Attributes:
        seed: Of the noise.
        dead: Collectors that die; they send neither posts nor heartbeats.
        cut: Channels on which nobody can write; their collectors live on.
        begin: Seconds after the quiet hours, with a fraction.
        length: Seconds.
        backlog: Whether a collector that comes back brings what was written while it was dead.
        tail: Seconds until the case is over, after it is all over.
    """

    seed: int
    dead: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    begin: float = 10.0
    length: float = 120.0
    backlog: bool = False
    tail: float = 120.0


def random_case(seed: int, *, dead: bool) -> Case:
    """Draw a case in which collectors die, but not all, or channels are cut."""
    rnd = Random(seed)
    begin, length = rnd.uniform(0, 30), rnd.choice((rnd.uniform(1, 60), rnd.uniform(60, 420)))
    if dead:
        victims = rnd.sample(sorted(SHARES), rnd.choice((1, 1, 1, 2)))
        return Case(seed, dead=tuple(victims), begin=begin, length=length, backlog=rnd.random() < 0.5)
    victims = rnd.sample(CHANNELS, rnd.choice((1, 1, 2)))
    return Case(seed, cut=tuple(victims), begin=begin, length=length)


def told(case: Case) -> list[Incident]:
    """Judge a case; the last state of each incident."""
    data, position, closed = _past()
    judge = Judge(RULES, 365)
    judge.restore(data)
    tally, merger = PartitionTally(0, RULES, NoWords(), position), Merger(1, closed)
    seconds = int(case.begin + case.length + case.tail)
    found: dict[str, Incident] = {}
    for record in _records(case, QUIET_S, QUIET_S + seconds):
        for partial in tally.fold(record).partials:
            for bucket in merger.add(partial):
                found |= {revision.id: revision for revision in judge.fold(bucket).revisions}
    return [incident for incident in found.values() if incident.kind != "term"]


@cache
def _past() -> tuple[bytes, Position, int]:
    judge, tally, merger = Judge(RULES, 365), PartitionTally(0, RULES, NoWords()), Merger(1)
    for record in _records(Case(0, begin=1e9), 0, QUIET_S):
        for partial in tally.fold(record).partials:
            for bucket in merger.add(partial):
                assert judge.fold(bucket).revisions == []
    assert merger.closed is not None
    return judge.snapshot(), tally.position, merger.closed


def _records(case: Case, first: int, end: int) -> Iterator[bytes]:
    """Write a record a second: what was written in it, and the heartbeats that end it."""
    rnd = Random(case.seed)
    over = QUIET_S + case.begin + case.length
    held: list[Post] = []
    for second in range(first, end):
        lines: list[Post | Heartbeat] = []
        for source, (channel, rate) in (*SHARES.items(), (BARE, (BARE, FORUM_RATE))):
            for number in range(sum(rnd.random() < rate / 4 for _ in range(4))):
                at = second + rnd.random()
                out = QUIET_S + case.begin <= at < over
                post = Post(f"{second}-{number}", START + int(at * 1000), source, channel, f"a{rnd.random()}", "tea")
                if source in case.dead and out:
                    held.append(post)
                elif not (channel in case.cut and out):
                    lines.append(post)
            if source != BARE and not (source in case.dead and QUIET_S + case.begin <= second + 1 < over):
                lines.append(Heartbeat(source, START + (second + 1) * 1000, (channel,)))
        if second + 1 >= over and held and case.backlog:
            lines, held = [*held, *lines], []
        yield encode(lines)
