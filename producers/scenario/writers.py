"""Who writes on a channel, under which pseudonym."""

from itertools import count

from producers.pseudonyms import Pseudonyms
from producers.scenario.chance import Chance
from producers.scenario.life import Authors

# Nobody real stands behind a synthetic author: the key only makes their names look like real pseudonyms.
_NO_SECRET = "synthetic authors"  # noqa: S105 - as its name says
_KNOWN_AUTHORS = 100_000  # whose pseudonyms are kept: they write most


class Writers:
    """Draws pseudonyms from a population; see :class:`producers.scenario.life.Authors`.

    Args:
        channel: Its name.
        authors: The population.
        chance: Uniform in [0, 1).
    """

    def __init__(self, channel: str, authors: Authors, chance: Chance) -> None:
        self._channel = channel
        self._once_share = authors.once_share
        self._regulars = authors.regulars
        self._factors = range(authors.skew - 1)
        self._chance = chance
        self._pseudonym = Pseudonyms(_NO_SECRET).of
        self._known: dict[int, str] = {}
        self._strangers = count(authors.regulars)

    def draw(self) -> str:
        """Draw the author of one post."""
        chance = self._chance
        if chance() < self._once_share:
            return self._pseudonym(f"{self._channel}/{next(self._strangers)}")
        part = u = chance()
        for _ in self._factors:
            part *= u
        number = int(self._regulars * part)
        known = self._known.get(number)
        if known is None:
            known = self._pseudonym(f"{self._channel}/{number}")
            if number < _KNOWN_AUTHORS:
                self._known[number] = known
        return known

    def numbered(self, number: int | str) -> str:
        """Name one author of the channel."""
        return self._pseudonym(f"{self._channel}/{number}")
