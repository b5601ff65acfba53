"""Any bytes at all: the codec never raises, and what is sound beside them is always counted."""

import json
from collections.abc import Callable
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tocsin.posts import MAX_LINE_BYTES, REASONS, Heartbeat, Notice, Part, Post, Posts, Reject, decode, encode
from tocsin.series import VALUE

NAMES = st.text(min_size=1, max_size=30)
TIMES = st.integers(0, 253_402_300_799_999)
POSTS = st.builds(
    Post, id=NAMES, at=TIMES, source=NAMES, channel=NAMES, author=NAMES, text=st.text(max_size=140),
    lang=st.none() | NAMES, region=st.none() | NAMES, repost=st.booleans(),
)  # fmt: skip
VALUES = st.from_regex(VALUE)
HEARTBEATS = st.builds(Heartbeat, heartbeat=VALUES, at=TIMES, channels=st.lists(VALUES, max_size=3).map(tuple))
SOUND = encode([Post("1", 1_245_000_000_000, "s", "sms", "a", "salam", "fa")])


def posts_in(parts: list[Part]) -> list[Post]:
    return [post for part in parts if isinstance(part, Posts) for post in part.posts]


def rejects_in(parts: list[Part]) -> list[Reject]:
    return [part for part in parts if isinstance(part, Reject)]


@given(st.lists(POSTS | HEARTBEATS, max_size=20))
def test_what_is_encoded_decodes_to_itself_in_order(lines: list[Post | Heartbeat]) -> None:
    decoded: list[Post | Heartbeat | Notice] = []
    for part in decode(encode(lines)):
        assert not isinstance(part, Reject)
        decoded += part.posts if isinstance(part, Posts) else [part]
    assert decoded == lines


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_any_bytes_are_either_posts_or_rejects_with_their_place(lines: list[bytes]) -> None:
    raw = b"\n".join(lines)
    parts = decode(raw)
    rejects = rejects_in(parts)
    assert {reject.reason for reject in rejects} <= set(REASONS)
    for reject in rejects:
        assert reject.data == raw.split(b"\n")[reject.line - 1][:MAX_LINE_BYTES]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = ("id", "at", "source", "channel", "author", "text", "lang", "region", "repost", "heartbeat", "notice", "begin")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_json_in_any_field_costs_only_its_own_line(fields: dict[str, object]) -> None:
    raw = b"\n".join([SOUND, json.dumps(fields).encode(), SOUND])
    parts = decode(raw)
    sound = [post for post in posts_in(parts) if post == decode(SOUND)[0].posts[0]]
    assert len(sound) >= 2
    assert sum(len(p.posts) if isinstance(p, Posts) else 1 for p in parts) == 3


def test_a_million_fuzzed_lines_cost_no_neighbour() -> None:
    rnd, lines = Random(20090611), 0
    while lines < 1_000_000:
        fuzzed = [rnd.choice(FUZZERS)(rnd) for _ in range(250)]
        raw = b"\n".join(line for pair in zip([SOUND] * 250, fuzzed, strict=True) for line in pair)
        parts = decode(raw)
        assert sum(post.id == "1" and post.text == "salam" for post in posts_in(parts)) >= 250
        counted = sum(len(part.posts) if isinstance(part, Posts) else 1 for part in parts)
        assert counted == sum(1 for line in raw.split(b"\n") if line)
        lines += 500


def _noise(rnd: Random) -> bytes:
    return rnd.randbytes(rnd.randrange(1, 60)).replace(b"\n", b"\r")


def _flipped(rnd: Random) -> bytes:
    line = bytearray(SOUND)
    for _ in range(rnd.randrange(1, 4)):
        line[rnd.randrange(len(line))] = rnd.randrange(256)
    return bytes(line).replace(b"\n", b"\r")


def _cut(rnd: Random) -> bytes:
    return SOUND[: rnd.randrange(1, len(SOUND))]


def _glued(rnd: Random) -> bytes:
    return SOUND[rnd.randrange(len(SOUND)) :] + SOUND[: rnd.randrange(1, len(SOUND))]


def _odd(rnd: Random) -> bytes:
    return rnd.choice(ODD)


ODD = (
    b"[" * 3000,
    b'{"id":' * 3000,
    b"x" * (MAX_LINE_BYTES + 1),
    b'{"heartbeat": "s", "at": NaN}',
    b'{"heartbeat": 1e400}',
    b'{"notice": "maintenance", "begin": 5, "end": 1}',
    b'{"id": "\\ud800", "text": "x"}',
    b'{"id": "1", "at": 99999999999999999999999999, "text": "x"}',
    b"\xff\xfe\x00",
    b"\x00",
    b" ",
)
FUZZERS: tuple[Callable[[Random], bytes], ...] = (*[_noise, _flipped, _cut, _glued] * 24, _odd)
