"""Lines that cannot be used, as collectors do write them."""

from collections.abc import Callable, Mapping

from producers.items import Item, item_of, read_line
from tocsin.posts import MAX_LINE_BYTES, MAX_TEXT, Post

YEAR_MS = 365 * 86_400_000


def break_line(raw: bytes, post: Post, kind: str) -> Item:
    """Make a line that the pipeline will refuse, out of a good one.

    Args:
        raw: The good line.
        post: What it says.
        kind: The way of breaking, one of :data:`WAYS`.
    """
    # An identifier of its own: what is refused must not be mistaken for a copy of the good line.
    return WAYS[kind](raw.replace(b'"id":"', b'"id":"broken-', 1), post)


def _cut(raw: bytes, _: Post) -> Item:
    return read_line(raw[:40])


def _mistype(raw: bytes, post: Post) -> Item:
    return read_line(raw.replace(b'"at":%d' % post.at, b'"at":"yesterday"', 1))


def _swell(raw: bytes, _: Post) -> Item:
    return read_line(raw.replace(b'"text":"', b'"text":"' + b"!" * MAX_TEXT, 1))


def _swell_beyond_a_line(raw: bytes, _: Post) -> Item:
    return read_line(raw.replace(b'"text":"', b'"text":"' + b"!" * MAX_LINE_BYTES, 1))


def _scramble(raw: bytes, _: Post) -> Item:
    return read_line(raw.replace(b'"text":"', b'"text":"\xff\xfe', 1))


def _foretell(_: bytes, post: Post) -> Item:
    return item_of(Post(f"broken-{post.id}", post.at + 10 * YEAR_MS, post.source, post.channel, post.author, post.text))


def _stray(_: bytes, __: Post) -> Item:
    return read_line(b'{"status":"rate limited"}')


WAYS: Mapping[str, Callable[[bytes, Post], Item]] = {
    "cut": _cut,
    "mistyped": _mistype,
    "long": _swell,
    "scrambled": _scramble,
    "ahead": _foretell,
    "stray": _stray,
    "huge": _swell_beyond_a_line,
}
