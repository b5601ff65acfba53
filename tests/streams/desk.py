"""The stored stream with a third channel, and whatever a page has to show: a planned silence, and a word that is news.

Times are minutes since the beginning, as in :mod:`streams.stored`: text messages fall silent and surge, the collector
of the web dies for good. Twitter is in maintenance, which was announced, and speaks of an earthquake at the end.
"""

from collections.abc import Iterator

from streams.stored import MINUTES, lines, minute_at

from tocsin.posts import Heartbeat, Notice, Post, encode

UPKEEP, ANNOUNCED, NEWS = range(440, 456), 400, range(476, MINUTES)
WORD = "زلزله"
PER_MINUTE = 24
SPEAKING = {"gateway": "sms", "stream": "twitter"}  # by source: what still speaks at the end


def desk() -> Iterator[bytes]:
    """All records in order: of each minute, Twitter's and then the others'."""
    yield encode([Heartbeat("stream", minute_at(0) - 1, ("twitter",))])
    stored = lines()
    yield next(stored)
    for minute, record in enumerate(stored):
        yield encode([*twitter(minute), Heartbeat("stream", minute_at(minute + 1), ("twitter",))])
        if minute == ANNOUNCED:
            begin, end = minute_at(UPKEEP.start), minute_at(MINUTES + 600)
            yield encode([Notice("maintenance", "upgrade", "twitter", begin, end, minute_at(minute), "declared")])
        yield record


def twitter(minute: int) -> list[Post]:
    """The posts of one minute; beyond the stream, it goes on as ever."""
    if minute in UPKEEP:
        return []
    text = f"{WORD} again" if minute in NEWS else "the election"
    return [
        Post(f"t-{minute}-{n}", minute_at(minute + n / PER_MINUTE), "stream", "twitter", f"t-{n % 12}", text, "fa")
        for n in range(PER_MINUTE)
    ]


def after(minute: int) -> bytes:
    """One more minute beyond the end, in which Twitter and the text messages go on."""
    sms = [
        Post(f"s-{minute}-{n}", minute_at(minute + n / 20), "gateway", "sms", f"s-{n % 10}", "the weather")
        for n in range(20)
    ]
    posts = sorted([*sms, *twitter(minute)], key=lambda post: post.at)
    return encode([*_beats(minute), *posts, *_beats(minute + 1)])


def _beats(minute: int) -> list[Heartbeat]:
    return [Heartbeat(source, minute_at(minute), (channel,)) for source, channel in SPEAKING.items()]
