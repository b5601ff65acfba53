"""The server of the live page, without a browser: what it answers, to whom, and how it ends."""

import asyncio
import http.client
import json
import socket
from base64 import b64encode
from collections.abc import Iterator

import pytest
from aiohttp import web
from redis import Redis
from servers.live import LiveServer
from servers.pipeline import tocsin, until
from streams.stored import fill, settings_for

from dashboards.live.desk import MOST_BROWSERS, Desk
from dashboards.live.gate import Gate
from dashboards.live.look import Choice
from dashboards.live.lookout import Lookout
from dashboards.live.server import create_app
from dashboards.reader import Reader
from tocsin.cli.live import live as serve_live
from tocsin.errors import SettingsError
from tocsin.settings import Settings, load_settings

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def settings(redis_url: str) -> Settings:
    return load_settings(redis=redis_url, namespace="t-page-server")


@pytest.fixture(scope="module")
def live(settings: Settings) -> Iterator[LiveServer]:
    live = LiveServer(settings)
    live.start()
    yield live
    live.stop()


def ask(host: str, path: str = "/", method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, str]:
    """Ask for something, and read the whole answer."""
    connection = http.client.HTTPConnection(host, timeout=30)
    spelt = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=spelt)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def page_with(words: str, live: LiveServer, path: str = "/", **headers: str) -> str:
    """Ask for the page until it shows something: on a busy machine it is sent before the first look has ended."""
    pages = [""]
    until(lambda: words in pages[-1], live.words, then=lambda: pages.append(ask(live.host, path, **headers)[1]))
    return pages[-1]


