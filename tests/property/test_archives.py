"""Any bytes at all: whatever an archive holds, it is imported, or counted, or refused in words."""

import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from producers.archive import Format, Wishes, open_archives
from producers.archive.csv_rows import parse_columns
from producers.archive.formats import IMPORTERS
from producers.archive.imported import Imported
from producers.pseudonyms import Pseudonyms
from tocsin.errors import ArchiveError
from tocsin.posts import MAX_LINE_BYTES, Post

KEY = "0123456789abcdef"
FORMATS: tuple[Format, ...] = ("native", "twitter-v1", "twitter-v2", "mastodon", "bluesky", "csv")
COLUMNS = parse_columns("id=id,at=created_at,author=user,text=text")
SEEDS = (
    b'{"id":"1","at":2,"source":"s","channel":"sms","author":"a","text":"t"}\n{"heartbeat":"s","at":3,"channels":[]}\n',
    b'{"id_str":"1","created_at":"Mon Jun 15 12:00:00 +0000 2009","user":{"id":7},"text":"t"}\n{"limit":{"track":1}}\n',
    b'{"data":[{"id":"1","author_id":"2","created_at":"2009-06-15T12:00:00Z","text":"t"}],"includes":{"places":[]}}\n',
    b'[\n  {\n  "content": "<p>t</p>",\n "account": {"url": "u"}, "created_at": "2009-06-15T12:00:00Z"}\n]\n',
    b'event: update\ndata: {"id":"1","content":"","account":{"id":"1"},"created_at":"2009-06-15T12:00:00Z"}\n\n',
    b'{"did":"d","time_us":1,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.post"}}\n',
    b'id,created_at,user,text\n1,1245067200,ali,"one\ntwo"\n2,2009-06-15T12:00:00Z,b,x\n',
    b"interactions:\n- request: {}\n  response:\n    body:\n      string: '[{\"content\": 1}]'\n",
)
PACKED = tuple(pack(seed) for seed in SEEDS for pack in (bytes, gzip.compress, zstandard.compress))


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """An archive in which some bytes have been changed, left out or put in."""
    data = bytearray(draw(st.sampled_from(PACKED)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 6))] = draw(st.binary(max_size=6))
    return bytes(data)


def is_sound(data: bytes, fmt: Format | None) -> bool:
    """Whether all that is imported is a post that fits on the wire, or the file is refused in words."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        path.write_bytes(data)
        try:
            archives = open_archives([path], KEY, Wishes(fmt, COLUMNS))
            imported = [item for archive in archives for item in archive if isinstance(archive, Imported)]
            told = [remark for archive in archives for remark in archive.remarks]
        except ArchiveError as error:
            return str(path) in str(error)
    fits = all(isinstance(item.line, Post) and len(item.raw) <= MAX_LINE_BYTES for item in imported)
    return fits and all(isinstance(remark, str) for remark in told)


@given(st.binary(max_size=200) | mangled(), st.sampled_from((None, *FORMATS)))
def test_any_bytes_are_imported_or_counted_or_refused(data: bytes, fmt: Format | None) -> None:
    assert is_sound(data, fmt)


NAMES = (
    "id", "id_str", "text", "full_text", "created_at", "timestamp_ms", "user", "data", "includes", "tweets", "places",
    "author_id", "geo", "lang", "retweeted_status", "extended_tweet", "referenced_tweets", "edit_history_tweet_ids",
    "statuses", "delete", "limit", "errors", "error", "title", "meta", "content", "account", "url", "uri", "reblog",
    "spoiler_text", "event", "payload", "edited_at", "did", "time_us", "kind", "commit", "operation", "collection",
    "rkey", "record", "langs", "posts", "feed", "post", "reason", "by", "indexedAt", "$type", "author", "value", "type",
)  # fmt: skip
WORDS = (
    "1",
    "create",
    "update",
    "app.bsky.feed.post",
    "2009-06-15T12:00:00Z",
    "at://d/c/r",
    "\ud800",
    "x" * 5000,
    "{}",
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=25,
)


@given(JSON, st.sampled_from(sorted(IMPORTERS)))
def test_an_importer_raises_on_no_object(value: object, fmt: Format) -> None:
    importer = IMPORTERS[fmt](Pseudonyms(KEY))
    for part in importer.parts(value) if isinstance(value, list) else [value]:
        list(importer.read(part))


@given(st.lists(JSON, max_size=4), st.sampled_from(sorted(IMPORTERS)))
def test_any_json_is_imported_or_counted(values: list[object], fmt: Format) -> None:
    assert is_sound(b"\n".join(json.dumps(value).encode() for value in values), fmt)


@given(JSON)
def test_what_comes_out_is_the_same_each_time(value: object) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        path.write_bytes(msgspec.json.encode([json.loads(json.dumps(value).replace("\\ud800", ""))] * 2))
        (archive,) = open_archives([path], KEY, Wishes("mastodon"))
        assert list(archive) == list(archive)
