"""Lines that cannot be used, as collectors do write them: each kind is one reason of the pipeline's."""

from collections.abc import Callable

from producers.items import Item, item_of, read_line
from tocsin.posts import MAX_TEXT, Post

_TEN_YEARS_MS = 10 * 365 * 86_400_000


def break_line(raw: bytes, post: Post, chance: Callable[[], float]) -> Item:
    """Make a line that the pipeline will refuse, out of a good one.

    Args:
        raw: The good line.
        post: What it says.
        chance: Uniform in [0, 1); chooses the way of breaking.
    """
    # An identifier of its own: what is refused must not be mistaken for a copy of the good line.
    kind = int(chance() * len(_WAYS))
    return _WAYS[kind](raw.replace(b'"id":"', b'"id":"broken-', 1), post)


def _cut(raw: bytes, _: Post) -> Item:
    return read_line(raw[:40])


def _mistype(raw: bytes, post: Post) -> Item:
    return read_line(raw.replace(b'"at":%d' % post.at, b'"at":"yesterday"', 1))


def _swell(raw: bytes, _: Post) -> Item:
    return read_line(raw.replace(b'"text":"', b'"text":"' + b"!" * MAX_TEXT, 1))


def _scramble(raw: bytes, _: Post) -> Item:
    return read_line(raw.replace(b'"text":"', b'"text":"\xff\xfe', 1))


def _foretell(_: bytes, post: Post) -> Item:
    return item_of(
        Post(f"broken-{post.id}", post.at + _TEN_YEARS_MS, post.source, post.channel, post.author, post.text)
    )


def _stray(_: bytes, __: Post) -> Item:
    return read_line(b'{"status":"rate limited"}')


_WAYS = (_cut, _mistype, _swell, _scramble, _foretell, _stray)
