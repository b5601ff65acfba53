"""Cuts partials into messages that a broker takes: one that closes many buckets at once may hold a lot of words."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from tocsin.partials import Partial

MOST_BYTES = 1 << 19  # of terms and sketches in a message, unless a single bucket has more


def parcels(partials: Iterable[Partial], most: int = MOST_BYTES) -> Iterator[list[Partial]]:
    """Cut partials into messages, in order.

    Args:
        partials: Of one partition, in order.
        most: About how many bytes of terms and sketches a message should hold.

    Yields:
        Partials that say the same, one bucket at a time where they are large. Each message must be safe before the
        next is sent, for a merger takes no bucket before its predecessor.
    """
    parcel: list[Partial] = []
    size = 0
    for partial in partials:
        for piece in _pieces(partial) if _size(partial) > most else (partial,):
            if parcel and size + _size(piece) > most:
                yield parcel
                parcel, size = [], 0
            parcel.append(piece)
            size += _size(piece)
    if parcel:
        yield parcel


def _size(partial: Partial) -> int:
    sketches = sum(len(sketched) for people in partial.people.values() for sketched in people.values())
    return sum(terms.size for terms in partial.terms.values()) + sketches


def _pieces(partial: Partial) -> Iterator[Partial]:
    """Cut a partial behind each bucket with terms or sketches; what belongs to its last bucket stays with the last."""
    first = partial.first
    for number in sorted(partial.terms.keys() | partial.people.keys())[:-1]:
        yield replace(_from(first, partial, number), through=number, late={}, duplicates={}, rejected={}, notices=[])
        first = number + 1
    yield _from(first, partial, partial.through)


def _from(first: int, partial: Partial, last: int) -> Partial:
    """Leave of a partial only what it says of the buckets from the first to the last."""
    return replace(
        partial,
        first=first,
        buckets={n: counts for n, counts in partial.buckets.items() if first <= n <= last},
        terms={n: terms for n, terms in partial.terms.items() if first <= n <= last},
        people={n: people for n, people in partial.people.items() if first <= n <= last},
    )
