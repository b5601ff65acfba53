"""How much of anything there may be, so that nobody can fill memory, Redis or Prometheus by making names up.

Of each kind of series the first names to come are kept, up to a bound; what comes under further names is counted as
``other`` of its dimension, and once more as ``overflow=KIND``, so that everybody can see that it happens. Who is first
depends on the order of lines alone. A name that was admitted stays: later names cannot squeeze it out, however many.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from tocsin import series as names

# Of each kind of series; those of the lexicon (keyword, media, report) are as many as it has groups.
MOST_SERIES = {
    "channel": 64,
    "lang": 256,
    "region": 1024,
    "channel|source": 256,
    "channel|region": 1024,
    "backlog": 64,
}
MOST_SOURCES = 64  # that have a clock in a partition, and over all of them
MOST_NOTICES = 1000  # of a partition between two closings, and windows that are known
MOST_REMEMBERED = 1 << 16  # combinations of channel, source, language and region whose mask is kept at hand
LONGEST_REMEMBERED = 512  # letters of one
OVERFLOW = "overflow"  # dimension of what was counted as ``other`` since there were too many names of its kind


def kind_of(name: str) -> str:
    """Tell the kind of a series: ``channel`` for ``channel=sms``, ``channel|region`` for ``channel=sms|region=x``."""
    return "|".join([names.dimension_of(part) for part in name.split("|")])


class Admission:
    """Names of series by kind, up to a bound each; the first to come are admitted.

    Args:
        admitted: Those that were admitted before, in any order.
    """

    def __init__(self, admitted: Iterable[str] = ()) -> None:
        self._admitted = set(admitted)
        self._many = Counter(kind_of(name) for name in self._admitted if not _is_other(name))

    def admit(self, name: str) -> str:
        """Admit a name if there is room.

        Args:
            name: Of a series that is no cross, or the cross of a channel with something that was admitted.

        Returns:
            The name; or that of ``other``, which needs no room.
        """
        if name in self._admitted:
            return name
        kind = kind_of(name)
        most = MOST_SERIES.get(kind)
        if most is not None and not _is_other(name):
            if self._many[kind] >= most:
                name = _other(name)
            else:
                self._many[kind] += 1
        self._admitted.add(name)
        return name


def overflow(kind: str) -> str:
    """Name the series of what overflowed of a kind. A bar would make it a cross."""
    return names.series(OVERFLOW, kind.replace("|", "-"))


def most_series(groups: Sequence[str]) -> int:
    """Tell how many series there can be at the most that have gauges of their own.

    Args:
        groups: Series of the lexicon.
    """
    return 1 + len(groups) + sum(most + 1 for kind, most in MOST_SERIES.items() if "|" not in kind)


def _is_other(name: str) -> bool:
    return name.endswith(f"={names.OTHER}")


def _other(name: str) -> str:
    return f"{name.rpartition('=')[0]}={names.OTHER}"
