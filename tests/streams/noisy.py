"""A stream with everything that may go wrong in it: several sources, one of which dies and comes back, disorder,
late posts, copies, lines that cannot be used, posts from the future, and notices. Seeded."""

from dataclasses import dataclass
from random import Random

from tocsin.posts import Heartbeat, Notice, Post, encode, partition_of

CHANNELS = {"stream-a": "twitter", "stream-b": "twitter", "gateway": "sms", "crawler": "web"}
WORDS = ("salam", "vote", "street", "night", "roof", "green", "where", "election", "internet", "square")
GARBAGE = (
    b"not json",
    b'{"delete": 1}',
    b'{"id": "x", "text": 5}',
    b'{"id": "x", "at": 1, "source": "s", "channel": "c", "author": "a", "text": "\xff"}',
)


@dataclass(frozen=True)
class Noisy:
    """A seeded stream.

    Attributes:
        seed: Same seed, same stream.
        seconds: Of event time.
        rate: Posts per second.
        start: Epoch ms of its beginning.
        crawler_dead: Seconds between which the crawler sends nothing at all.
    """

    seed: int
    seconds: int
    rate: float
    start: int = 1_245_000_000_000
    crawler_dead: tuple[int, int] = (40, 110)

    def lines(self) -> list[bytes]:
        """All lines, in the order in which one producer would write them."""
        rnd, old = Random(self.seed), list[Post]()
        made = [encode([Heartbeat(source, self.start, (channel,))]) for source, channel in CHANNELS.items()]
        for second in range(self.seconds):
            alive = [s for s in CHANNELS if s != "crawler" or not self._dead(second)]
            count = int(rnd.expovariate(1 / self.rate))
            made += [self._line(rnd, rnd.choice(alive), second, old) for _ in range(count)]
            if second == self.seconds // 3:
                made.append(encode([self._notice("declared", second)]))
            if second == self.seconds // 2:
                made.append(encode([self._notice("moved", second)]))
            for source in alive:
                if rnd.random() < 0.9:
                    at = self.start + second * 1000 + rnd.randrange(1000)
                    made.append(encode([Heartbeat(source, at, (CHANNELS[source],))]))
        end = self.start + self.seconds * 1000 + 10_000
        return made + [encode([Heartbeat(source, end, (channel,))]) for source, channel in CHANNELS.items()]

    def records(self, partitions: int, cut_seed: int, most: int = 40) -> list[list[bytes]]:
        """The lines as records of each partition, cut at random places."""
        rnd = Random(cut_seed)
        lines: list[list[bytes]] = [[] for _ in range(partitions)]
        for line in self.lines():
            for partition in self._route(line, partitions):
                lines[partition].append(line)
        records: list[list[bytes]] = []
        for run in lines:
            cut, rest = [], run
            while rest:
                n = rnd.randint(1, most)
                cut.append(b"\n".join(rest[:n]))
                rest = rest[n:]
            records.append(cut)
        return records

    def _route(self, line: bytes, partitions: int) -> range | tuple[int]:
        if b'"heartbeat"' in line or b'"notice"' in line:
            return range(partitions)
        author = line.partition(b'"author":"')[2].partition(b'"')[0]
        return (partition_of(author.decode(errors="replace"), partitions),)

    def _dead(self, second: int) -> bool:
        return self.crawler_dead[0] <= second < self.crawler_dead[1]

    def _notice(self, state: str, second: int) -> Notice:
        begin = self.start + second * 1000 + 5_000
        return Notice("maintenance", "m1", "twitter", begin, begin + 20_000, self.start + second * 1000, state)

    def _line(self, rnd: Random, source: str, second: int, old: list[Post]) -> bytes:
        roll = rnd.random()
        if roll < 0.02:
            return rnd.choice(GARBAGE)
        if roll < 0.06 and old:
            return encode([rnd.choice(old[-50:])])
        at = self.start + second * 1000 + rnd.randrange(1000)
        if roll < 0.25:
            at -= rnd.randrange(4_000)
        elif roll < 0.30:
            at -= rnd.randrange(30_000)
        elif roll < 0.31:
            at += rnd.randrange(40_000, 200_000)
        post = Post(
            id=str(rnd.randrange(10**9)),
            at=at,
            source=source,
            channel=CHANNELS[source],
            author=f"a{int(rnd.paretovariate(0.8)) % 5000}",
            text=" ".join(rnd.choice(WORDS) for _ in range(6)),
            lang=rnd.choice(("fa", "en", "fr", None)),
            region=rnd.choice(("tehran", "shiraz", None)),
            repost=rnd.random() < 0.25,
        )
        old.append(post)
        return encode([post])
