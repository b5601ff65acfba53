"""The work on a post as one would write it by hand: post by post, with dicts, sets and the methods of str.

Every peer does it with this very class, so that what differs from row to row is the peer. It is written to be read, but
not to be slow: the lexicon sees many texts at once, as its documentation asks for, and what repeats is worked out once.

Left out of Tocsin's own work are the maintenance notices and the sketches of authors; nobody commits offsets exactly.
"""

import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from redis import Redis

from tocsin.clocks import Rules
from tocsin.lexicon import Lexicon
from tocsin.posts import MAX_LINE_BYTES, Heartbeat, Post
from tocsin.series import DOUBTS, TOTAL, cross, dimension_of, is_value, series, share_of, value_or_other
from tocsin.text import BOUNDARY, CODE_POINTS, DROPPED, EXPANSIONS, fold_table
from tocsin.words import MAX_LETTERS, MIN_LETTERS

STATE = "state"
_BAD = (msgspec.MsgspecError, ValueError, RecursionError)
_WAITING = 500  # posts whose texts are searched at once
_KEPT_SECONDS = 3600
_HASHTAG = re.compile(r"[#＃][\w\u200c]+")
_LINK = re.compile(r"@|＠|://|www\.|\.[^\s/]*/", re.IGNORECASE)

_post = msgspec.json.Decoder(Post).decode
_heartbeat = msgspec.json.Decoder(Heartbeat).decode


class Order(Struct, frozen=True):
    """What a peer is told, in its only argument: whence, whither, and by which rules; all times in milliseconds."""

    kafka: str
    topic: str
    redis: str
    bucket_ms: int
    lateness_ms: int
    blind_ms: int
    ahead_ms: int

    @property
    def rules(self) -> Rules:
        """What decides lateness, blindness and rejection."""
        return Rules(self.bucket_ms, self.lateness_ms, self.blind_ms, self.ahead_ms)


@dataclass(frozen=True)
class Closed:
    """One closed bucket.

    Attributes:
        number: Event time // width.
        counts: Series -> (posts, distinct authors, reposts).
        terms: Term -> distinct authors.
    """

    number: int
    counts: dict[str, tuple[int, int, int]]
    terms: dict[str, int]


@dataclass(slots=True)
class _Count:
    posts: int = 0
    authors: set[str] = field(default_factory=set)
    reposts: int = 0


@dataclass
class _Bucket:
    waiting: list[tuple[Post, tuple[str, ...]]] = field(default_factory=list)
    counts: defaultdict[str, _Count] = field(default_factory=lambda: defaultdict(_Count))
    terms: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


class _Folding(dict[int, str | int]):
    """What each letter folds to, for ``str.translate``; letters are looked up when they are first met."""

    def __missing__(self, code: int) -> str | int:
        kind = int(fold_table()[code])
        if kind == DROPPED:
            folded: str | int = ""
        elif kind == BOUNDARY:
            folded = " "
        else:
            folded = EXPANSIONS[kind - CODE_POINTS] if kind >= CODE_POINTS else kind
        self[code] = folded
        return folded


_folding = _Folding()


