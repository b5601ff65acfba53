"""The wire: posts, heartbeats and notices as NDJSON lines, and the codec that never raises on them.

A record's value is 1 to 500 lines. A line that cannot be used costs itself alone: it comes out as a
:class:`Reject` that says where it stood and why, and its neighbours come out as if it had not been there.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Generic, Literal, get_args

import msgspec
import numpy as np
from msgspec import Meta, Struct
from typing_extensions import TypeVar

from tocsin.familiar import FamiliarDecoder
from tocsin.series import VALUE

MAX_LINES = 500
MAX_LINE_BYTES = 16_384
MAX_TEXT = 4096

RejectReason = Literal[
    "not_json", "bad_field", "too_large", "ahead", "unknown_kind", "bad_encoding", "not_trusted", "too_many"
]
REASONS: tuple[RejectReason, ...] = get_args(RejectReason)

LAST_MS = 253_402_300_799_999  # the end of the year 9999
EpochMs = Annotated[int, Meta(ge=0, le=LAST_MS)]
Name = Annotated[str, Meta(min_length=1, max_length=256)]
Value = Annotated[str, Meta(pattern=VALUE)]


# A decoder may know which values to expect; to everybody else these are strings.
Place_co = TypeVar("Place_co", bound=Name, default=Name, covariant=True)
Group_co = TypeVar("Group_co", bound=str | None, default=str | None, covariant=True)


class Post(Struct, Generic[Place_co, Group_co], gc=False, frozen=True, omit_defaults=True):
    """One short message.

    Attributes:
        id: Unique per author.
        at: Event time, epoch milliseconds.
        source: The collector that saw it.
        channel: Where it was written: ``twitter``, ``sms``, ``web``, ...
        author: A pseudonym, never a handle.
        text: What was written; at most 4,096 characters.
        lang: Language code, if known.
        region: Region, if known.
        repost: Whether it repeats another post.
    """

    id: Name
    at: EpochMs
    source: Place_co
    channel: Place_co
    author: Name
    text: Annotated[str, Meta(max_length=MAX_TEXT)]
    lang: Group_co = None  # type: ignore[assignment] # what is not said is None, whatever else may be said
    region: Group_co = None  # type: ignore[assignment] # likewise
    repost: bool = False


class Heartbeat(Struct, gc=False, frozen=True):
    """A source is alive, and has written every post that it saw up to ``at`` (epoch ms).

    Its name and channels are stored and shown, so they must be able to name a series: nobody's handle passes for one.
    """

    heartbeat: Value
    at: EpochMs
    channels: tuple[Value, ...] = ()


class Notice(Struct, gc=False, frozen=True, omit_defaults=True):
    """A maintenance window ``[begin, end)`` of a channel, in epoch ms; the newest ``at`` of an id holds.

    Its id and channel are shown to readers, so they must be able to name a series. Where a deployment has a key, the
    signature proves that whoever made it had the key too; see :mod:`tocsin.trust`.
    """

    notice: Literal["maintenance"]
    id: Value
    channel: Value
    begin: EpochMs
    end: EpochMs
    at: EpochMs
    state: Literal["declared", "moved", "cancelled"]
    signature: Annotated[str, Meta(max_length=64)] = ""


class Posts(Struct, gc=False):
    """A run of posts between two control lines, with the number of the line of each (from 1)."""

    lines: Sequence[int]
    posts: list[Post]


class Reject(Struct, frozen=True):
    """A line that could not be used: its number (from 1), why, in which words, and its bytes."""

    line: int
    reason: RejectReason
    detail: str
    data: bytes


Part = Posts | Heartbeat | Notice | Reject


_post = msgspec.json.Decoder(Post)
_posts = FamiliarDecoder(Post)
_heartbeat = msgspec.json.Decoder(Heartbeat)
_notice = msgspec.json.Decoder(Notice)
_any = msgspec.json.Decoder(Any)
_SHORT = 4096  # bytes, for which an array does not pay
_HEADS = (b'{"heartbeat"', b'{"notice"')  # as producers write them; elsewhere they are looked for in vain, and found
_encoder = msgspec.json.Encoder()
# UnicodeDecodeError is a ValueError; RecursionError is what deep nesting ends in.
_BAD = (msgspec.MsgspecError, ValueError, RecursionError)


def decode(raw: bytes) -> list[Part]:
    """Decode the value of one record. Raises on no input.

    Args:
        raw: NDJSON; blank lines are skipped, but counted in line numbers.

    Returns:
        Runs of posts, heartbeats, notices and rejected lines. Their order is that of the lines, but for rejected
        lines within a run of posts, which come before it.
    """
    lines = line_breaks(raw) + 1
    if (run := _posts_alone(raw, 1, lines)) is not None:
        return run
    if len(raw) < _SHORT:
        return _decode_run(raw, 1, lines)
    letters = np.frombuffer(raw, np.uint8)
    starts = np.append(0, (letters == ord("\n")).nonzero()[0] + 1)
    seconds = letters.take(starts + len('{"'), mode="clip")
    parts: list[Part] = []
    begin, number = 0, 1
    for line in ((seconds == ord("h")) | (seconds == ord("n"))).nonzero()[0].tolist():
        start = int(starts[line])
        if raw.startswith(_HEADS, start):
            end = int(starts[line + 1]) - 1 if line + 1 < len(starts) else len(raw)
            if (found := _control(raw[start:end], line + 1)) is not None:
                parts += _decode_run(raw[begin:start], number, line + 2 - number)
                parts.append(found)
                begin, number = end + 1, line + 2
    return parts + _decode_run(raw[begin:], number, lines + 1 - number)


def control_lines(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the bytes of each line that :func:`decode` takes for a heartbeat or a notice, in order."""
    begin, number = 0, 1
    for start, end in _control_candidates(raw):
        begin, number = start, number + raw.count(b"\n", begin, start)
        if isinstance(_control(raw[start:end], number), Heartbeat | Notice):
            yield number, raw[start:end]


