"""Cassettes: exchanges of HTTP that a program's tests have recorded, in YAML, and the bodies of their responses."""

import base64
import binascii
import zlib
from collections.abc import Iterator
from typing import Any

import yaml

from producers.archive.compression import GZIP_MAGIC
from producers.archive.importing import Skipped, dig, objects

_DEEPEST = 100
_LARGEST_BODY_BYTES = 64 * 1024**2
# Leaves all scalars texts, and so makes nothing of a tag; written in C where the library was built with libyaml.
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def bodies(data: bytes) -> Iterator[bytes | Skipped]:
    """Yield the bodies of the responses, unpacked.

    Args:
        data: A whole cassette.
    """
    try:
        if _is_deep(data):
            yield Skipped("not_json", f"nested deeper than {_DEEPEST}")
            return
        cassette = yaml.load(data, Loader=_Loader)  # noqa: S506  # it makes texts, lists and mappings, nothing else
    except (yaml.YAMLError, ValueError, RecursionError):
        yield Skipped("not_json", "no sound YAML")
        return
    for exchange in objects(dig(cassette, "interactions") or dig(cassette, "http_interactions")):
        yield _body(dig(exchange, "response", "body"))


def _is_deep(data: bytes) -> bool:
    """Tell whether the loader, which descends without looking, would fall through the stack."""
    depth = 0
    for event in yaml.parse(data, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return True
    return False


def _body(body: Any) -> bytes | Skipped:
    texts = [body] if isinstance(body, str) else [dig(body, name) for name in ("string", "base64_string")]
    text = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    if text.lstrip()[:1] in {"{", "["}:
        return text.encode(errors="replace")
    try:  # binary bodies are written in base64
        packed = base64.b64decode(text)
        if not packed.startswith(GZIP_MAGIC):
            return packed or Skipped("not_json", "an empty body")
        return zlib.decompressobj(wbits=31).decompress(packed, _LARGEST_BODY_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        return Skipped("not_json", "a body that holds no JSON")
