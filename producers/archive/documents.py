"""The JSON in a file, however it lies there: by lines, as one document, as a stream of events, or in a cassette.

- **Lines**: one value a line.
- **Document**: a single value, however it is laid out; or several, one after the other.
- **Events**: what a server sends (``event:`` and ``data:`` lines); each comes out as ``{"event", "payload"}``.
- **Cassette**: YAML in which a test has recorded exchanges of HTTP; the bodies of the responses.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from producers.archive.cassettes import bodies
from producers.archive.files import LineFile
from producers.archive.importing import Skipped
from tocsin.errors import ArchiveError

LONGEST_LINE_BYTES = 64 * 1024**2  # a page of 500 tweets with all that they include takes 5 MB
LARGEST_DOCUMENT_BYTES = 256 * 1024**2
MOST_VALUES = 8_000_000  # in one piece of JSON: three bytes may ask for eighty in memory
LOOK_AT_LINES, LOOK_AT_BYTES = 100, 16 * 1024**2
Layout = Literal["lines", "document", "events", "cassette", "html", "text"]

_EVENT = re.compile(rb"(event|data|id|retry)?:")
_CASSETTE = re.compile(rb"(http_)?interactions:\s*$")
_GAP = re.compile(r"[\s,\]\x1e]*")
_TOO_LARGE = Skipped("too_large", f"expected less than {LONGEST_LINE_BYTES} bytes in a line; jq -c '.[]' parts lists")
_TOO_LARGE_DOCUMENT = Skipped(
    "too_large",
    f"one document of more than {LARGEST_DOCUMENT_BYTES} bytes, which would have to be held in memory; "
    "make lines of it: jq -c '.[]'",
)
_TOO_MANY_VALUES = Skipped(
    "too_large", f"expected less than {MOST_VALUES:,} values in one piece; jq -c '.[]' parts lists"
)
_BAD_JSON = (msgspec.MsgspecError, ValueError, RecursionError)


class Document(Struct, frozen=True):
    """One JSON value of a file.

    Attributes:
        place: Where it stands, to be put behind the path.
        value: It; if it is sound.
        fault: What is wrong with it; None if nothing is.
    """

    place: str
    value: Any = None
    fault: Skipped | None = None


def first_lines(path: Path) -> list[bytes]:
    """Read the first lines that are not blank; those before the damage, if there is any.

    Raises:
        ArchiveError: When there is no such file, or nothing at all can be read.
    """
    found: list[bytes] = []
    size = 0
    try:
        for _, raw in LineFile(path, LONGEST_LINE_BYTES):
            if len(found) == LOOK_AT_LINES or size > LOOK_AT_BYTES:
                break
            if raw.strip():
                found.append(raw)
                size += len(raw)
    except ArchiveError:
        if not found:
            raise
    return found


def layout_of(lines: list[bytes]) -> Layout:
    """Tell how a file is laid out by its first lines."""
    first = lines[0].strip()
    if first.startswith(b"<"):
        return "html"
    if any(map(_CASSETTE.match, lines)):
        return "cassette"
    if _EVENT.match(first):
        return "events"
    return _layout_of_json(first, lines)


def _layout_of_json(first: bytes, lines: list[bytes]) -> Layout:
    """Tell lines from a document. The first line may be broken, as in a file that was cut at its beginning."""
    some_are_values = any(map(_is_value, lines))
    if first.startswith(b"["):
        return "lines" if _is_value(first) else "document"
    if first.startswith(b"{"):
        # A document goes on with lines that are no values, or begins with a bracket alone.
        return "lines" if len(lines) == 1 or (some_are_values and first != b"{") else "document"
    return "lines" if some_are_values else "text"


def documents(file: LineFile, layout: Layout) -> Iterator[Document]:
    """Yield the JSON values of a file, and what is no JSON.

    Args:
        file: To be read from its start.
        layout: How it is laid out.
    """
    if layout == "events":
        return _of_events(file)
    if layout in {"document", "cassette"}:
        return _of_document(file, layout)
    return _of_lines(file)


def _is_value(line: bytes) -> bool:
    """Tell whether a line is a JSON object, or a list, that says something."""
    if line[:1] not in {b"{", b"["}:  # what is indented is part of something
        return False
    try:
        return isinstance(value := msgspec.json.decode(line), dict | list) and bool(value)
    except _BAD_JSON:
        return False


def _whole_lines(file: LineFile) -> Iterator[tuple[int, bytes, Skipped | None]]:
    """Yield the lines that are not blank; at the end, what is wrong with the file."""
    number = 0
    try:
        for number, raw in file:
            if raw.strip():
                yield number, raw, None
    except ArchiveError:
        yield number + 1, b"", Skipped("cut_off", "the file breaks off or is damaged here; nothing after it was read")


def _of_lines(file: LineFile) -> Iterator[Document]:
    for number, raw, fault in _whole_lines(file):
        place = f":{number}"
        if fault is not None:
            yield Document(place, fault=fault)
        elif len(raw) >= LONGEST_LINE_BYTES:
            yield Document(place, fault=_TOO_LARGE)
        else:
            yield _parsed(place, raw)


def _parsed(place: str, raw: bytes | str) -> Document:
    if len(raw) > MOST_VALUES and _has_too_many_values(raw):
        return Document(place, fault=_TOO_MANY_VALUES)
    try:
        return Document(place, msgspec.json.decode(raw))
    except UnicodeDecodeError:
        return Document(place, fault=Skipped("bad_encoding", "expected UTF-8"))
    except msgspec.DecodeError as error:
        return Document(place, fault=Skipped("not_json", str(error)))
    except (ValueError, RecursionError):
        return Document(place, fault=Skipped("not_json", "nested too deep, or a number too long"))


def _has_too_many_values(raw: bytes | str) -> bool:
    if isinstance(raw, str):
        return raw.count(",") + raw.count("[") + raw.count("{") > MOST_VALUES
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MOST_VALUES


def _of_events(file: LineFile) -> Iterator[Document]:
    """Put the fields of each event together; a blank line would end it, yet its data is one line in practice."""
    name = ""
    for number, raw, fault in _whole_lines(file):
        place = f":{number}"
        field, _, content = raw.strip().partition(b":")
        if fault:
            yield Document(place, fault=fault)
        elif field == b"event":
            name = content.strip().decode(errors="replace")
        elif field == b"data":
            yield Document(place, {"event": name, "payload": content.strip().decode(errors="replace")})
            name = ""
        elif field not in {b"", b"id", b"retry"}:  # comments begin with the colon
            yield Document(place, fault=Skipped("unknown_kind", "expected a field of an event"))


def _of_document(file: LineFile, layout: Layout) -> Iterator[Document]:
    data, fault = _content(file)
    if layout == "cassette":
        for number, body in enumerate(bodies(data), start=1):
            place = f": exchange {number}"
            yield Document(place, fault=body) if isinstance(body, Skipped) else _parsed(place, body)
    elif data:
        whole = _parsed("", data)
        if whole.fault is None or whole.fault is _TOO_MANY_VALUES:
            yield whole
        else:
            yield from _salvaged(data, whole.fault)
    if fault is not None:
        yield Document("", fault=fault)


def _content(file: LineFile) -> tuple[bytes, Skipped | None]:
    """Read a whole file, or as far as it goes; and say what is wrong with it."""
    blocks: list[bytes] = []
    size = 0
    try:
        for block in file.blocks():
            blocks.append(block)
            size += len(block)
            if size > LARGEST_DOCUMENT_BYTES:
                return b"", _TOO_LARGE_DOCUMENT
    except ArchiveError:
        return b"".join(blocks), Skipped("cut_off", "the file breaks off or is damaged; what comes after was not read")
    return b"".join(blocks), None


def _salvaged(data: bytes, fault: Skipped) -> Iterator[Document]:
    """Read value by value: several documents in one file, or a list that breaks off."""
    text = data.decode(errors="replace").lstrip()
    at, number = int(text.startswith("[")), 0
    decoder = json.JSONDecoder(strict=False)
    while (at := _after_gap(text, at)) < len(text):
        number += 1
        try:
            value, at = decoder.raw_decode(text, at)
        except _BAD_JSON:
            yield Document(f": item {number}", fault=fault)
            return
        yield Document(f": item {number}", value)


def _after_gap(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    return gap.end() if gap else at