def encode(lines: Iterable[Post | Heartbeat | Notice]) -> bytes:
    """Encode lines as the value of one record, without a trailing newline."""
    return b"\n".join(map(_encoder.encode, lines))


def partition_of(author: str, partitions: int) -> int:
    """Choose the partition of an author, so that distinct authors and duplicates add up exactly.

    CRC-32 rather than Python's ``hash``, which differs from process to process.
    """
    return zlib.crc32(author.encode()) % partitions


def reject(line: int, reason: RejectReason, detail: str, data: bytes) -> Reject:
    """Make a reject, with its bytes cut at 16 KiB."""
    return Reject(line, reason, detail, data[:MAX_LINE_BYTES])


def line_breaks(raw: bytes) -> int:
    """Count line breaks. Bytes count slowly what occurs often."""
    if len(raw) < _SHORT:
        return raw.count(b"\n")
    return int(np.count_nonzero(np.frombuffer(raw, np.uint8) == ord("\n")))


def _control_candidates(raw: bytes) -> Iterator[tuple[int, int]]:
    """Find the lines that may be heartbeats or notices. Almost all of a record is never looked at by Python."""
    found = {needle: raw.find(needle) for needle in (b'"heartbeat"', b'"notice"')}
    while hits := [at for at in found.values() if at >= 0]:
        start = raw.rfind(b"\n", 0, min(hits)) + 1
        end = raw.find(b"\n", min(hits))
        end = len(raw) if end < 0 else end
        yield start, end
        found = {needle: raw.find(needle, end) if 0 <= at < end else at for needle, at in found.items()}


def _control(line: bytes, number: int) -> Heartbeat | Notice | Reject | None:
    """Decode a line that may be a heartbeat or a notice; None if it is rather a post, or nothing at all.

    What can be read as a post is one, whatever fields it has besides: a line means the same wherever records are cut.
    """
    try:
        if len(line) > MAX_LINE_BYTES or _is_post(line) or not isinstance(fields := _any.decode(line), dict):
            return None
    except _BAD:
        return None
    try:
        if "heartbeat" in fields:
            return _heartbeat.decode(line)
        if "notice" not in fields:
            return None
        notice = _notice.decode(line)
    except _BAD as error:
        return reject(number, "bad_field", str(error), line)
    return notice if notice.begin < notice.end else reject(number, "bad_field", "Expected `begin` < `end`", line)


