"""The server of the live page, without a browser: what it answers, and how it ends."""

import json
import urllib.request

import pytest
from redis import Redis
from servers.live import LiveServer
from servers.pipeline import tocsin, until

from tocsin.settings import Settings, load_settings


@pytest.fixture
def settings(redis_url: str, namespace: str) -> Settings:
    return load_settings(redis=redis_url, namespace=namespace)


@pytest.fixture
def live(settings: Settings):
    live = LiveServer(settings)
    live.start()
    yield live
    live.stop()


def test_it_tells_that_it_serves_and_to_nobody_yet(live: LiveServer) -> None:
    with urllib.request.urlopen(f"http://{live.host}/health") as answer:
        assert json.load(answer) == {"browsers": 0}


def test_the_page_names_nobody_elses_address(live: LiveServer) -> None:
    with urllib.request.urlopen(f"http://{live.host}/") as answer:
        page = answer.read().decode()
    assert "<title>Tocsin</title>" in page
    assert 'lang="en-US"' in page
    assert "http://" not in page.replace("http://www.w3.org", "").replace(live.url, "")
    assert "https://" not in page


def test_it_ends_rather_than_stand_still_when_it_cannot_read_what_is_stored(
    live: LiveServer, settings: Settings, redis: Redis
) -> None:
    redis.hset(f"{settings.redis_prefix}state", mapping={"closed": 7})
    until(lambda: not live.alive(), live.words)
    assert "the live page ends" in live.words()


def test_a_port_that_is_taken_is_told_in_one_sentence(live: LiveServer, settings: Settings) -> None:
    second = tocsin("live", "--port", live.host.rpartition(":")[2], settings=settings)
    assert second.returncode == 1
    assert "Address already in use" in second.stderr
    assert "Traceback" not in second.stderr
