"""The live page in a real Chromium, in front of a real pipeline.

Later tests change what earlier ones look at: they stop the worker, Redis, and the page's own server.
"""

import re
from urllib.parse import urlsplit

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from redis import Redis
from servers.pipeline import until
from streams.desk import WORD
from streams.stored import START

from tocsin.incidents import Incident
from tocsin.keys import Keys

SLOW = 90_000  # ms: for what takes seconds on a machine that has nothing else to do


def shade(page: Page, series: str, kind: str) -> int:
    """How many stretches of a chart are shaded as this."""
    return page.locator(f'.plot[data-series="{series}"] .shade.{kind}').count()


def chart(page: Page, series: str):
    return page.locator(f'.plot[data-series="{series}"]')


def findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_the_first_chart_is_painted_within_two_seconds_of_the_first_closed_bucket(desk_of) -> None:
    print(f"\nfirst chart painted {desk_of.first:.2f} s after the first bucket closed")  # noqa: T201 - it is a figure
    assert 0 < desk_of.first < 2


def test_it_shows_the_clock_with_its_zone_and_that_this_is_a_replay(desk_of) -> None:
    page = desk_of.page("?zone=Asia/Tehran")
    expect(page.locator("#head")).to_contain_text("2009-06-11 12:30:30 Asia/Tehran (UTC+4:30)")
    expect(page.locator("#head")).to_contain_text("Last bucket closed")
    expect(chart(page, "posts")).to_contain_text("Asia/Tehran (UTC+4:30)")
    assert page.title() == "Tocsin"
    page.close()


def test_every_channel_has_a_chart_with_what_happened_shaded(desk_of) -> None:
    page = desk_of.page("?span=all")
    for series in ("posts", "channel=sms", "channel=twitter", "channel=web"):
        expect(chart(page, series)).to_be_visible()
        expect(chart(page, series).locator(".rate")).to_have_attribute("d", re.compile(r"^M\d+ \d+L"))
    assert shade(page, "channel=sms", "outage") == 1
    assert shade(page, "channel=sms", "burst") == 1
    assert shade(page, "channel=twitter", "maintenance") == 1
    assert shade(page, "channel=twitter", "planned") == 1
    assert shade(page, "channel=web", "blind") == 1
    assert shade(page, "channel=web", "outage") == 0, "blind is not out"
    expect(page.locator("#channels .state")).to_have_text([re.compile("sms alive"), re.compile("twitter alive"),
                                                            re.compile("web blind: nobody knows")])  # fmt: skip
    page.close()


def test_where_nobody_knows_there_is_a_gap_and_not_a_zero(desk_of) -> None:
    page = desk_of.page("?span=1h")
    rates, silent = (
        [point.split(" ")[0] for point in (chart(page, series).get_attribute("data-points") or "").split(",")]
        for series in ("channel=web", "channel=twitter")
    )
    assert rates[0] == "30.0"
    assert not rates[-1]
    assert "0.0" not in rates
    assert "0.0" in silent, "what is silent is zero"
    line, whole = (chart(page, "channel=web").locator(f"{one} >> nth=0").bounding_box() for one in (".rate", "svg"))
    assert line
    assert whole
    assert line["x"] + line["width"] < whole["x"] + 0.8 * whole["width"], "the line ends where the last was heard"
    expect(chart(page, "channel=web")).to_have_attribute("aria-label", re.compile("nobody knows how many posts"))
    page.close()


def test_an_incident_says_why_and_unfolds_its_evidence(desk_of) -> None:
    page = desk_of.page()
    outage = page.locator("#incidents .incident.outage", has_text="sms")
    expect(outage).to_contain_text("posts where")
    expect(outage.locator(".evidence")).to_be_hidden()
    outage.locator("summary").click()
    expect(outage.locator(".evidence")).to_contain_text("estimated")
    expect(outage.locator(".evidence")).to_contain_text("nats")
    burst = page.locator("#incidents > ul > .incident.burst", has_text="all posts")
    burst.locator("> details > summary").click()
    expect(burst.locator(".folded")).to_contain_text("sms")
    expect(page.locator("#incidents .incident.planned")).to_contain_text("twitter")
    page.close()


def test_sources_maintenance_words_and_the_pipeline_are_there(desk_of) -> None:
    page = desk_of.page()
    expect(page.locator("#rest")).to_contain_text("crawler")
    expect(page.locator("#rest")).to_contain_text("last heard")
    expect(page.locator("#rest")).to_contain_text("upgrade")
    for name in ("rejected", "duplicates", "late", "Redis holds", "digest"):
        expect(page.locator("#rest .health")).to_contain_text(name)
    word = page.locator(".terms bdi", has_text=WORD)
    assert word.evaluate("node => getComputedStyle(node).direction") == "rtl"
    page.close()


