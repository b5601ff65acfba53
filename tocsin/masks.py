"""Series as bits: a post's series are one number, and counting it in all of them is one addition."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from tocsin import series as names
from tocsin.audience import sketch, sketch_few
from tocsin.bounds import LONGEST_REMEMBERED, MOST_REMEMBERED, Admission, kind_of, overflow
from tocsin.copies import Counted
from tocsin.posts import Post
from tocsin.remembered import FEW, Remembered
from tocsin.terms import TermCounter
from tocsin.words import hash_names

Counts = dict[str, tuple[int, int, int]]

MOST_SPELLED = 10_000  # masks whose series are remembered from one bucket to the next


class OpenBucket:
    """An open bucket. A post's series are a bit mask, and counts are kept by mask: one addition per post.

    Args:
        counted: What has been counted in it.
        near: This, and what has been counted in the buckets in which a copy would be a duplicate.
        remembered: What was read lately, in other buckets.
    """

    __slots__ = ("authors", "counted", "near", "posts", "reposts", "terms")

    def __init__(self, counted: Counted, near: tuple[Counted, ...], remembered: Remembered) -> None:
        self.posts: Counter[int] = Counter()
        self.reposts: Counter[int] = Counter()
        self.authors: dict[str, int] = {}
        self.terms = TermCounter(remembered=remembered)
        self.counted = counted
        self.near = near

    def add(self, posts: Sequence[Post], masks: Sequence[int]) -> None:
        """Count posts of this bucket, by the mask of each; it is for the caller to note them as counted."""
        authors_of = [post.author for post in posts]
        self.posts.update(masks)
        authors = self.authors
        for author, mask in zip(authors_of, masks, strict=True):
            authors[author] = authors.get(author, 0) | mask
        self.terms.add([post.text for post in posts], authors_of)
        self.reposts.update([mask for post, mask in zip(posts, masks, strict=True) if post.repost])


class SeriesMasks:
    """Numbers the series of one tally and spells the dimensions of a post as a bit mask over them.

    Bit 0 is the total, the next bits are the keyword groups; channels, languages, regions and the crosses of a channel
    with its sources and regions get a bit when they are first seen. Crosses of keywords with the groups that cast doubt
    on them are spelled out of both bits. The numbers never leave the process, only the names do.

    There is room for so many names only (:mod:`tocsin.bounds`): what comes under others is ``other``.

    Args:
        groups: Series of the keyword groups.
        remembered: What was read lately.
        learned: What an earlier tally of this partition had learned.

    Attributes:
        masks: By channel, source, language and region of a post, as far as remembered.
        learned: The names that have a bit besides the total and the groups, in the order in which they came.
    """

    def __init__(self, groups: Sequence[str], remembered: Remembered, learned: Sequence[str] = ()) -> None:
        self._remembered = remembered
        self._names = [names.TOTAL, *groups]
        self._bits = {name: 1 << i for i, name in enumerate(self._names)}
        self._spelled: dict[int, list[str]] = {}
        self._channels: dict[str, int] = {}
        self._admission = Admission()
        self.masks: dict[tuple[str, str, str | None, str | None], int] = {}
        self.learned: tuple[str, ...] = ()
        for name in learned:
            self._bit(name)

    def learn(self, post: Post) -> int:
        """Work out the mask of a post's dimensions; 0 when its channel or its source cannot name a series."""
        if not (names.is_value(post.channel) and names.is_value(post.source)):
            return 0
        channel = names.series("channel", post.channel)
        mask = 1 | self._bit(channel)
        channel = self._admission.admit(channel)
        mask |= self._bit(names.share_of(channel, post.source))
        if post.lang is not None:
            mask |= self._bit(names.series("lang", names.value_or_other(post.lang)))
        if post.region is not None:
            region = names.series("region", names.value_or_other(post.region))
            mask |= self._bit(region) | self._bit(names.cross(channel, self._admission.admit(region)))
        if len(post.source) + len(post.lang or "") + len(post.region or "") <= LONGEST_REMEMBERED:
            if len(self.masks) >= MOST_REMEMBERED:
                self.masks.clear()
            self.masks[post.channel, post.source, post.lang, post.region] = mask
        return mask

    def channel_of(self, post: Post) -> str:
        """Tell under which channel a post is counted: its own, or ``other``."""
        return names.value_of(self._admission.admit(names.series("channel", post.channel)))

    def marginals(self, bucket: OpenBucket, writers: Counter[int]) -> Counts:
        """Add up a bucket's counts by mask into (posts, distinct authors, reposts) by series name.

        Args:
            bucket: What was counted.
            writers: How many of its authors have each mask.
        """
        posts: dict[str, int] = {}
        authors: dict[str, int] = {}
        reposts: dict[str, int] = {}
        for total, masks in (
            (posts, bucket.posts),
            (authors, writers),
            (reposts, bucket.reposts),
        ):
            for mask, n in masks.items():
                for name in self._spell(mask):
                    total[name] = total.get(name, 0) + n
        return {name: (n, authors[name], reposts.get(name, 0)) for name, n in sorted(posts.items())}

    def people(self, bucket: OpenBucket, masks: Iterable[int]) -> dict[str, bytes]:
        """Sketch the authors of each channel of a bucket; the masks are the different ones of its authors."""
        if len(bucket.authors) <= FEW:
            return self._few_people(bucket)
        hashes = hash_names(list(bucket.authors))
        numbers = {mask: number for number, mask in enumerate(masks)}
        rows = np.fromiter(map(numbers.__getitem__, bucket.authors.values()), np.intp, len(hashes))
        people = {}
        for channel, bit in sorted(self._channels.items()):
            has = np.fromiter((mask & bit != 0 for mask in numbers), np.bool_, len(numbers))
            if has.any():
                people[channel] = sketch(hashes[has[rows]])
        return people

    def _few_people(self, bucket: OpenBucket) -> dict[str, bytes]:
        """Sketch few authors one by one, which is faster."""
        writers = list(zip(self._remembered.people_of(bucket.authors), bucket.authors.values(), strict=True))
        people = {}
        for channel, bit in sorted(self._channels.items()):
            if found := [entry for (_, entry), mask in writers if mask & bit]:
                people[channel] = sketch_few(found)
        return people

    def _bit(self, name: str) -> int:
        """Find the bit of a name, or give it one; where there is no room, that of ``other``, and one that says so."""
        if name in self._bits:
            return self._bits[name]
        admitted = self._admission.admit(name)
        if admitted != name:
            return self._bit(admitted) | self._bit(overflow(kind_of(name)))
        self._bits[name] = 1 << len(self._names)
        self._names.append(name)
        self.learned += (name,)
        if names.dimension_of(name) == "channel" and "|" not in name:
            self._channels[names.value_of(name)] = self._bits[name]
        return self._bits[name]

    def _spell(self, mask: int) -> list[str]:
        if mask not in self._spelled:
            if len(self._spelled) >= MOST_SPELLED:
                self._spelled.clear()
            spelled, left = list[str](), mask
            while left:  # from one set bit to the next: there are few among many
                lowest = left & -left
                spelled.append(self._names[lowest.bit_length() - 1])
                left ^= lowest
            doubts = [name for name in spelled if name in names.DOUBTS]
            keywords = [name for name in spelled if names.dimension_of(name) == "keyword"] if doubts else []
            crosses = [names.cross(name, doubt) for name in keywords for doubt in doubts if name not in names.DOUBTS]
            self._spelled[mask] = spelled + crosses
        return self._spelled[mask]