def _is_post(line: bytes) -> bool:
    try:
        _post.decode(line)
    except _BAD:
        return False
    return True


def _decode_run(raw: bytes, first: int, lines: int) -> list[Part]:
    """Decode lines that should all be posts, the first of which has the number ``first``.

    Args:
        raw: The lines.
        first: Number of the first.
        lines: How many there are; what is behind the last line break counts as one, though it may be empty.
    """
    if not raw:
        return []
    if (run := _posts_alone(raw, first, lines)) is not None:
        return run
    parts: list[Part] = []
    begin, number = 0, first
    for start, end in _control_candidates(raw):
        at = number + raw.count(b"\n", begin, start)
        found = _control(raw[start:end], at)
        if found is not None:
            parts += _decode_piece(raw[begin:start], number)
            parts.append(found)
            begin, number = end + 1, at + 1
    return parts + _decode_piece(raw[begin:], number)


def _decode_piece(raw: bytes, first: int) -> list[Part]:
    """Decode lines none of which is a heartbeat or a notice."""
    run = _posts_alone(raw, first, line_breaks(raw) + 1)
    return _decode_by_line(raw.split(b"\n"), first) if run is None else run


def _posts_alone(raw: bytes, first: int, lines: int) -> list[Part] | None:
    """Decode lines all of which are posts; None if one is anything else, or blank."""
    if not _no_line_is_too_long(raw):
        return None
    try:
        posts = _posts.decode_lines(raw)
    except _BAD:
        return None
    lines -= raw.endswith(b"\n")
    return [Posts(range(first, first + lines), posts)] if len(posts) == lines else None


def _no_line_is_too_long(raw: bytes) -> bool:
    """Leap from line break to line break as far as a line may reach, rather than look at each."""
    begin = 0
    while len(raw) - begin > MAX_LINE_BYTES:
        begin = raw.rfind(b"\n", begin, begin + MAX_LINE_BYTES + 1) + 1
        if not begin:
            return False
    return True


def _decode_by_line(lines: list[bytes], first: int) -> list[Part]:
    """Decode line by line. After a bad line it goes on behind it, not from the start again."""
    posts: list[Post] = []
    rejects: list[Part] = []
    skipped: set[int] = set()
    # An iterator survives the exception of one element: extend() resumes where it stopped. An empty line fails.
    decoded = map(_post.decode, [line if len(line) <= MAX_LINE_BYTES else b"" for line in lines])
    while True:
        try:
            posts.extend(decoded)
        except _BAD as error:
            index = len(posts) + len(skipped)
            skipped.add(index)
            if lines[index]:
                rejects.append(_explain(lines[index], first + index, error))
        else:
            break
    if not posts:
        return rejects
    return [*rejects, Posts([first + i for i in range(len(lines)) if i not in skipped], posts)]


def _explain(line: bytes, number: int, error: Exception) -> Reject:
    """Say why a line is no post. Off the fast path, so it may parse the line again."""
    if len(line) > MAX_LINE_BYTES:
        return reject(number, "too_large", f"expected at most {MAX_LINE_BYTES} bytes, got {len(line)}", line)
    try:
        line.decode()
    except UnicodeDecodeError as bad:
        return reject(number, "bad_encoding", f"not UTF-8: {bad.reason} at byte {bad.start}", line)
    try:
        fields = _any.decode(line)
    except _BAD as bad:
        return reject(
            number, "not_json", str(bad) if isinstance(bad, msgspec.MsgspecError) else "nested too deep", line
        )
    if not isinstance(fields, dict) or not {"id", "text"} & fields.keys():
        return reject(number, "unknown_kind", "neither a post nor a heartbeat nor a notice", line)
    reason: RejectReason = (
        "too_large" if isinstance(text := fields.get("text"), str) and len(text) > 4096 else "bad_field"
    )
    return reject(number, reason, str(error), line)
