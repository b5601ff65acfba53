"""Posts of Bluesky: events of Jetstream, views as its endpoints return them, and bare records.

Event time is when a server saw a post (``time_us``, ``indexedAt``); what the author's program claims (``createdAt``)
only where nothing else is known. A repost is a record without a text, so from Jetstream it is counted, not written;
in a feed, which shows what was reposted, it is a post of the one who reposted.

References:
    https://github.com/bluesky-social/jetstream
    https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed
"""

from collections.abc import Iterator
from typing import Any

from producers.archive.importing import (
    FieldError,
    Found,
    Importer,
    Outcome,
    Skipped,
    SkipReason,
    api_error,
    dig,
    identity,
    language,
    moment,
    objects,
    written,
)
from tocsin.posts import Post

SOURCE, CHANNEL = "bluesky-archive", "bluesky"
POSTS, REPOSTS = "app.bsky.feed.post", "app.bsky.feed.repost"
_OPERATIONS: dict[Any, SkipReason] = {"update": "edit", "u": "edit", "delete": "deletion", "d": "deletion"}
_KINDS: dict[Any, SkipReason] = {"identity": "account", "account": "account", "id": "account", "acc": "account"}
_LISTS = ("feed", "posts", "records")


def resembles(value: dict[str, Any]) -> bool:
    """Tell whether an object is of Bluesky."""
    kind = value.get("$type")
    return (
        {"did", "time_us"} <= value.keys()
        or (isinstance(kind, str) and kind.startswith("app.bsky."))
        or str(value.get("uri")).startswith("at://")
        or isinstance(dig(value, "post", "record"), dict)
        or any(map(resembles, (each for name in _LISTS for each in objects(value.get(name)))))
    )


class Bluesky(Importer):
    """Reads events, views and records."""

    def read(self, value: Any) -> Iterator[Outcome]:
        """Find the posts of an object."""
        many = next((dig(value, name) for name in _LISTS if isinstance(dig(value, name), list)), None)
        if many is not None:
            for each in many:
                yield self._one(each)
        elif isinstance(error := dig(value, "error"), str) and dig(value, "did") is None:
            yield api_error(error)
        else:
            yield self._one(value)

    def _one(self, value: Any) -> Outcome:
        try:
            if dig(value, "time_us") is not None:
                return self._event(value)
            if isinstance(dig(value, "post"), dict):
                return self._entry(value)
            if dig(value, "record") is not None or dig(value, "value") is not None or dig(value, "text") is not None:
                return Found(self._view(value))
        except FieldError as error:
            return Skipped("bad_field", f"post: {error}")
        return Skipped("unknown_kind", "neither an event nor a post")

    def _event(self, event: Any) -> Outcome:
        commit = dig(event, "commit")
        if commit is None:
            return Skipped(_KINDS.get(_name(event, "kind", "type"), "service"))
        collection, operation = dig(commit, "collection"), _name(commit, "operation", "type")
        if collection == REPOSTS and operation not in {"delete", "d"}:
            return Skipped("bare_repost")
        if collection != POSTS:
            return Skipped("service")
        if operation not in {"create", "c"}:
            return Skipped(_OPERATIONS.get(operation, "service"))
        time_us = dig(event, "time_us")
        if not isinstance(time_us, int):
            raise FieldError("time_us: expected a number")
        return Found(
            self._post(
                rkey=identity("commit.rkey", dig(commit, "rkey")),
                at=time_us // 1000,
                did=identity("did", dig(event, "did")),
                record=dig(commit, "record"),
            )
        )

    def _entry(self, entry: Any) -> Outcome:
        """Read an entry of a feed: a post, or that somebody reposted one."""
        reason = dig(entry, "reason")
        post = self._view(entry["post"])
        if not str(dig(reason, "$type")).endswith("#reasonRepost"):
            return Found(post)
        return Found(
            Post(
                id=f"repost-{post.id}"[:256],
                at=moment("reason.indexedAt", dig(reason, "indexedAt")),
                source=SOURCE,
                channel=CHANNEL,
                author=self._pseudonyms.of(identity("reason.by.did", dig(reason, "by", "did"))),
                text=post.text,
                lang=post.lang,
                repost=True,
            )
        )

    def _view(self, view: Any) -> Post:
        """Read a post with its record in it, or the record itself."""
        record = next((r for r in (dig(view, "record"), dig(view, "value")) if isinstance(r, dict)), view)
        # at://did:plc:abc/app.bsky.feed.post/3k44
        _, _, from_uri, _, rkey = (str(dig(view, "uri") or "").split("/") + [""] * 5)[:5]
        return self._post(
            rkey=identity("uri", rkey or None, dig(view, "rkey")),
            at=moment("createdAt", dig(view, "indexedAt"), dig(record, "createdAt")),
            did=identity("author.did", dig(view, "author", "did"), dig(view, "did"), from_uri),
            record=record,
        )

    def _post(self, *, rkey: str, at: int, did: str, record: Any) -> Post:
        langs = dig(record, "langs")
        return Post(
            id=rkey,
            at=at,
            source=SOURCE,
            channel=CHANNEL,
            author=self._pseudonyms.of(did),
            text=written("record.text", dig(record, "text")),
            lang=language(*(langs if isinstance(langs, list) else ())),
        )


def _name(value: Any, *names: str) -> str:
    return next((found for name in names if isinstance(found := dig(value, name), str)), "")