def test_what_is_chosen_stands_in_the_address_and_survives_loading_anew(desk_of) -> None:
    page = desk_of.page()
    page.locator("select[name=dimension]").select_option("keyword")
    page.locator("select[name=span]").select_option("1h")
    page.locator("select[name=zone]").select_option("America/Los_Angeles")
    expect(chart(page, "keyword=election")).to_be_visible()
    expect(chart(page, "keyword=election")).to_contain_text("America/Los_Angeles (UTC-7)")
    expect(page.locator("#head")).to_contain_text("2009-06-11 01:00:30")
    assert urlsplit(page.url).query == "dimension=keyword&span=1h&zone=America%2FLos_Angeles"
    page.reload()
    expect(page.locator("select[name=dimension]")).to_have_value("keyword")
    expect(chart(page, "keyword=election")).to_be_visible()
    expect(chart(page, "channel=sms")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(desk_of, scheme: str) -> None:
    page = desk_of.page(scheme=scheme)
    for summary in page.locator("#incidents > ul > .incident > details > summary").all():
        summary.click()
    page.locator(".table summary").first.click()
    assert findings(page) == []
    background = page.evaluate("getComputedStyle(document.querySelector('#incidents')).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    page.close()


def test_everything_can_be_reached_and_used_with_the_keyboard(desk_of) -> None:
    page = desk_of.page()
    focused = "document.activeElement"
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.textContent") == "Skip to the incidents"
    seen: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(f"{focused}.name || {focused}.className || {focused}.tagName"))
        if seen[-1] == "theme":
            assert page.evaluate(f"getComputedStyle({focused}).outlineStyle") != "none", "the focus can be seen"
            page.keyboard.press("Enter")
            assert page.evaluate("document.documentElement.dataset.theme") == "light"
            page.keyboard.press("Enter")
            assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        if page.evaluate(f"{focused}.closest('#incidents summary') !== null"):
            break
    assert [name for name in seen if name in ("dimension", "span", "zone", "theme")] == [
        "dimension",
        "span",
        "zone",
        "theme",
    ]
    page.keyboard.press("Enter")
    assert page.evaluate(f"{focused}.parentElement.open")
    page.reload()
    page.wait_for_selector("#incidents .incident")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark", "it is remembered"
    page.close()


def test_it_has_landmarks_headings_and_a_voice(desk_of) -> None:
    page = desk_of.page()
    assert page.get_by_role("banner").count() == 1
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("heading", level=1).inner_text() == "Tocsin"
    assert page.locator("html").get_attribute("lang") == "en-US"
    assert page.locator("#announcement").get_attribute("aria-live") == "polite"
    for figure in page.locator(".plot[role=img]").all():
        assert re.search(r": .* posts.* at 2009-06-11 08:00 UTC", figure.get_attribute("aria-label") or "")
    page.locator(".table summary").first.click()
    assert page.get_by_role("table").first.get_by_role("row").count() > 5
    page.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1100, 1920])
def test_it_never_scrolls_sideways(desk_of, width: int) -> None:
    page = desk_of.page("?zone=America/Argentina/ComodRivadavia", width=width, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_who_points_at_a_chart_is_told_the_numbers_there(desk_of) -> None:
    page = desk_of.page("?span=1h&zone=Asia/Tehran")
    sms, web = chart(page, "channel=sms"), chart(page, "channel=web")
    sms.hover()
    expect(page.locator("#tip")).to_contain_text(re.compile(r"2009-06-11 \d\d:\d\d:\d\d to .* Asia/Tehran"))
    expect(page.locator("#tip")).to_contain_text(re.compile(r"[\d.]+ posts a minute"))
    expect(page.locator("#tip")).to_contain_text(re.compile(r"expected, [\d.]+ to [\d.]+ ordinary"))
    box = web.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 80)
    expect(page.locator("#tip")).to_contain_text("nobody knows how many posts")
    page.mouse.move(2, 2)
    expect(page.locator("#tip")).to_be_hidden()
    page.close()


@pytest.mark.usefixtures("life")
def test_what_somebody_has_opened_stays_open_while_everything_moves(desk_of) -> None:
    page = desk_of.page()
    blind = page.locator("#incidents .incident.blind")
    blind.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(blind.locator(".evidence")).to_be_visible()
    expect(page.locator("#banner .banner")).to_have_count(0, timeout=SLOW)
    clock = page.locator("#head time")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before, timeout=SLOW)
    expect(page.locator("#head")).to_contain_text(re.compile(r"\d×, replay"), timeout=SLOW)
    expect(blind.locator(".evidence")).to_be_visible()
    expect(page.locator("#incidents > ul").first.locator("> .incident")).to_have_count(1, timeout=SLOW)
    assert page.evaluate("document.activeElement.closest('.incident.blind') !== null")
    page.close()


