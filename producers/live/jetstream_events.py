"""Events of Jetstream: what Bluesky's servers tell of posts, as JSON.

Event time is ``time_us``, when the server saw it; ``createdAt`` is whatever the author's program claims.

References:
    https://github.com/bluesky-social/jetstream
"""

import msgspec
from msgspec import Struct

from producers.live.events import Broken, Event, Kind
from producers.live.memory import key_of
from producers.pseudonyms import Pseudonyms
from tocsin.posts import LAST_MS, MAX_TEXT, Post
from tocsin.series import is_value

SOURCE, CHANNEL = "jetstream", "bluesky"
POSTS, REPOSTS = "app.bsky.feed.post", "app.bsky.feed.repost"
_OPERATIONS: dict[str, Kind] = {"create": "post", "update": "edit", "delete": "deletion"}


class _Commit(Struct, gc=False):
    operation: str
    collection: str
    rkey: str
    rev: str = ""
    record: msgspec.Raw = msgspec.Raw(b"null")


class _Told(Struct, gc=False):
    did: str
    time_us: int
    kind: str
    commit: _Commit | None = None


class _Record(Struct, gc=False):
    text: str = ""
    langs: list[str] | None = None


_told = msgspec.json.Decoder(_Told)
_record = msgspec.json.Decoder(_Record)


def read_event(raw: bytes | str, pseudonyms: Pseudonyms) -> Event | Broken:
    """Read a message. Raises on no input.

    Args:
        raw: JSON.
        pseudonyms: Name the authors.
    """
    try:
        told = _told.decode(raw)
        return _event(told, pseudonyms)
    except msgspec.ValidationError:
        return Broken("bad_field")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Broken("not_json")


def _event(told: _Told, pseudonyms: Pseudonyms) -> Event:
    at = told.time_us // 1000
    if not 0 <= at <= LAST_MS or not told.did:
        raise msgspec.ValidationError
    commit = told.commit
    if commit is None or commit.collection != POSTS:
        kind: Kind = "account" if told.kind in {"account", "identity"} else "other"
        if commit is not None and commit.collection == REPOSTS:
            kind = "repost"
        return Event(kind, at, mark=told.time_us)
    if not 0 < len(commit.rkey) <= 256:
        raise msgspec.ValidationError
    kind = _OPERATIONS.get(commit.operation, "other")
    author = pseudonyms.of(told.did)
    key = key_of(author, commit.rkey, commit.operation, commit.rev)
    post = _post(commit, author, at) if kind == "post" else None
    return Event(kind, at, key=key, mark=told.time_us, post=post)


def _post(commit: _Commit, author: str, at: int) -> Post:
    record = _record.decode(commit.record)
    langs = (lang.lower() for lang in record.langs or ())
    return Post(
        id=commit.rkey,
        at=at,
        source=SOURCE,
        channel=CHANNEL,
        author=author,
        text=record.text[:MAX_TEXT],
        lang=next(filter(is_value, langs), None),
    )
