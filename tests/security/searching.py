"""Searching for what must not be there: as it stands, and inside of whatever it was packed into."""

import base64
import binascii
import html
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import msgspec
import zstandard

_DEEPEST = 4  # packings within one another
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")


def leaks(data: bytes, secrets: Sequence[str]) -> set[str]:
    """Tell which secrets are in some bytes, in whatever case and packing."""
    text = "\n".join(_texts(data)).casefold()
    return {secret for secret in secrets if secret.casefold() in text}


def _texts(data: bytes, depth: int = _DEEPEST) -> Iterator[str]:
    """Spell bytes as text in every way that makes sense of them."""
    text = data.decode(errors="replace")
    yield text
    for unescape in (html.unescape, unquote):
        if (plain := unescape(text)) != text:
            yield plain
    if not depth:
        return
    for unpacked in _unpacked(data):
        yield from _texts(unpacked, depth - 1)


def _unpacked(data: bytes) -> Iterator[bytes]:
    for read in (json.loads, msgspec.msgpack.decode):
        with suppress(ValueError, msgspec.MsgspecError, RecursionError):
            yield from _leaves(read(data))
    for wbits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        with suppress(zlib.error):
            yield zlib.decompressobj(wbits).decompress(data)
    with suppress(zstandard.ZstdError):
        yield zstandard.ZstdDecompressor().decompressobj().decompress(data)
    for piece in _BASE64.findall(data):
        with suppress(binascii.Error):
            yield base64.b64decode(piece, validate=True)


def _leaves(value: Any) -> Iterator[bytes]:
    """Every text and every run of bytes within what was decoded, keys included."""
    if isinstance(value, str):
        yield value.encode(errors="replace")
    elif isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(key)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
