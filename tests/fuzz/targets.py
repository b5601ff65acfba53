"""What is fuzzed: everything that reads what others wrote. Each target raises nothing, or what it says it raises."""

import bz2
import gzip
import json
import os
import tempfile
import tomllib
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec
import zstandard

from producers.archive import Wishes, open_archives
from producers.archive.csv_rows import parse_columns
from producers.archive.formats import IMPORTERS
from producers.items import read_line
from producers.pseudonyms import Pseudonyms
from producers.scenario import read_scenario
from producers.scenario.document import LIBRARY
from tocsin.clocks import Rules
from tocsin.errors import TocsinError
from tocsin.lexicon import default_lexicon, load_lexicon
from tocsin.posts import Heartbeat, Notice, Post, decode, encode
from tocsin.settings import Settings, load_settings
from tocsin.tally import PartitionTally
from tocsin.trust import Trust

AT = 1_245_000_000_000
KEY = "0123456789abcdef"
RULES = Rules(5_000, 2_000, 30_000, 60_000)
KEYED = Rules(5_000, 2_000, 30_000, 60_000, trust=Trust(frozenset({"s"}), b"a secret"))
BEAT, BARE = Heartbeat("s", AT, ("sms",)), Heartbeat("t", AT + 9_000)
NOTICE = Notice("maintenance", "w", "sms", AT, AT + 9_000, AT, "declared")
POSTS = [Post(str(n), AT + n, "st"[n % 2], "sms", f"a{n}", "the net is down", "fa", "tehran") for n in range(6)]
STREAM = [
    encode([BEAT, *POSTS, NOTICE, KEYED.trust.sign(NOTICE), Heartbeat("s", AT + 20_000)]),
    encode(POSTS),
    encode([BARE, BEAT]),
    encode([NOTICE]),
    encode([POSTS[0]]),
]
EVENT = {"did": "did:plc:x", "time_us": AT * 1000, "kind": "commit", "commit": {
    "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3m",
    "record": {"$type": "app.bsky.feed.post", "createdAt": "2025-12-05T10:16:59.783Z", "text": "hi", "langs": ["en"]},
}}  # fmt: skip
STATUS = {"id": "1", "uri": "https://x.example/1", "created_at": "2022-11-08T11:48:10.000Z", "language": "nl",
    "content": "<p>one <br>two</p>", "spoiler_text": "", "reblog": None,
    "account": {"id": "7", "acct": "x", "url": "https://x.example/@x"}}  # fmt: skip
V1 = {"created_at": "Mon Jun 15 12:00:00 +0000 2009", "id": 1, "id_str": "1", "text": "one", "lang": "fa",
    "place": {"country_code": "IR"}, "user": {"id": 77, "id_str": "77", "screen_name": "x"}}  # fmt: skip
V2 = {"data": [{"id": "1", "author_id": "77", "created_at": "2009-06-15T12:00:00.000Z", "text": "one"}],
    "includes": {"users": [{"id": "77", "username": "x"}], "places": []}, "errors": []}  # fmt: skip
OBJECTS = {"bluesky": EVENT, "mastodon": STATUS, "twitter-v1": V1, "twitter-v2": V2}
JSON = {name: json.dumps(value).encode() for name, value in OBJECTS.items()}
CSV = b'id,at,user,body\n1,2009-06-15T12:00:00Z,ali,"one, ""two"""\n2,2009-06-15T12:00:01Z,nasrin,\xd8\xb3\n'
COLUMNS = parse_columns("id=id,at=at,author=user,text=body")
SSE = b"event: update\ndata: " + JSON["mastodon"] + b"\n\n: comment\n"
CASSETTE = b"interactions:\n- request: {uri: x}\n  response:\n    body: {string: '" + JSON["twitter-v2"] + b"'}\n"
PACKERS = (bytes, gzip.compress, bz2.compress, zstandard.ZstdCompressor().compress)
FILES = [
    pack(raw) for pack in PACKERS for raw in (STREAM[0], *JSON.values(), CSV, SSE, CASSETTE, b"[" + JSON["bluesky"])
]
TOML = b'kafka = "a:9092"\nbucket_seconds = 60\nsources = "a,b"\ncontrol_key = "x"\nfalse_page_days = 30\n'
LEXICON = b"keywords:\n  vote: [vote, 'elect*', \xd8\xb1\xd8\xa3\xdb\x8c]\n  net: &a [net]\n  more: *a\n"


