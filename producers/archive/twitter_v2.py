"""Archives from version 2 of the Twitter API, as twarc and others keep them: JSON Lines.

A line is one tweet (``twarc2 flatten``), or a page ``{"data": [...], "includes": {...}}``, or what a stream sends,
``{"data": {...}}``; or the API's word that something went wrong, ``{"errors": [...]}``. Such archives often run from
new to old and overlap, so the tweets are sorted by time, in memory, and each counts once. Tweets that a page merely
*includes*, because others refer to them, were not collected and do not count.

References:
    https://developer.x.com/en/docs/x-api/data-dictionary/object-model/tweet
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from producers.archive.files import LineFile
from producers.items import Item, item_of
from producers.pseudonyms import Pseudonyms
from tocsin.posts import MAX_TEXT, Post
from tocsin.series import is_value

SOURCE, CHANNEL = "twitter-archive", "twitter"
LONGEST_LINE_BYTES = 64 * 1024**2  # a page of 500 tweets with all that they include takes 5 MB
MAX_REMARKS = 20

# What the API writes where it knows no language: undetermined, and tweets of mentions, tags, media, links alone.
_NO_LANGUAGE = {"und", "qam", "qct", "qht", "qme", "qst", "zxx", "art"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Reference(Struct):
    type: str = ""


class _Geo(Struct):
    place_id: str | None = None
    country_code: str | None = None  # twarc writes the place into the tweet


class _Tweet(Struct):
    id: Annotated[str, Meta(pattern=r"^\d{1,20}$")]
    author_id: Annotated[str, Meta(min_length=1, max_length=64)]
    created_at: Annotated[datetime, Meta(tz=True)]
    text: str
    lang: str | None = None
    geo: _Geo | None = None
    referenced_tweets: list[_Reference] | None = None
    edit_history_tweet_ids: list[Annotated[str, Meta(pattern=r"^\d{1,20}$")]] | None = None


class TwitterV2Archive:
    """An archive of tweets, sorted by time.

    Args:
        path: The file, plain or gzipped.
        author_key: Secret that turns account numbers into pseudonyms.

    Raises:
        ArchiveError: When there is no such file.
        SettingsError: When there is no key, or too short a one.
    """

    def __init__(self, path: Path, author_key: str | None) -> None:
        self._pseudonyms = Pseudonyms(author_key)
        self._lines = LineFile(path, LONGEST_LINE_BYTES)
        self.size = self._lines.size
        self._broken: list[str] = []
        self._counts: Counter[str] = Counter()

    @property
    def done(self) -> int:
        """Bytes read so far; all of them before the first tweet comes out."""
        return self._lines.done

    @property
    def remarks(self) -> list[str]:
        """What was left out, and why: file, line and reason of the first broken ones, then the totals."""
        totals = [f"{self._lines.path}: {what}: {n}" for what, n in sorted(self._counts.items())]
        return [*self._broken, *totals]

    def __iter__(self) -> Iterator[Item]:
        """Yield the tweets as posts, from old to new."""
        self._broken, self._counts = [], Counter()
        posts: dict[str, tuple[int, int, Item]] = {}
        for number, raw in self._lines:
            if raw.strip():
                for version, post in self._read(number, raw):
                    known = posts.get(post.id)
                    if known is not None:
                        self._counts["repeated or edited tweets, counted once"] += 1
                    if known is None or version < known[1]:
                        posts[post.id] = (post.at, version, item_of(post))
        return (item for _, _, item in sorted(posts.values(), key=lambda found: found[:2]))

    def _read(self, number: int, raw: bytes) -> Iterator[tuple[int, Post]]:
        """Yield the tweets of a line, each with the number of its version; note what is broken."""
        try:
            line = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            self._note(number, f"not JSON: {error}")
            return
        if not isinstance(line, dict):
            self._note(number, "expected an object with tweets")
            return
        data = line.get("data", line if "text" in line else None)
        if data is None:
            self._no_data(number, line)
            return
        places = _places(line.get("includes"))
        for tweet in data if isinstance(data, list) else [data]:
            try:
                yield self._post(msgspec.convert(tweet, _Tweet), places)
            except msgspec.ValidationError as error:
                self._note(number, f"tweet: {error}")

    def _post(self, tweet: _Tweet, places: Mapping[str, str]) -> tuple[int, Post]:
        geo = tweet.geo or _Geo()
        country = geo.country_code or places.get(geo.place_id or "")
        post = Post(
            # An edit is a new tweet to the API, yet the same post to its readers.
            id=min([tweet.id, *(tweet.edit_history_tweet_ids or ())], key=int),
            at=max(0, (tweet.created_at - _EPOCH) // timedelta(milliseconds=1)),
            source=SOURCE,
            channel=CHANNEL,
            author=self._pseudonyms.of(tweet.author_id),
            text=tweet.text[:MAX_TEXT],
            lang=_value(tweet.lang) if tweet.lang not in _NO_LANGUAGE else None,
            region=_value(country),
            repost=any(reference.type == "retweeted" for reference in tweet.referenced_tweets or ()),
        )
        return int(tweet.id), post

    def _no_data(self, number: int, line: dict[str, Any]) -> None:
        errors = line.get("errors") or (line if "title" in line or "detail" in line else None)
        if errors:
            first = errors[0] if isinstance(errors, list) else errors
            reason = (first.get("title") or first.get("detail")) if isinstance(first, dict) else None
            self._note(number, f"the API reported: {str(reason or 'an error')[:100]}")
        elif "meta" not in line:  # a page may be empty
            self._note(number, "expected tweets, found neither data nor errors")

    def _note(self, number: int, reason: str) -> None:
        self._counts["broken lines or tweets, left out"] += 1
        if len(self._broken) < MAX_REMARKS:
            self._broken.append(f"{self._lines.path}:{number}: {reason}")


def _places(includes: Any) -> dict[str, str]:
    """Map the numbers of a page's places to country codes."""
    places = includes.get("places") if isinstance(includes, dict) else None
    return {
        str(place["id"]): str(place["country_code"])
        for place in (places if isinstance(places, list) else ())
        if isinstance(place, dict) and "id" in place and "country_code" in place
    }


def _value(word: str | None) -> str | None:
    """Turn a language or country into the name of a series, if it can be one."""
    return word.lower() if word and is_value(word.lower()) else None
