"""One look after another at a real Redis, into which the stored stream goes bit by bit."""

import asyncio
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from redis import Redis
from servers.redis import RedisServer
from streams.stored import LEXICON, MINUTES, START, Matcher, judged, minute_at, settings_for

from dashboards.live.look import Choice
from dashboards.live.lookout import Lookout, Scene
from dashboards.live.render import PANELS, Renderer, page
from dashboards.model import Row
from dashboards.reader import Reader
from processors.rollup import Rollup
from processors.store import Loaded, Store
from tocsin.offline import Offline

CHOICES = [Choice(span="all"), Choice("Asia/Tehran", "1h"), Choice(span="6h", dimension="keyword")]


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at

    def wall(self) -> float:
        return START / 1000 + self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(redis_url: str, namespace: str):
    with Reader(redis_url, settings_for(redis_url, namespace).redis_prefix) as reader:
        yield reader


def stored(redis_url: str, namespace: str):
    """Store the stream up to a minute, and go on from there."""
    settings = settings_for(redis_url, namespace)
    offline = Offline(settings.rules, Matcher(), settings.false_page_days)
    runs, loaded = judged(offline), Loaded(None, offline.judge, Rollup(settings.bucket_ms))

    async def commit(minutes: int) -> None:
        nonlocal loaded
        store = Store(settings, settings.rules, LEXICON)
        for run in islice(runs, minutes):
            loaded = await store.commit(loaded, run)
        await store.aclose()

    return lambda minutes: asyncio.run(commit(minutes))


def rows(scene: Scene, span: str, dimension: str = "channel") -> tuple[Row, ...]:
    return scene.sheets[span, dimension][0].rows


def test_what_is_read_bit_by_bit_is_what_is_read_at_once(
    reader: Reader, redis_url: str, namespace: str, clock: Clock
) -> None:
    go_on, lookout = stored(redis_url, namespace), Lookout(reader, clock.monotonic, clock.wall)
    assert lookout.look(CHOICES).fresh.pulse == "nothing"
    for minutes in (1, 90, 100, 1, 170, MINUTES):
        go_on(minutes)
        clock.at += 6
        bit_by_bit = lookout.look(CHOICES)
        at_once = Lookout(reader, clock.monotonic, clock.wall).look(CHOICES)
        for wish, (sheet, stretch) in at_once.sheets.items():
            assert bit_by_bit.sheets[wish] == (sheet, stretch), wish
        assert replace(bit_by_bit.look, memory=0) == replace(at_once.look, memory=0)
    assert bit_by_bit.fresh.pulse == "moving"
    kinds = {(incident.kind, incident.series) for incident in bit_by_bit.look.incidents.values()}
    assert {("outage", "channel=sms"), ("blind", "source=crawler"), ("burst", "channel=sms")} <= kinds
    assert bit_by_bit.look.volumes["channel=sms"] > 0


def test_silence_is_zero_and_what_was_deleted_is_unknown(
    reader: Reader, redis_url: str, namespace: str, redis: Redis, clock: Clock
) -> None:
    stored(redis_url, namespace)(MINUTES + 2)
    for bucket in range(20):
        redis.delete(reader.keys.bucket(START + bucket * 30_000))
    shown = rows(Lookout(reader, clock.monotonic, clock.wall).look(CHOICES), "all")
    column = 1  # channel=sms, after the total
    by_time = {row.at: row.posts[column] for row in shown}
    assert by_time[START] is None
    assert by_time[minute_at(370)] == 0
    assert by_time[minute_at(475)] == 100
    assert all(row.bands[column] is None or row.bands[column].upper > 0 for row in shown)


@pytest.mark.usefixtures("redis_server")  # without Redis, this is skipped like the others
def test_a_redis_that_goes_away_leaves_what_was_read_and_says_so(tmp_path: Path, namespace: str, clock: Clock) -> None:
    server = RedisServer(tmp_path)
    server.start()
    try:
        stored(server.url, namespace)(60)
        with Reader(server.url, settings_for(server.url, namespace).redis_prefix) as reader:
            lookout = Lookout(reader, clock.monotonic, clock.wall)
            before = lookout.look(CHOICES)
            server.stop()
            clock.at += 1
            gone = lookout.look(CHOICES)
            assert gone.fresh.pulse == "disconnected"
            assert (gone.look, gone.sheets) == (before.look, before.sheets)
            server.start()
            assert lookout.look(CHOICES).fresh.pulse == "waiting"
    finally:
        server.stop()


def test_a_redis_that_was_emptied_shows_nothing_of_what_was(
    reader: Reader, redis_url: str, namespace: str, redis: Redis, clock: Clock
) -> None:
    stored(redis_url, namespace)(400)
    lookout = Lookout(reader, clock.monotonic, clock.wall)
    assert lookout.look(CHOICES).look.incidents
    redis.delete(*redis.keys(f"{reader.keys.prefix}*"))
    scene = lookout.look(CHOICES)
    assert scene.fresh.pulse == "nothing"
    assert (scene.look.incidents, scene.sheets) == ({}, {})


def test_every_panel_is_spelt_and_what_browsers_see_alike_is_spelt_once(
    reader: Reader, redis_url: str, namespace: str, clock: Clock
) -> None:
    empty = Renderer(Lookout(reader, clock.monotonic, clock.wall).look(CHOICES)).panels(Choice())
    assert "Nothing has been counted yet" in empty["banner"]
    assert 'data-series="posts"' in empty["charts"], "so that there is a place for what comes"

    stored(redis_url, namespace)(MINUTES + 2)
    renderer = Renderer(Lookout(reader, clock.monotonic, clock.wall).look(CHOICES))
    utc, tehran, groups = (renderer.panels(choice) for choice in CHOICES)
    assert set(utc) == set(PANELS)
    assert utc["incidents"] is groups["incidents"]
    assert '2009-06-11 08:00:30</time> <span class="zone">UTC' in utc["head"]
    assert '2009-06-11 12:30:30</time> <span class="zone">Asia/Tehran (UTC+4:30)' in tehran["head"]
    assert 'data-series="keyword=election"' in groups["charts"]
    assert "nobody knows about web" in utc["incidents"]
    assert "crawler" in utc["rest"]
    assert "<script" not in "".join(utc.values())


def test_the_form_offers_every_choice_and_marks_the_one_that_holds() -> None:
    form = page(Choice("Asia/Tehran", "6h", "lang"), {}, "edition")
    for marked in ("<option selected>Asia/Tehran", 'value="6h" selected', 'value="lang" selected'):
        assert marked in form
    assert form.count(" selected") == 3
