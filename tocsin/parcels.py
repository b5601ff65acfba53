"""Cuts partials into messages that a broker takes: one that closes many buckets at once may hold a lot of words."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from tocsin.tally import Partial

MOST_BYTES = 1 << 19  # of terms in a message, unless a single bucket has more


def parcels(partials: Iterable[Partial], most: int = MOST_BYTES) -> Iterator[list[Partial]]:
    """Cut partials into messages, in order.

    Args:
        partials: Of one partition, in order.
        most: About how many bytes of terms a message should hold.

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
    return sum(terms.size for terms in partial.terms.values())


def _pieces(partial: Partial) -> Iterator[Partial]:
    """Cut a partial behind each bucket that has terms; what belongs to its last bucket stays with the last piece."""
    first = partial.first
    for number in sorted(partial.terms)[:-1]:
        within = {n: counts for n, counts in partial.buckets.items() if first <= n <= number}
        terms = {number: partial.terms[number]}
        yield Partial(partial.partition, first, number, partial.clocks, within, terms=terms)
        first = number + 1
    within = {n: counts for n, counts in partial.buckets.items() if n >= first}
    yield replace(partial, first=first, buckets=within, terms={n: t for n, t in partial.terms.items() if n >= first})
