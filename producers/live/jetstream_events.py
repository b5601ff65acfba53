"""Events of Jetstream, as they come: what an archive's importer reads of them, and where to resume behind them.

Event time is ``time_us``, when the server saw it; ``createdAt`` is whatever the author's program claims.

References:
    https://github.com/bluesky-social/jetstream
"""

from typing import Any

import msgspec

from producers.archive.bluesky import POSTS, Bluesky
from producers.archive.importing import Found, SkipReason, dig
from producers.live.events import Broken, Event, Kind
from producers.live.memory import key_of
from producers.pseudonyms import Pseudonyms
from tocsin.posts import LAST_MS

SOURCE, CHANNEL = "jetstream", "bluesky"
_KINDS: dict[SkipReason, Kind] = {
    "edit": "edit",
    "deletion": "deletion",
    "bare_repost": "repost",
    "account": "account",
    "service": "other",
}


class JetstreamEvents:
    """Reads the messages of a server.

    Args:
        pseudonyms: Name the authors.
        source: Name of the collector.
    """

    def __init__(self, pseudonyms: Pseudonyms, source: str = SOURCE) -> None:
        self._source = source
        self._pseudonyms = pseudonyms
        self._importer = Bluesky(pseudonyms)

    def read(self, raw: bytes | str) -> Event | Broken:
        """Read a message. Raises on no input.

        Args:
            raw: JSON.
        """
        try:
            told = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return Broken("not_json")
        mark, did = dig(told, "time_us"), dig(told, "did")
        if not isinstance(mark, int) or isinstance(mark, bool) or not 0 <= mark // 1000 <= LAST_MS:
            return Broken("bad_field")
        if not isinstance(did, str) or not did:
            return Broken("bad_field")
        # An archive may hold whole feeds; a message is one event, whatever else is in it.
        (outcome,) = self._importer.read({name: told.get(name) for name in ("did", "time_us", "kind", "commit")})
        key = self._key(did, mark, told.get("commit"))
        if isinstance(outcome, Found):
            post = msgspec.structs.replace(outcome.post, source=self._source)
            return Event("post", mark // 1000, key=key, mark=mark, post=post)
        kind = _KINDS.get(outcome.reason)
        return Broken("bad_field") if kind is None else Event(kind, mark // 1000, key=key, mark=mark)

    def _key(self, did: str, mark: int, commit: Any) -> int:
        """Name what happened. What was done to a post has the same name at every server, whatever its clock says."""
        author = self._pseudonyms.of(did)
        if dig(commit, "collection") != POSTS:
            return key_of(author, str(mark))
        return key_of(author, *(str(dig(commit, name)) for name in ("rkey", "operation", "rev")))
