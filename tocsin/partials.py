"""What goes from a tally to its neighbours: what it counted, where it stands, and what a record led to."""

from msgspec import Struct

from tocsin.clocks import Clock
from tocsin.masks import Counts
from tocsin.posts import Notice, Reject
from tocsin.terms import TermCounts


class Partial(Struct, frozen=True, omit_defaults=True):
    """What one partition counted between two advances of its watermark.

    Attributes:
        partition: Of the topic ``posts``.
        first: First bucket that this partial closes.
        through: Last bucket that it closes.
        clocks: The clocks by which it was closed.
        buckets: Bucket -> series -> (posts, distinct authors, reposts).
        late: Posts per channel that came after their bucket had closed, since the previous partial.
        duplicates: Likewise, copies that were not counted again.
        rejected: Likewise, unusable lines by reason.
        notices: Likewise, maintenance notices.
        terms: Bucket -> its terms, where there are any.
        people: Bucket -> channel -> a sketch of its authors; see :mod:`tocsin.audience`.
    """

    partition: int
    first: int
    through: int
    clocks: dict[str, Clock]
    buckets: dict[int, Counts] = {}
    late: dict[str, int] = {}
    duplicates: dict[str, int] = {}
    rejected: dict[str, int] = {}
    notices: list[Notice] = []
    terms: dict[int, TermCounts] = {}
    people: dict[int, dict[str, bytes]] = {}


class Position(Struct, frozen=True, array_like=True):
    """What a tally must know to go on from a record: all else it counts again from there.

    Attributes:
        clocks: Of the sources.
        through: The last bucket that was closed; None before the first.
        learned: The names of series that were admitted, in the order in which they came.
    """

    clocks: dict[str, Clock]
    through: int | None
    learned: tuple[str, ...] = ()


class Folded(Struct, frozen=True):
    """What one record led to.

    Attributes:
        newest: The newest bucket that the record touched; it may be committed once that bucket is safe.
        partials: Closed buckets to publish, in order.
        rejects: Dead letters.
        posts: How many posts were counted.
    """

    newest: int
    partials: list[Partial]
    rejects: list[Reject]
    posts: int
