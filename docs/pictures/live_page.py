"""Draws ``live-page-*.png``: the live page before a real pipeline, on two days of June 2009. Run this file with Python.

The demo's own broker and store, a worker and the page run as in ``tocsin demo``; a Chromium of this machine looks. The
pictures show one moment of a run, so no two runs give the same bytes.
"""

import io
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from dashboards.reader import Reader
from producers.archive.pacing import Pacer
from producers.archive.replay import replay
from producers.broker import connect
from producers.items import Item
from producers.streams import open_stream
from tocsin.cli.demo_page import live_page
from tocsin.cli.embedded import embedded_kafka, embedded_redis
from tocsin.cli.topics import create_topics
from tocsin.cli.worker import working
from tocsin.settings import Settings, load_settings

MINUTE_MS = 60_000
SPEED = 30.0  # while the picture is taken: a bucket of a minute each two seconds
BEFORE_MS, AFTER_MS = 12 * MINUTE_MS, 8 * MINUTE_MS


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        name: Of the file.
        query: What the page is asked for.
        scheme: ``light`` or ``dark``.
        size: Of the window.
        unfold: Series of the incident whose evidence is shown.
    """

    name: str
    query: str
    scheme: str
    size: tuple[int, int]
    unfold: str


MOMENTS = {
    datetime(2009, 6, 13, 17, 0, tzinfo=UTC): (
        Picture("live-page-light", "?span=1d", "light", (1440, 1010), "sms"),
        Picture("live-page-phone", "?span=1d&zone=Asia/Tehran", "light", (390, 1700), ""),
    ),
    datetime(2009, 6, 16, 21, 20, tzinfo=UTC): (
        Picture("live-page-dark", "?span=6h&zone=Asia/Tehran", "dark", (1440, 1010), "twitter"),
    ),
}


def main() -> None:
    """Play the scenario up to each moment, and take its pictures."""
    stream = open_stream("tehran-2009")
    with embedded_redis() as redis, embedded_kafka() as kafka, sync_playwright() as playwright:
        settings = load_settings(kafka=kafka.bootstrap, redis=redis, namespace="", partitions=1, metrics_port=0,
                                 **stream.settings)  # fmt: skip
        create_topics(settings)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        items = iter(stream.items(settings.rules))
        with live_page(settings) as page, working(settings), connect(settings.broker, settings.topics.posts) as writer:
            page.wait()
            for moment, pictures in MOMENTS.items():
                at = int(moment.timestamp()) * 1000
                replay(up_to(items, at - BEFORE_MS), writer, Pacer(None, settings.rules.ahead_ms))
                wait_until_closed(settings, at - BEFORE_MS - 5 * MINUTE_MS)
                slow = Pacer(SPEED, settings.rules.ahead_ms, idle=writer.poll)
                playing = threading.Thread(target=replay, args=(up_to(items, at + AFTER_MS), writer, slow))
                playing.start()
                take(browser, page.address, pictures, lambda at=at: wait_until_closed(settings, at))
                playing.join()
        browser.close()


def up_to(items: Iterator[Item], end: int) -> Iterator[Item]:
    """Go on with a stream up to an event time, epoch ms."""
    for item in items:
        yield item
        if item.is_control and item.line is not None and item.line.at >= end:
            return


def wait_until_closed(settings: Settings, at: int) -> None:
    """Wait until all is counted up to an event time, epoch ms."""
    with Reader(settings.redis_url, settings.redis_prefix) as reader:
        while (status := reader.status()) is None or status.closed_through < at:
            time.sleep(0.2)


def take(browser: Browser, address: str, pictures: tuple[Picture, ...], wait: Callable[[], None]) -> None:
    """Open the page for each picture, wait for the moment, and keep what is seen, in few colours."""
    pages = []
    for picture in pictures:
        width, height = picture.size
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if picture.scheme == "dark" else "light"
        )
        page.goto(f"{address}/{picture.query}")
        page.wait_for_selector(".plot .rate[d^=M]")
        pages.append(page)
    wait()
    for picture, page in zip(pictures, pages, strict=True):
        if picture.unfold:
            page.locator("#incidents > ul").first.locator(".incident", has_text=picture.unfold).last.locator(
                "> details > summary"
            ).click()
        page.mouse.move(0, 0)
        time.sleep(1.5)
        seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        few = seen.quantize(256, Image.Quantize.MEDIANCUT, kmeans=8, dither=Image.Dither.NONE)
        few.save(Path(__file__).with_name(f"{picture.name}.png"), optimize=True)
        page.close()


if __name__ == "__main__":
    main()
