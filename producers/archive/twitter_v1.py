"""Version 1.1 of the Twitter API: what its REST endpoints returned, and what its streams sent.

An object is a tweet, a page ``{"statuses": [...]}``, or a message of a stream about something else.

References:
    https://developer.x.com/en/docs/x-api/v1/data-dictionary/object-model/tweet
    https://developer.x.com/en/docs/x-api/v1/tweets/filter-realtime/guides/streaming-message-types
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
    serial,
    series_value,
    written,
)
from tocsin.posts import Post

SOURCE, CHANNEL = "twitter-archive", "twitter"
_MESSAGES: dict[str, SkipReason] = {
    "delete": "deletion",
    "status_withheld": "withheld",
    "user_withheld": "withheld",
    "limit": "missed",
    "disconnect": "missed",
    "user_delete": "account",
    "user_undelete": "account",
    "user_suspend": "account",
    "user_unsuspend": "account",
    "user_protect": "account",
    "user_unprotect": "account",
    "scrub_geo": "service",
    "warning": "service",
    "friends": "service",
    "friends_str": "service",
    "control": "service",
    "event": "service",
}


def resembles(value: dict[str, Any]) -> bool:
    """Tell whether an object is of this API."""
    tweet = {"created_at", "user"} <= value.keys() and bool({"text", "full_text"} & value.keys())
    message = value.keys() & _MESSAGES.keys() and isinstance(next(iter(value.values())), dict | list)
    return tweet or "statuses" in value or bool(message)


class TwitterV1(Importer):
    """Reads tweets and messages of version 1.1."""

    def read(self, value: Any) -> Iterator[Outcome]:
        """Find the tweets of an object."""
        if isinstance(statuses := dig(value, "statuses"), list):
            for status in statuses:
                yield self._tweet(status)
        elif dig(value, "created_at") is not None or dig(value, "user") is not None:
            yield self._tweet(value)
        elif errors := dig(value, "errors") or dig(value, "error"):
            yield api_error(errors)
        else:
            yield _message(value)

    def _tweet(self, tweet: Any) -> Outcome:
        try:
            number = identity("id_str", dig(tweet, "id_str"), dig(tweet, "id"))
            first = dig(tweet, "edit_history", "initial_tweet_id")
            original = dig(tweet, "retweeted_status")
            post = Post(
                # An edit is a new tweet to the API, yet the same post to its readers.
                id=first if isinstance(first, str) and first.isdecimal() and len(first) <= 20 else number,
                at=moment("created_at", dig(tweet, "timestamp_ms"), dig(tweet, "created_at")),
                source=SOURCE,
                channel=CHANNEL,
                author=self._pseudonyms.of(
                    identity("user.id_str", dig(tweet, "user", "id_str"), dig(tweet, "user", "id"))
                ),
                text=written("text", *_texts(original), *_texts(tweet)),
                lang=language(dig(tweet, "lang")),
                region=series_value(dig(tweet, "place", "country_code")),
                repost=isinstance(original, dict),
            )
        except FieldError as error:
            return Skipped("bad_field", f"tweet: {error}")
        return Found(post, version=serial(number))


def _texts(tweet: Any) -> list[Any]:
    """Where the text of a tweet may be, the longest first."""
    return [dig(tweet, "extended_tweet", "full_text"), dig(tweet, "full_text"), dig(tweet, "text")]


def _message(value: Any) -> Skipped:
    known = next((name for name in (value if isinstance(value, dict) else ()) if name in _MESSAGES), None)
    if known is None:
        return Skipped("unknown_kind", "neither a tweet nor a message of a stream")
    detail = "the stream left out tweets" if known == "limit" else "the stream ended" if known == "disconnect" else ""
    return Skipped(_MESSAGES[known], detail)
