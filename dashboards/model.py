"""What a reader finds: values without any connection."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from tocsin.keys import HOUR_MS, MINUTE_MS

By = Literal["bucket", "minute", "hour"]


class Source(msgspec.Struct, frozen=True):
    """The clock of one collector.

    Attributes:
        at: Its clock, epoch ms of event time.
        implied: Whether it has never sent a heartbeat, so that its posts stand for its clock.
        channels: What it says it collects.
        blind: Whether its clock had not passed the last closed bucket.
    """

    at: int
    implied: bool
    channels: tuple[str, ...]
    blind: bool


@dataclass(frozen=True)
class Status:
    """How things stood when the last bucket closed.

    Attributes:
        version: Of the layout of what is stored.
        bucket_ms: Width of a bucket.
        partitions: Of the topic ``posts``.
        lexicon: Digest of the keyword groups.
        closed: Number of the last closed bucket.
        digest: Of every bucket and incident up to it.
        revisions: How many the log holds.
        published: How many of them Kafka has acknowledged.
        totals: Counts since the beginning: ``buckets``, ``posts``, ``late:CHANNEL``, ``duplicates:CHANNEL``,
            ``rejected:REASON``, and ``sampled`` buckets, which had too many different terms,
            and ``untold`` words that were news.
        sources: By the name that their heartbeats give; ``other`` where that could not name a series.
    """

    version: str
    bucket_ms: int
    partitions: int
    lexicon: str
    closed: int
    digest: str
    revisions: int
    published: int
    totals: dict[str, int]
    sources: dict[str, Source]

    @property
    def closed_through(self) -> int:
        """Event time up to which every bucket is closed, epoch ms."""
        return (self.closed + 1) * self.bucket_ms

    @property
    def began(self) -> int:
        """Start of the first bucket ever closed, epoch ms: they are closed without a gap."""
        return (self.closed + 1 - self.totals.get("buckets", 0)) * self.bucket_ms

    @property
    def unpublished(self) -> int:
        """How many revisions Kafka has not acknowledged yet."""
        return max(0, self.revisions - self.published)

    def step(self, by: By) -> int:
        """Length of a bucket, minute or hour, in ms; a bucket stands for what is not longer than itself."""
        return max({"bucket": 0, "minute": MINUTE_MS, "hour": HOUR_MS}[by], self.bucket_ms)


@dataclass(frozen=True)
class Point:
    """One count.

    Attributes:
        at: Start of the bucket, minute or hour, epoch ms.
        posts: How many; None where nothing is stored: before the beginning, after expiry, not closed yet.
        whole: Whether all of it is closed; the running minute and hour are not.
    """

    at: int
    posts: int | None
    whole: bool


@dataclass(frozen=True)
class Band:
    """What was expected of a series in one bucket: posts, and the bounds of what is ordinary."""

    expected: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Row:
    """Several series at one time.

    Attributes:
        at: Start of the bucket, minute or hour, epoch ms.
        posts: How many, by series; None where nothing is stored.
        bands: What was expected in the bucket in the middle; None where that is not stored.
    """

    at: int
    posts: tuple[int | None, ...]
    bands: tuple[Band | None, ...]


@dataclass(frozen=True)
class Surge:
    """How a series stands against what was expected of it.

    Attributes:
        series: Its name.
        posts: Counted.
        expected: Expected in the same buckets.
        deviations: How many standard deviations the one lies above the other; that of a count is at least 1.
    """

    series: str
    posts: int
    expected: float
    deviations: float

    @property
    def ratio(self) -> float | None:
        """Posts for each expected one; None when none was expected."""
        return self.posts / self.expected if self.expected > 0 else None
