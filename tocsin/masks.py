"""Series as bits: a post's series are one number, and what is counted by that number is counted in all of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tocsin import series as names
from tocsin.audience import entries, highest
from tocsin.authors import Authors
from tocsin.bounds import LONGEST_REMEMBERED, MOST_REMEMBERED, Admission, kind_of, overflow
from tocsin.posts import Post
from tocsin.ranks import Places, different, spread
from tocsin.words import Hashes

Counts = dict[str, tuple[int, int, int]]

MOST_SPELLED = 10_000  # masks whose series are remembered from one bucket to the next
NO_SERIES = 0  # the code of a combination whose channel or source cannot name a series
_UNKNOWN = -1


class Combinations:
    """Where posts come from, by number: combinations of channel, source, language, region and repost.

    Attributes:
        codes: Twice the place in ``masks``, and one more for a repost, as far as remembered.
        masks: Different masks.
    """

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str, str | None, str | None, bool], int] = {}
        self._places: defaultdict[int, int] = defaultdict(count().__next__)
        self.masks: list[int] = []
        self.code(NO_SERIES, repost=False)

    @property
    def is_full(self) -> bool:
        """Whether it should take in no more."""
        return len(self.codes) >= MOST_REMEMBERED or len(self.masks) >= MOST_REMEMBERED

    def code(self, mask: int, *, repost: bool) -> int:
        """Number what comes from places with a mask."""
        place = self._places[mask]
        if place == len(self.masks):
            self.masks.append(mask)
        return 2 * place + repost if mask else NO_SERIES


class Masked(NamedTuple):
    """The posts of a bucket, as far as series are concerned.

    Attributes:
        masks: The different ones.
        of_row: The mask of each post, by place among these.
        reposts: Whether each is a repost.
    """

    masks: Sequence[int]
    of_row: Places
    reposts: NDArray[np.bool_]


class SeriesMasks:
    """Numbers the series of one tally and spells the dimensions of a post as a bit mask over them.

    Bit 0 is the total, the next bits are the keyword groups; channels, languages, regions and the crosses of a channel
    with its sources and regions get a bit when they are first seen. Crosses of keywords with the groups that cast doubt
    on them are spelled out of both bits. The numbers never leave the process, only the names do.

    There is room for so many names only (:mod:`tocsin.bounds`): what comes under others is ``other``.

    Args:
        groups: Series of the keyword groups.
        learned: What an earlier tally of this partition had learned.

    Attributes:
        combinations: What numbers of combinations mean from now on.
        learned: The names that have a bit besides the total and the groups, in the order in which they came.
    """

    def __init__(self, groups: Sequence[str], learned: Sequence[str] = ()) -> None:
        self._names = [names.TOTAL, *groups]
        self._bits = {name: 1 << i for i, name in enumerate(self._names)}
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)  # of series, crosses of keywords too
        self._spelled: dict[int, list[int]] = {}
        self._channels: dict[str, int] = {}
        self._admission = Admission()
        self.combinations = Combinations()
        self.learned: tuple[str, ...] = ()
        for name in learned:
            self._bit(name)

    def codes_of(self, posts: Sequence[Post], found: Iterable[tuple[str, str, str | None, str | None, bool]]) -> Places:
        """Number the combinations that posts come from.

        Args:
            posts: Some posts.
            found: Channel, source, language, region and repost of each.
        """
        if self.combinations.is_full:
            self.combinations = Combinations()
        codes = np.fromiter(map(self.combinations.codes.get, found, repeat(_UNKNOWN)), np.intp, len(posts))
        for place in (codes == _UNKNOWN).nonzero()[0].tolist():
            codes[place] = self._code(posts[place])
        return codes

    def channel_of(self, channel: str) -> str:
        """Tell under which channel posts of a channel are counted: their own, or ``other``."""
        return names.value_of(self._admission.admit(names.series("channel", channel)))

    def marginals(self, rows: Masked, authors: Authors) -> Counts:
        """Add up posts by mask into (posts, distinct authors, reposts) by series name.

        Args:
            rows: Posts.
            authors: Of the same.
        """
        spelled = list(map(self._spell, rows.masks))
        lengths = np.fromiter(map(len, spelled), np.intp, len(spelled))
        flat = np.array([number for series in spelled for number in series], np.intp)
        most = len(self._numbers)

        def by_series(of_mask: Places) -> Places:
            # Sums of floats are exact up to 2**53.
            return np.bincount(flat, of_mask.repeat(lengths).astype(np.float64), most).astype(np.intp)

        posts = np.bincount(rows.of_row, minlength=len(spelled))
        reposts = np.bincount(rows.of_row[rows.reposts], minlength=len(spelled))
        once = np.bincount(rows.of_row[~authors.often], minlength=len(spelled))
        writers = by_series(once)
        if authors.often.any():
            # Of who wrote several posts, each different pair of an author and a series counts once.
            pairs = different(authors.of_row[authors.often] * len(spelled) + rows.of_row[authors.often])
            author, mask = np.divmod(pairs, len(spelled))
            series = flat[spread(lengths[mask], (lengths.cumsum() - lengths)[mask])]
            pairs = different(author.repeat(lengths[mask]) * most + series)
            writers += np.bincount(pairs % most, minlength=most)
        columns = zip(by_series(posts).tolist(), writers.tolist(), by_series(reposts).tolist(), strict=True)
        counted = zip(self._numbers, columns, strict=True)
        return dict(sorted((name, counts) for name, counts in counted if counts[0]))

    def people(self, rows: Masked, hashes: Hashes) -> dict[str, bytes]:
        """Sketch the authors of each channel.

        Args:
            rows: Posts.
            hashes: Of the author of each.
        """
        found, people = entries(hashes), {}
        for channel, bit in sorted(self._channels.items()):
            has = np.fromiter((mask & bit != 0 for mask in rows.masks), np.bool_, len(rows.masks))
            if has.any():
                people[channel] = highest(found[has[rows.of_row]])
        return people

    def _code(self, post: Post) -> int:
        combination = (post.channel, post.source, post.lang, post.region, post.repost)
        known = self.combinations.codes.get(combination)
        if known is not None:
            return known
        code = self.combinations.code(self._mask(post), repost=post.repost)
        if len(post.source) + len(post.lang or "") + len(post.region or "") <= LONGEST_REMEMBERED:
            self.combinations.codes[combination] = code
        return code

    def _mask(self, post: Post) -> int:
        """Work out the mask of a post's dimensions; 0 when its channel or its source cannot name a series."""
        if not (names.is_value(post.channel) and names.is_value(post.source)):
            return NO_SERIES
        channel = names.series("channel", post.channel)
        mask = 1 | self._bit(channel)
        channel = self._admission.admit(channel)
        mask |= self._bit(names.share_of(channel, post.source))
        if post.lang is not None:
            mask |= self._bit(names.series("lang", names.value_or_other(post.lang)))
        if post.region is not None:
            region = names.series("region", names.value_or_other(post.region))
            mask |= self._bit(region) | self._bit(names.cross(channel, self._admission.admit(region)))
        return mask

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

    def _spell(self, mask: int) -> list[int]:
        """List the numbers of a mask's series."""
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
            self._spelled[mask] = [self._numbers[name] for name in spelled + crosses]
        return self._spelled[mask]
