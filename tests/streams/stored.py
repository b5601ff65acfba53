"""Eight hours of two channels, as regular as no life is, with one event of each kind; and their way into Redis.

Times are minutes since the beginning. Text messages fall silent from 360 to 390, are ten times as many from 470 on, and
the collector of the web falls silent at 450 for good.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from processors.rollup import Rollup
from processors.store import Loaded, Store
from tocsin.judge import Judgement
from tocsin.offline import Offline
from tocsin.posts import Heartbeat, Post, encode
from tocsin.settings import Settings, load_settings

START = 1_244_678_400_000  # 2009-06-11T00:00Z
MINUTES = 480
SILENT, SURGING, BLIND = range(360, 390), range(470, MINUTES), range(450, MINUTES)
LEXICON = "of the stored stream"


class Matcher:
    """One keyword group."""

    series = ("keyword=election",)

    def match(self, texts: Sequence[str]) -> list[int]:
        return [int("election" in text) for text in texts]


def settings_for(redis_url: str, namespace: str) -> Settings:
    return load_settings(redis=redis_url, namespace=namespace, bucket_seconds=30, blind_after_seconds=120, partitions=1)


def minute_at(minute: float) -> int:
    """Epoch ms of a minute."""
    return START + int(minute * 60_000)


def lines(minutes: int = MINUTES) -> Iterator[bytes]:
    """The stream, a record for each minute."""
    yield encode([Heartbeat("gateway", START - 1, ("sms",)), Heartbeat("crawler", START - 1, ("web",))])
    for minute in range(minutes):
        posts = _posts("gateway", "sms", minute, sms_posts(minute))
        alive = [Heartbeat("gateway", minute_at(minute + 1), ("sms",))]
        if minute not in BLIND:
            posts += _posts("crawler", "web", minute, 30)
            alive.append(Heartbeat("crawler", minute_at(minute + 1), ("web",)))
        yield encode([*sorted(posts, key=lambda post: post.at), *alive])
    yield encode([Heartbeat("gateway", minute_at(minutes) + 32_001, ("sms",))])


def sms_posts(minute: int) -> int:
    if minute in SILENT:
        return 0
    return 200 if minute in SURGING else 20


def _posts(source: str, channel: str, minute: int, count: int) -> list[Post]:
    return [
        Post(
            id=f"{channel}-{minute}-{n}",
            at=minute_at(minute + n / count),
            source=source,
            channel=channel,
            author=f"{channel}-{n % 10}",
            text="the election" if n % 4 == 0 else "the weather",
            region="tehran",
        )
        for n in range(count)
    ]


def judged(offline: Offline, minutes: int = MINUTES) -> Iterator[list[Judgement]]:
    """Judge the stream, as often as any bucket closes."""
    for record in lines(minutes):
        if run := list(offline.fold(record)):
            yield run


def fill(settings: Settings, minutes: int = MINUTES) -> Offline:
    """Judge the stream and store what came of it; returns what judged it."""
    offline = Offline(settings.rules, Matcher(), settings.false_page_days)
    store_all(settings, offline, judged(offline, minutes))
    return offline


def store_all(settings: Settings, offline: Offline, runs: Iterable[list[Judgement]]) -> None:
    """Store runs of judgements, as the one who made them makes them."""
    asyncio.run(_store_all(settings, offline, runs))


async def _store_all(settings: Settings, offline: Offline, runs: Iterable[list[Judgement]]) -> None:
    store = Store(settings, settings.rules, LEXICON)
    loaded = Loaded(None, offline.judge, Rollup(settings.bucket_ms))
    for run in runs:
        loaded = await store.commit(loaded, run)
    await store.mark_published(1)
    await store.aclose()