def test_it_asked_nobody_but_its_own_server_and_complained_of_nothing(desk_of) -> None:
    hosts = {urlsplit(address).netloc for address in desk_of.requests if not address.startswith(("data:", "blob:"))}
    assert hosts == {desk_of.live.host}
    assert any("/events" in address for address in desk_of.requests)
    assert desk_of.complaints == []


def test_a_script_that_gets_into_the_page_does_not_run(desk_of) -> None:
    page = desk_of.page()
    complaints = list(desk_of.complaints)
    page.evaluate("""() => {
        window.violations = [];
        document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "window.ran = 1";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", `<img src="data:," onerror="window.ran = 2">
            <p id="styled" style="color: red">x</p><iframe src="/"></iframe>
            <script src="https://elsewhere.example/x.js"></` + `script>`);
        fetch("https://elsewhere.example/").catch(() => {});
    }""")
    expected = {"script-src-elem", "script-src-attr", "style-src-attr", "img-src", "frame-src", "connect-src"}
    until(lambda: set(page.evaluate("violations")) >= expected, lambda: str(page.evaluate("violations")))
    assert page.evaluate("window.ran === undefined")
    page.close()
    desk_of.complaints[:] = complaints  # what we provoked


def test_it_keeps_no_cookie(desk_of) -> None:
    page = desk_of.page()
    assert page.context.cookies() == []
    page.close()


@pytest.mark.usefixtures("life")
def test_it_says_that_it_is_stale_when_the_worker_has_stopped_and_stops_saying_so(desk_of) -> None:
    page = desk_of.page()
    banner = page.locator("#banner .banner")
    expect(banner).to_have_count(0, timeout=SLOW)
    expect(page.locator("#head .pulse")).to_contain_text("up to date")
    desk_of.workers.stop()
    expect(banner).to_contain_text("No bucket has closed for", timeout=SLOW)
    expect(banner).to_contain_text("The worker has stopped, every source is silent, or a replay is over")
    expect(banner).to_contain_text(re.compile(r"What is below is as of 2009-06-11 \d\d:\d\d:\d\d UTC"))
    expect(page.locator("#announcement")).to_contain_text("No bucket closes any more")
    expect(page.locator("#head")).to_contain_text("stands still")
    assert findings(page) == []
    desk_of.restart_worker()
    expect(banner).to_have_count(0, timeout=SLOW)
    expect(page.locator("#head .pulse")).to_contain_text("up to date")
    page.close()


@pytest.mark.usefixtures("life")
def test_it_says_that_it_is_disconnected_when_redis_has_stopped_and_goes_on_with_it(desk_of) -> None:
    page = desk_of.page()
    banner = page.locator("#banner .banner")
    expect(banner).to_have_count(0, timeout=SLOW)
    desk_of.redis.stop()
    expect(banner).to_contain_text("Disconnected for", timeout=SLOW)
    expect(banner).to_contain_text("does not answer as it should. Nobody knows what has happened since.")
    expect(page.locator("#incidents")).to_contain_text("crawler")
    desk_of.redis.start()
    expect(banner).to_have_count(0, timeout=SLOW)
    page.close()


def test_it_says_that_its_server_is_gone_and_comes_back_with_it(desk_of) -> None:
    page = desk_of.page("?span=6h")
    desk_of.live.stop()
    lost = page.locator("#lost")
    expect(lost).to_contain_text("This page has lost its server", timeout=SLOW)
    desk_of.live.start()
    expect(lost).to_be_hidden(timeout=SLOW)
    expect(page.locator("select[name=span]")).to_have_value("6h", timeout=SLOW)
    expect(chart(page, "channel=sms")).to_be_visible(timeout=SLOW)
    page.close()


def test_what_somebody_writes_into_redis_is_text_and_nothing_more(desk_of) -> None:
    evil = """<img src=x onerror="window.ran=1">\u202edetrevni"""
    keys = Keys(desk_of.settings.redis_prefix)
    incident = Incident("evil", 1, "outage", f"region={evil}", START, START)
    desk_of.live.stop()
    with Redis.from_url(desk_of.settings.redis) as client:
        client.hset(keys.channels, evil, "alive")
        client.hset(keys.incidents, "evil", msgspec.json.encode(incident))
    desk_of.live.start()
    before = list(desk_of.complaints)
    page = desk_of.page()
    shown = evil.replace("\u202e", "\ufffd")
    expect(page.locator("#channels bdi", has_text="onerror")).to_have_text(shown)
    expect(page.locator("#incidents .series bdi", has_text="onerror")).to_have_text(shown)
    assert page.evaluate("window.ran === undefined && document.images.length === 0")
    assert desk_of.complaints == before
    page.close()
