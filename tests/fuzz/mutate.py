"""Spoils bytes: small random changes of sound inputs, some of them by what has broken parsers before."""

from random import Random

# What a JSON value, a number, a name or a file may not be, and yet arrives as.
TOKENS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e309", b"-0", b"9" * 400, b"253402300799999", b"253402300800000",
    b"-1", b"null", b"{}", b"[]", b'""', b"[" * 2_000, b'{"a":' * 1_500, b'"\\ud800"', b'"\\udfff\\ud800"',
    "\u202e\u2066".encode(), b"\x1b[2J", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\n", b"\n\n",
    b'"heartbeat"', b'"notice"', b'"at"', b'"id":', b'"text":1', b"&a [*a,*a]", b"<<: *a", b"!!python/object:os.system",
    b"&a", b"*a", b": ", b"- ", b"'''", b'"""', b"`", b"\t", b"A" * 20_000, "\u200f\u200c\U0001f600".encode(), b"%s%n",
    b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08", b"BZh9", b"event: x", b"data: {", b"interactions:", b"2009-06-31", b"24:61",
)  # fmt: skip
MOST_BYTES = 100_000


def mutate(raw: bytes, other: bytes, rnd: Random) -> bytes:
    """Change an input a little.

    Args:
        raw: To be changed.
        other: Another, from which pieces may be taken.
        rnd: Chooses.
    """
    data = bytearray(raw)
    for _ in range(rnd.choice((1, 1, 1, 2, 3, 8))):
        at = rnd.randrange(len(data) + 1)
        _CHANGES[rnd.randrange(len(_CHANGES))](data, at, other, rnd)
    return bytes(data[:MOST_BYTES])


def _flip(data: bytearray, at: int, _: bytes, rnd: Random) -> None:
    if at < len(data):
        data[at] ^= 1 << rnd.randrange(8)


def _replace(data: bytearray, at: int, _: bytes, rnd: Random) -> None:
    data[at : at + 1] = bytes((rnd.randrange(256),))


def _insert(data: bytearray, at: int, _: bytes, rnd: Random) -> None:
    data[at:at] = rnd.choice(TOKENS)


def _overwrite(data: bytearray, at: int, _: bytes, rnd: Random) -> None:
    """Put a token in the place of a JSON value or a cell: up to the next comma or bracket."""
    ends = [end for stop in b",}]\n" if (end := data.find(stop, at)) >= 0]
    data[at : min(ends, default=len(data))] = rnd.choice(TOKENS)


def _delete(data: bytearray, at: int, _: bytes, rnd: Random) -> None:
    del data[at : at + rnd.randrange(1, 40)]


def _repeat(data: bytearray, at: int, _: bytes, rnd: Random) -> None:
    piece = data[at : at + rnd.randrange(1, 60)]
    data[at:at] = piece * rnd.choice((1, 2, 50))


def _splice(data: bytearray, at: int, other: bytes, rnd: Random) -> None:
    start = rnd.randrange(len(other) + 1)
    data[at:at] = other[start : start + rnd.randrange(1, 200)]


def _cut(data: bytearray, at: int, _: bytes, __: Random) -> None:
    del data[at:]


_CHANGES = (_flip, _flip, _replace, _insert, _insert, _overwrite, _overwrite, _delete, _repeat, _splice, _cut)