class Job:
    """Counts what comes on one partition.

    Args:
        rules: Of event time.
        lexicon: Keyword groups.
    """

    def __init__(self, rules: Rules, lexicon: Lexicon) -> None:
        self.rules = rules
        self.lexicon = lexicon
        self.late = self.duplicates = self.rejected = 0
        self._clocks: dict[str, int] = {}
        self._through: int | None = None
        self._open: dict[int, _Bucket] = {}
        self._seen: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
        self._groups = lru_cache(maxsize=4096)(self._groups_of)

    def record(self, value: bytes) -> list[Closed]:
        """Count the lines of one record; returns the buckets that they close."""
        closed: list[Closed] = []
        for line in value.split(b"\n"):
            try:
                post = _post(line if len(line) <= MAX_LINE_BYTES else b"")
            except _BAD:
                closed += self._on_other(line)
            else:
                self._on_post(post)
        return closed

    def _on_post(self, post: Post) -> None:
        number = post.at // self.rules.bucket_ms
        dimensions = _dimensions(post.channel, post.source, post.lang, post.region)
        clock = self._clocks.get(post.source)
        if not dimensions or (clock is not None and post.at > clock + self.rules.ahead_ms):
            self.rejected += 1
            return
        if number <= max(-1 if self._through is None else self._through, self.rules.closed_by(clock or 0)):
            self.late += 1
            return
        key = (post.id, post.author)
        horizon = self.rules.horizon
        if any(key in self._seen[near] for near in range(number - horizon, number + horizon + 1)):
            self.duplicates += 1
            return
        self._seen[number].add(key)
        if number not in self._open:
            self._open[number] = _Bucket()
        bucket = self._open[number]
        bucket.waiting.append((post, dimensions))
        if len(bucket.waiting) >= _WAITING:
            self._count(bucket)

    def _on_other(self, line: bytes) -> list[Closed]:
        """Take in a heartbeat; whatever else is no post is refused."""
        if not line:
            return []
        try:
            heartbeat = _heartbeat(line if len(line) <= MAX_LINE_BYTES else b"")
        except _BAD:
            self.rejected += 1
            return []
        self._clocks[heartbeat.heartbeat] = max(heartbeat.at, self._clocks.get(heartbeat.heartbeat, 0))
        furthest = max(self._clocks.values())
        slowest = min(at for at in self._clocks.values() if at >= furthest - self.rules.blind_ms)
        through = self.rules.closed_by(slowest)
        if self._through is None:
            self._through = through
        if through <= self._through:
            return []
        self._through = through
        self._seen = defaultdict(
            set, {number: seen for number, seen in self._seen.items() if number > through - self.rules.horizon}
        )
        return [self._close(number) for number in sorted(self._open) if number <= through]

    def _count(self, bucket: _Bucket) -> None:
        """Count the posts of a bucket that wait for it."""
        waiting, bucket.waiting = bucket.waiting, []
        counts, terms = bucket.counts, bucket.terms
        for (post, names), mask in zip(waiting, self.lexicon.match([post.text for post, _ in waiting]), strict=True):
            author = post.author
            for name in names + self._groups(mask) if mask else names:
                count = counts[name]
                count.posts += 1
                count.authors.add(author)
                if post.repost:
                    count.reposts += 1
            for word in words(post.text):
                terms[word].add(author)

    def _close(self, number: int) -> Closed:
        bucket = self._open.pop(number)
        self._count(bucket)
        return Closed(
            number,
            {name: (count.posts, len(count.authors), count.reposts) for name, count in bucket.counts.items()},
            {word: len(authors) for word, authors in bucket.terms.items()},
        )

    def _groups_of(self, mask: int) -> tuple[str, ...]:
        """Name the keyword groups and reports in a mask, and the crosses of keywords with doubts."""
        found = [name for bit, name in enumerate(self.lexicon.series) if mask >> bit & 1]
        doubts = [name for name in found if name in DOUBTS]
        keywords = [name for name in found if dimension_of(name) == "keyword" and name not in DOUBTS]
        return (*found, *(cross(name, doubt) for name in keywords for doubt in doubts))


@lru_cache(maxsize=4096)
def _dimensions(channel: str, source: str, lang: str | None, region: str | None) -> tuple[str, ...]:
    """Name the series of a post but for its keywords; none if its channel or its source cannot name one."""
    if not (is_value(channel) and is_value(source)):
        return ()
    wide = series("channel", channel)
    names = [TOTAL, wide, share_of(wide, source)]
    if lang is not None:
        names.append(series("lang", value_or_other(lang)))
    if region is not None:
        narrow = series("region", value_or_other(region))
        names += [narrow, cross(wide, narrow)]
    return tuple(names)


@lru_cache(maxsize=8192)
def words(text: str) -> frozenset[str]:
    """Find the different words of a text, by the rules of :mod:`tocsin.words`."""
    if "#" in text or "＃" in text:
        text = _HASHTAG.sub(lambda tag: tag[0].replace("_", "").replace("\u200c", ""), text)
    if _LINK.search(text):
        text = " ".join(chunk for chunk in text.split() if not _LINK.search(chunk))
    return frozenset(
        word
        for word in text.translate(_folding).split()
        if MIN_LETTERS <= len(word) <= MAX_LETTERS and not "0" <= word[0] <= "9"
    )


class Store:
    """Writes closed buckets to Redis.

    Args:
        url: Where.
    """

    def __init__(self, url: str) -> None:
        self._redis: Any = Redis.from_url(url)

    def write(self, closed: Closed) -> None:
        """Write one bucket, whole."""
        with self._redis.pipeline() as pipe:
            counts = {name: f"{posts} {authors} {reposts}" for name, (posts, authors, reposts) in closed.counts.items()}
            for key, numbers in ((f"counts:{closed.number}", counts), (f"terms:{closed.number}", closed.terms)):
                if numbers:
                    pipe.hset(key, mapping=numbers)
                    pipe.expire(key, _KEPT_SECONDS)
            pipe.hset(STATE, "closed", closed.number)
            pipe.execute()


def ordered() -> Order:
    """Read the order of this process."""
    return msgspec.json.decode(sys.argv[1], type=Order)