def listening(host: str) -> socket.socket:
    """Begin to listen, and hear the first news."""
    name, _, port = host.partition(":")
    browser = socket.create_connection((name, int(port)), timeout=30)
    browser.sendall(f"GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    heard = b""
    while b"data: " not in heard:
        more = browser.recv(65_536)
        assert more, heard
        heard += more
    return browser


def test_it_tells_that_it_serves_and_to_nobody_yet(live: LiveServer) -> None:
    _, told = ask(live.host, "/health")
    assert json.loads(told) == {"browsers": 0}


def test_the_page_is_whole_and_names_nobody_elses_address(live: LiveServer) -> None:
    assert ask(live.host)[0].headers["Content-Type"] == "text/html; charset=utf-8"
    page = page_with("Nothing has been counted yet", live)  # without any script
    assert "<title>Tocsin</title>" in page
    assert 'lang="en-US"' in page
    assert "http://" not in page
    assert "https://" not in page


def test_every_answer_forbids_what_the_page_does_not_need(live: LiveServer) -> None:
    for path in ("/", "/health", "/nothing-there"):
        answer, _ = ask(live.host, path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "*" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Server"] == "tocsin"
        assert "Set-Cookie" not in answer.headers
        for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                            ("Cross-Origin-Opener-Policy", "same-origin"),
                            ("Cross-Origin-Resource-Policy", "same-origin")):  # fmt: skip
            assert answer.headers[name] == value


def test_it_can_only_be_read_and_hands_out_its_own_files_alone(live: LiveServer) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        for path in ("/", "/events", "/health", "/elsewhere"):
            assert ask(live.host, path, method)[0].status == 405
    assert ask(live.host, "/", "HEAD")[0].status == 200
    _, page = ask(live.host)
    script = next(part for part in page.split('"') if part.endswith("/live.js"))
    answer, _ = ask(live.host, f"/{script}")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    for path in ("../../server.py", "..%2f..%2fserver.py", "nothing.js", ""):
        assert ask(live.host, f"/{script.removesuffix('live.js')}{path}")[0].status == 404


def test_a_name_that_points_here_without_being_ours_is_refused_with_a_word(live: LiveServer) -> None:
    answer, words = ask(live.host, Host="evil.example:80")
    assert answer.status == 421
    assert "TOCSIN_LIVE_HOSTS=evil.example" in words
    assert ask(live.host, "/events", Origin="http://evil.example")[0].status == 403


def test_so_many_browsers_and_no_more_may_listen(live: LiveServer) -> None:
    listeners = [listening(live.host) for _ in range(MOST_BROWSERS)]
    assert json.loads(ask(live.host, "/health")[1]) == {"browsers": MOST_BROWSERS}
    for path in ("/", "/events"):
        answer, words = ask(live.host, path)
        assert answer.status == 503
        assert "browsers are looking already" in words
    for one in listeners:
        one.close()
    until(lambda: json.loads(ask(live.host, "/health")[1]) == {"browsers": 0}, live.words)
    assert ask(live.host)[0].status == 200


def test_who_has_no_password_sees_nothing(settings: Settings) -> None:
    given = {"live_user": "desk", "live_password": _secret(PASSWORD), "live_hosts": "pulse.example, desk.example"}
    closed = LiveServer(settings.model_copy(update=given))
    closed.start()
    try:
        answer, words = ask(closed.host)
        assert (answer.status, answer.headers["WWW-Authenticate"][:20]) == (401, 'Basic realm="Tocsin"')
        assert "Content-Security-Policy" in answer.headers
        assert "Tocsin</title>" not in words
        right, wrong = (b64encode(f"desk:{one}".encode()).decode() for one in (PASSWORD, "correct mouse"))
        assert ask(closed.host, Authorization=f"Basic {wrong}")[0].status == 401
        assert ask(closed.host, "/events")[0].status == 401
        assert ask(closed.host, Host="evil.example", Authorization=f"Basic {right}")[0].status == 421
        assert ask(closed.host, Host="desk.example", Authorization=f"Basic {right}")[0].status == 200
        assert ask(closed.host, "/health")[0].status == 200
        assert page_with("Nothing has been counted yet", closed, Authorization=f"Basic {right}")
        assert PASSWORD not in closed.words()
    finally:
        closed.stop()


def _secret(word: str):
    return load_settings(live_password=word).live_password


def test_an_address_that_others_reach_needs_a_password(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_REDIS", settings.redis)
    with pytest.raises(SettingsError, match="Set TOCSIN_LIVE_USER and TOCSIN_LIVE_PASSWORD"):
        serve_live(host="0.0.0.0", port=0)  # noqa: S104


@pytest.mark.parametrize(("given", "missing"), [("USER", "PASSWORD"), ("PASSWORD", "USER")])
def test_half_of_a_password_is_told_at_once(given: str, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TOCSIN_LIVE_{given}", PASSWORD)
    with pytest.raises(SettingsError, match=f"TOCSIN_LIVE_{missing} is missing"):
        serve_live(host=None, port=0)


def test_who_may_only_read_redis_sees_the_page(redis_url: str, redis: Redis) -> None:
    """The page gives no command that writes: with the rights of a reader it shows what it shows with all of them."""
    settings = settings_for(redis_url, "t-page-reader")
    fill(settings, 90)
    redis.acl_setuser("looker", enabled=True, passwords=["+only-looks"], keys=[f"{settings.redis_prefix}*"],
                      commands=["+@read", "+@connection", "+multi", "+exec", "+info"])  # fmt: skip
    looker = settings.model_copy(update={"redis": redis_url.replace("://", "://looker:only-looks@")})
    live = LiveServer(looker)
    live.start()
    try:
        page = page_with('data-series="channel=sms"', live, "/?span=all")
        assert "Disconnected" not in page
        assert "Redis holds</dt><dd><bdi>not known" not in page
        with pytest.raises(Exception, match="permission"), Redis.from_url(looker.redis) as client:
            client.set(f"{settings.redis_prefix}state", "x")
    finally:
        live.stop()
        redis.acl_deluser("looker")


def test_it_ends_rather_than_stand_still_when_it_cannot_read_what_is_stored(redis_url: str, redis: Redis) -> None:
    settings = load_settings(redis=redis_url, namespace="t-page-unreadable")
    live = LiveServer(settings)
    live.start()
    redis.hset(f"{settings.redis_prefix}state", mapping={"closed": 7})
    until(lambda: not live.alive(), live.words)
    assert "the live page ends" in live.words()
    live.stop()


def test_a_port_that_is_taken_is_told_in_one_sentence(live: LiveServer, settings: Settings) -> None:
    second = tocsin("live", "--port", live.host.rpartition(":")[2], settings=settings)
    assert second.returncode == 1
    assert "Address already in use" in second.stderr
    assert "Traceback" not in second.stderr


class Talkative(Desk):
    """Always has more to tell, and notes when nobody listens any more."""

    def __init__(self, lookout: Lookout) -> None:
        super().__init__(lookout)
        self.left = asyncio.Event()

    async def listen(self, choice: Choice):
        try:
            while True:
                yield {"head": f"{choice} " * 100_000}
                await asyncio.sleep(0)
        finally:
            self.left.set()


def test_a_browser_that_does_not_read_what_it_is_sent_is_let_go(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.live.server.SLOW_SECONDS", 0.5)

    async def stall() -> None:
        with Reader(settings.redis, settings.redis_prefix) as reader:
            desk = Talkative(Lookout(reader))
            runner = web.AppRunner(create_app(desk, Gate()))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            with socket.create_connection(runner.addresses[0][:2]) as browser:
                browser.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                await asyncio.wait_for(desk.left.wait(), 60)
            await runner.cleanup()
            assert desk.left.is_set()

    asyncio.run(stall())
