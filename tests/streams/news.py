"""Fifteen minutes of small talk, into which a word comes that nobody had used before, and goes again. Seeded."""

from collections.abc import Sequence
from random import Random

from tocsin.posts import Heartbeat, Post, encode, partition_of

START, BUCKET_MS = 1_245_000_000_000, 5_000
BUCKETS, NEWS = 180, range(135, 143)
WORD, FEW = "earthquake", "whisper"  # the second is used by four people only, over and over again
TALK = tuple(f"{a}{b}{c}" for a in ("ba", "de", "fi") for b in ("lo", "mu", "ra") for c in ("sel", "tin", "vok", "wen"))
POSTS = 14


class NoWords:
    """An empty lexicon."""

    series = ()

    def match(self, texts: Sequence[str]) -> list[int]:
        return [0] * len(texts)


def news(seed: int = 1) -> list[bytes]:
    """All lines of the stream, in order."""
    rnd = Random(seed)
    lines = [encode([Heartbeat("gateway", START, ("sms",))])]
    for number in range(BUCKETS):
        begin = START + number * BUCKET_MS
        texts = [(f"a{rnd.randrange(400)}", " ".join(rnd.choices(TALK, k=6))) for _ in range(POSTS)]
        if number in NEWS:
            texts += [(f"n{rnd.randrange(10**6)}", f"#{WORD.title()} {rnd.choice(TALK)}") for _ in range(5)]
            texts += [(f"f{n}", f"{FEW} {rnd.choice(TALK)}") for n in range(4)]
        rnd.shuffle(texts)
        for n, (author, text) in enumerate(texts):
            lines.append(encode([Post(f"{number}-{n}", begin + n * 100, "gateway", "sms", author, text)]))
        lines.append(encode([Heartbeat("gateway", begin + BUCKET_MS + 1_000, ("sms",))]))
    return [*lines, encode([Heartbeat("gateway", START + BUCKETS * BUCKET_MS + 10_000, ("sms",))])]


def in_partitions(lines: list[bytes], partitions: int) -> list[list[bytes]]:
    """Spread the lines over partitions as a producer would."""
    spread: list[list[bytes]] = [[] for _ in range(partitions)]
    for line in lines:
        author = line.partition(b'"author":"')[2].partition(b'"')[0].decode()
        for target in spread if not author else [spread[partition_of(author, partitions)]]:
            target.append(line)
    return spread
