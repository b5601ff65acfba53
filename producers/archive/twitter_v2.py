"""Version 2 of the Twitter API, as twarc and others keep it.

An object is one tweet (``twarc2 flatten``), or a page ``{"data": [...], "includes": {...}}``, or what a stream sends,
``{"data": {...}}``; or the API's word that something went wrong, ``{"errors": [...]}``. Tweets that a page merely
*includes*, because others refer to them, were not collected and do not count.

References:
    https://developer.x.com/en/docs/x-api/data-dictionary/object-model/tweet
"""

from collections.abc import Iterator, Mapping
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
    serial,
    series_value,
    written,
)
from tocsin.posts import Post

SOURCE, CHANNEL = "twitter-archive", "twitter"
_EVENTS: dict[str, SkipReason] = {"delete": "deletion", "withheld": "withheld", "drop": "deletion", "undrop": "service"}


def resembles(value: dict[str, Any]) -> bool:
    """Tell whether an object is of this API."""
    return "data" in value or "author_id" in value or ({"id", "text", "edit_history_tweet_ids"} <= value.keys())


class TwitterV2(Importer):
    """Reads tweets and pages of version 2."""

    def read(self, value: Any) -> Iterator[Outcome]:
        """Find the tweets of an object."""
        data = dig(value, "data")
        if data is None and dig(value, "text") is not None:
            data = value
        if data is None:
            yield from _no_data(value)
            return
        places = _by_id(dig(value, "includes", "places"), "country_code")
        texts = _by_id(dig(value, "includes", "tweets"), "text")
        for tweet in data if isinstance(data, list) else [data]:
            yield self._tweet(tweet, places, texts)

    def _tweet(self, tweet: Any, places: Mapping[str, str], texts: Mapping[str, str]) -> Outcome:
        if isinstance(tweet, dict) and "id" not in tweet and (known := tweet.keys() & _EVENTS.keys()):
            return Skipped(_EVENTS[min(known)])
        try:
            number = identity("id", dig(tweet, "id"))
            if not number.isdecimal():
                return Skipped("bad_field", "tweet: id: expected a number")
            original = next((o for o in objects(dig(tweet, "referenced_tweets")) if o.get("type") == "retweeted"), None)
            post = Post(
                id=_first_version(tweet, number),
                at=moment("created_at", dig(tweet, "created_at")),
                source=SOURCE,
                channel=CHANNEL,
                author=self._pseudonyms.of(identity("author_id", dig(tweet, "author_id"))),
                text=written("text", *_texts(original, texts), dig(tweet, "text")),
                lang=language(dig(tweet, "lang")),
                # twarc writes the place into the tweet
                region=series_value(
                    dig(tweet, "geo", "country_code") or places.get(str(dig(tweet, "geo", "place_id")))
                ),
                repost=original is not None,
            )
        except FieldError as error:
            return Skipped("bad_field", f"tweet: {error}")
        return Found(post, version=serial(number))


def _first_version(tweet: Any, number: str) -> str:
    """Choose the number of a post. An edit is a new tweet to the API, yet the same post to its readers."""
    history = dig(tweet, "edit_history_tweet_ids")
    versions = [each for each in (history if isinstance(history, list) else ()) if isinstance(each, str)]
    return min([number, *(each for each in versions if each.isdecimal() and len(each) <= 20)], key=int)


def _texts(original: Any, texts: Mapping[str, str]) -> list[str]:
    """Find the whole text of a retweeted tweet; the API cuts the retweet's own."""
    found = [dig(original, "text"), texts.get(str(dig(original, "id")))]
    return [text for text in found if isinstance(text, str)]


def _by_id(included: Any, field: str) -> dict[str, str]:
    """Map the numbers of what a page includes to one of its fields."""
    return {
        str(each["id"]): each[field] for each in objects(included) if "id" in each and isinstance(each.get(field), str)
    }


def _no_data(value: Any) -> Iterator[Skipped]:
    if errors := dig(value, "errors"):
        yield api_error(errors)
    elif isinstance(value, dict) and {"title", "detail"} <= value.keys():
        yield api_error(value)
    elif dig(value, "meta") is None:  # a page may be empty
        yield Skipped("unknown_kind", "expected tweets, found neither data nor errors")
