"""Statuses and events of Mastodon, as they come: what an archive's importer reads of them.

Event time is ``created_at``, when a status was written. One from another server may come minutes later, and is then
counted as late, which it is.

References:
    https://docs.joinmastodon.org/methods/streaming/
"""

from typing import Any

import msgspec

from producers.archive.importing import Found, Outcome, SkipReason, dig
from producers.archive.mastodon import Mastodon
from producers.live.events import Broken, Event, Kind
from producers.live.memory import key_of
from producers.pseudonyms import Pseudonyms

SOURCE, CHANNEL = "mastodon", "mastodon"
_KINDS: dict[SkipReason, Kind] = {"edit": "edit", "deletion": "deletion", "service": "other"}


class MastodonEvents:
    """Reads what a server tells.

    Args:
        pseudonyms: Name the authors.
        source: Name of the collector.
    """

    def __init__(self, pseudonyms: Pseudonyms, source: str = SOURCE) -> None:
        self._source = source
        self._importer = Mastodon(pseudonyms)

    def event(self, name: str, payload: str, now: int) -> Event | Broken:
        """Read an event of a stream. Raises on no input.

        Args:
            name: Such as ``update``.
            payload: JSON.
            now: Epoch ms.
        """
        try:
            value = msgspec.json.decode(payload) if name == "update" else None
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return Broken("not_json")
        (outcome,) = self._importer.read({"event": name, "payload": value})
        return self._event(outcome, value, now)

    def status(self, value: Any, now: int) -> Event | Broken:
        """Read a status of a timeline. Raises on no input.

        Args:
            value: As it came as JSON.
            now: Epoch ms.
        """
        (outcome,) = self._importer.read({"event": "update", "payload": value})
        return self._event(outcome, value, now)

    def _event(self, outcome: Outcome, status: Any, now: int) -> Event | Broken:
        if isinstance(outcome, Found):
            post = msgspec.structs.replace(outcome.post, source=self._source)
            key = key_of(post.author, post.id)
            return Event("post", post.at, key=key, mark=mark_of(status), post=post, ordered=False)
        kind = _KINDS.get(outcome.reason)
        return Broken("bad_field") if kind is None else Event(kind, now, ordered=False)


def mark_of(status: Any) -> int:
    """Tell the number of a status, by which a timeline is asked for what is newer; 0 if it is none."""
    number = dig(status, "id")
    return int(number) if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 20 else 0
