"""Statuses of Mastodon: as its REST endpoints return them, and as its streams send them.

An object is a status, one of its versions (from its history), a page of search results ``{"statuses": [...]}``, or an
event of a stream, ``{"event", "payload"}``. Only what an ``update`` event brings is new: a ``status.update`` is an
edit of a status that may be years old.

References:
    https://docs.joinmastodon.org/entities/Status/
    https://docs.joinmastodon.org/methods/streaming/
"""

import html
import re
from collections.abc import Iterator
from typing import Any

import msgspec

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
    kind_of,
    language,
    moment,
)
from producers.archive.times import TimeError, epoch_ms
from tocsin.posts import MAX_TEXT, Post

SOURCE, CHANNEL = "mastodon-archive", "mastodon"
_EVENTS: dict[str, SkipReason] = {"status.update": "edit", "delete": "deletion"}
_BREAK = re.compile(r"<br\s*/?>|</p>\s*(?=<p)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def resembles(value: dict[str, Any]) -> bool:
    """Tell whether an object is of Mastodon."""
    return {"content", "account", "created_at"} <= value.keys() or {"event", "payload"} <= value.keys()


def plain_text(content: str) -> str:
    """Turn the HTML of a status into text: paragraphs and breaks become line breaks, links their address.

    Args:
        content: HTML as Mastodon makes it, in which a ``<`` that somebody typed is ``&lt;``.
    """
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", content))).strip()


class Mastodon(Importer):
    """Reads statuses and events."""

    def parts(self, values: list[Any]) -> list[Any]:
        """Take a list apart, unless it is the history of one status."""
        return [values] if _is_history(values) else values

    def read(self, value: Any) -> Iterator[Outcome]:
        """Find the statuses of an object."""
        if _is_history(value):
            yield self._status(value[0])
            yield from (Skipped("edit") for _ in value[1:])
        elif dig(value, "event") is not None:
            yield self._event(value)
        elif isinstance(statuses := dig(value, "statuses"), list):
            yield from map(self._status, statuses)
        elif isinstance(error := dig(value, "error"), str) and dig(value, "content") is None:
            yield api_error(error)
        elif isinstance(value, dict) and "content" in value:
            yield self._status(value)
        else:
            yield Skipped("unknown_kind", "neither a status nor an event")

    def _event(self, value: dict[str, Any]) -> Outcome:
        if value["event"] != "update":
            return Skipped(_EVENTS.get(str(value["event"]), "service"))
        payload = value.get("payload")
        if isinstance(payload, str):  # JSON within JSON
            try:
                payload = msgspec.json.decode(payload)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                return Skipped("not_json", "the payload of an event")
        return self._status(payload)

    def _status(self, status: Any) -> Outcome:
        try:
            post = self._post(status)
        except FieldError as error:
            return Skipped("bad_field", f"status: {error}")
        return Found(post, version=_version(dig(status, "edited_at")))

    def _post(self, status: Any) -> Post:
        original = dig(status, "reblog")
        shown = original if isinstance(original, dict) else status
        author = identity("account.url", *(dig(status, "account", name) for name in ("url", "acct", "id")))
        return Post(
            id=self._id(status),
            at=moment("created_at", dig(status, "created_at")),
            source=SOURCE,
            channel=CHANNEL,
            author=self._pseudonyms.of(author),
            text=_text(shown),
            lang=language(dig(shown, "language")),
            repost=isinstance(original, dict),
        )

    def _id(self, status: Any) -> str:
        """Choose what a status is known by on every server; it names its author, so it is hidden as authors are."""
        uri = dig(status, "uri")
        if isinstance(uri, str) and uri:
            return self._pseudonyms.of(uri)
        if _is_version(status):
            return f"written-{dig(status, 'created_at')}"[:256]
        return identity("id", dig(status, "id"))


def _text(status: Any) -> str:
    """Put warning and content together: both were written."""
    content, warning = dig(status, "content"), dig(status, "spoiler_text")
    if not isinstance(content, str):
        raise FieldError(f"content: expected text, got {kind_of(content)}")
    parts = [warning if isinstance(warning, str) else "", plain_text(content)]
    return "\n".join(filter(None, parts))[:MAX_TEXT]


def _is_history(value: Any) -> bool:
    """Tell whether this is all that a status has been, its first version first."""
    return isinstance(value, list) and bool(value) and all(map(_is_version, value))


def _is_version(status: Any) -> bool:
    """Tell whether this is one version of a status, from its history."""
    return isinstance(status, dict) and {"content", "created_at", "account"} <= status.keys() and "id" not in status


def _version(edited_at: Any) -> int:
    try:
        return epoch_ms(edited_at) if isinstance(edited_at, str) else 0
    except TimeError:
        return 0
