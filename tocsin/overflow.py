"""The names of all partitions together: each has its own first ones, and the judge has room for so many only."""

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from tocsin import series as names
from tocsin.audience import unite
from tocsin.bounds import MOST_SERIES, Admission, kind_of, overflow
from tocsin.masks import Counts
from tocsin.merge import ClosedBucket


def within_bounds(closed: ClosedBucket, admission: Admission) -> ClosedBucket:
    """Count what there is no room for as ``other``.

    Where several names are new at once, those with the most posts come first. Somebody who wrote under two names that
    become ``other`` is counted twice among its authors. A bucket that went through here stays as it is.

    Args:
        closed: Of all partitions.
        admission: Of the names so far; takes in the new ones.

    Returns:
        The same bucket if there is room for all names.
    """
    folded = {name: _fold(name, admission) for name in sorted(closed.counts, key=lambda name: _rank(name, closed))}
    if all(name == admitted for name, (admitted, _) in folded.items()):
        return closed
    counts: dict[str, Counter[int]] = {}
    for name, (admitted, has_room) in folded.items():
        for under in (admitted,) if has_room else (admitted, overflow(kind_of(name))):
            counts.setdefault(under, Counter()).update(dict(enumerate(closed.counts[name])))
    people: dict[str, list[bytes]] = {}
    for channel, sketch in closed.people.items():
        people.setdefault(_value(names.series("channel", channel), folded), []).append(sketch)
    return replace(
        closed,
        counts=_plain(counts),
        late=_by_channel(closed.late, folded),
        duplicates=_by_channel(closed.duplicates, folded),
        people={channel: unite(sketches) for channel, sketches in sorted(people.items())},
    )


def _rank(name: str, closed: ClosedBucket) -> tuple[bool, int, str]:
    return "|" in name, -closed.counts[name][0], name


def _fold(name: str, admission: Admission) -> tuple[str, bool]:
    """Tell what a name is counted as, and whether there was room for it; its parts are counted for themselves."""
    parts = [admission.admit(part) if kind_of(part) in MOST_SERIES else part for part in name.split("|")]
    wanted = names.cross(*parts) if len(parts) > 1 else name
    admitted = admission.admit(wanted)
    return admitted, admitted == wanted


def _value(name: str, folded: Mapping[str, tuple[str, bool]]) -> str:
    return names.value_of(folded[name][0])


def _by_channel(late: Mapping[str, int], folded: Mapping[str, tuple[str, bool]]) -> dict[str, int]:
    """Add up what came late or twice, under the name that its backlog is counted as."""
    total: Counter[str] = Counter()
    for channel, n in late.items():
        total[_value(names.series(names.BACKLOG, channel), folded)] += n
    return dict(sorted(total.items()))


def _plain(counts: Mapping[str, Counter[int]]) -> Counts:
    return {name: (n[0], n[1], n[2]) for name, n in sorted(counts.items())}