class Target(NamedTuple):
    """Something that reads.

    Attributes:
        seeds: Sound inputs.
        weight: Of a thousand inputs, so many are for it.
        run: Reads one.
    """

    seeds: list[bytes]
    weight: int
    run: Callable[[bytes], object]


class _Tally:
    """A tally that goes on from input to input, until it is renewed; what it keeps must stay bounded."""

    def __init__(self, rules: Rules) -> None:
        self._rules, self._lexicon, self._folded = rules, default_lexicon(), 0

    def run(self, raw: bytes) -> None:
        if self._folded % 200 == 0:
            self._tally = PartitionTally(0, self._rules, self._lexicon)
            self._tally.fold(encode([BEAT]), AT)
        self._folded += 1
        folded = self._tally.fold(raw, AT + 10_000)
        msgspec.msgpack.encode(folded.partials)
        msgspec.msgpack.encode(self._tally.position)


def _read_objects(raw: bytes) -> None:
    """Hand an object, or a list of them, to every importer."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return
    for importer in _IMPORTERS:
        for part in importer.parts(value) if isinstance(value, list) else [value]:
            for _ in importer.read(part):
                pass


_IMPORTERS = [make(Pseudonyms(KEY)) for make in IMPORTERS.values()]


class _Files:
    """Reads whole files, through the very doors that ``tocsin convert`` and ``replay`` use."""

    @cached_property
    def _folder(self) -> Path:
        return Path(tempfile.mkdtemp())  # whoever starts this process takes it away again

    def archive(self, raw: bytes) -> None:
        path = self._folder / "archive"
        path.write_bytes(raw)
        with suppress(TocsinError):
            for archive in open_archives([path], KEY, Wishes(columns=COLUMNS)):
                for _ in archive:
                    pass
                list(archive.remarks)

    def scenario(self, raw: bytes) -> None:
        path = self._folder / "mine.yaml"
        path.write_bytes(raw)
        with suppress(TocsinError):
            read_scenario(path)

    def settings(self, raw: bytes) -> None:
        path = self._folder / "tocsin.toml"
        path.write_bytes(raw)
        os.environ["TOCSIN_CONFIG"] = str(path)
        try:
            with suppress(TocsinError):
                load_settings()
        finally:
            del os.environ["TOCSIN_CONFIG"]


def _environment(raw: bytes) -> None:
    """Give a value to each setting in turn, as a shell would."""
    name = list(Settings.model_fields)[len(raw) % len(Settings.model_fields)]
    with suppress(TocsinError):
        load_settings(**{name: raw.decode(errors="surrogateescape")}).rules  # noqa: B018 - to be worked out


def _lexicon(raw: bytes) -> None:
    with suppress(TocsinError):
        load_lexicon(raw.decode(errors="replace"), "mine.yaml").match(["the net is down"])


def targets() -> dict[str, Target]:
    """All of them, by name; tomllib is here for its seeds to be sound."""
    tomllib.loads(TOML.decode())
    files = _Files()
    scenario = (LIBRARY / "backlog.yaml").read_bytes()
    return {
        "codec": Target(STREAM, 560, decode),
        "lines": Target(STREAM, 100, read_line),
        "tally": Target(STREAM, 120, _Tally(RULES).run),
        "trusted tally": Target(STREAM, 60, _Tally(KEYED).run),
        "objects": Target(list(JSON.values()), 130, _read_objects),
        "archive": Target(FILES, 14, files.archive),
        "toml": Target([TOML], 3, files.settings),
        "environment": Target([b"60", b"redis://u:p@h:1/2", b"a,b"], 8, _environment),
        "lexicon": Target([LEXICON], 4, _lexicon),
        "scenario": Target([scenario], 1, files.scenario),
    }
