"""The demo in a terminal: it opens the page before it plays anything, and keeps it when the stream is over."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import expect
from servers.browser import Chromium
from servers.live import FirstBucket, painted

SCENARIO = """\
use: calm
description: Nothing happens, for two hours.
length: 2h
"""


class Terminal:
    """A command in a terminal of its own, as somebody sees it.

    Args:
        command: To run.
        env: Its environment.
    """

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self._screen, inner = pty.openpty()
        self.process = subprocess.Popen(
            command, env=env, stdin=inner, stdout=inner, stderr=inner, start_new_session=True
        )
        os.close(inner)
        self.shown = ""
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError):  # the command has ended
            while read := os.read(self._screen, 65_536):
                self.shown += read.decode(errors="replace")

    def until(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        """Wait for something; fails with what was shown."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.shown[-4000:]
            assert time.monotonic() < deadline, self.shown[-4000:]
            time.sleep(0.05)


def descendants(pid: int) -> list[Path]:
    """The processes below one, as folders of /proc."""
    found: list[Path] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += [Path("/proc", child), *descendants(int(child))]
    return found


def environment(process: Path) -> dict[str, str]:
    pairs = (process / "environ").read_text(errors="replace").split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


@pytest.fixture
def opener(tmp_path: Path) -> Path:
    """A browser that only writes down what it was asked to open."""
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > {tmp_path / "asked"}\n')
    script.chmod(0o700)
    return script


def test_the_demo_opens_a_page_whose_first_chart_is_there_with_the_first_bucket(
    chromium: Chromium, opener: Path, tmp_path: Path
) -> None:
    (tmp_path / "calm.yaml").write_text(SCENARIO)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TOCSIN_", "PYTEST_"))}
    command = [sys.executable, "-m", "tocsin", "demo", "--scenario", str(tmp_path / "calm.yaml"), "--speed", "600"]
    terminal = Terminal(command, {**clean, "DISPLAY": ":0", "BROWSER": f"{opener} %s", "TERM": "xterm"})
    try:
        terminal.until((tmp_path / "asked").exists)
        page = chromium.page()
        page.goto((tmp_path / "asked").read_text().strip())

        below = descendants(terminal.process.pid)
        (served,) = [one for one in below if b"\0live\0" in (one / "cmdline").read_bytes()]
        redis_url = environment(served)["TOCSIN_REDIS"]
        password = redis_url.split("@")[0].rsplit(":", 1)[1]
        assert not [one for one in below if password.encode() in (one / "cmdline").read_bytes()]

        first = FirstBucket(redis_url, "tocsin:")
        terminal.until(lambda: first.at is not None)
        delay = painted(page) - (first.at or 0)
        print(f"\nthe demo's first chart painted {delay:.2f} s after its first bucket closed")  # noqa: T201 - a figure
        assert delay < 2

        terminal.until(lambda: "The stream is over" in terminal.shown)
        assert page.url.rstrip("/") in terminal.shown.replace("\r\n", "")
        expect(page.locator("#banner .banner")).to_contain_text("a replay is over", timeout=60_000)
        page.close()
    finally:
        terminal.process.send_signal(signal.SIGINT)
        code = terminal.process.wait(60)
    assert code == 0, terminal.shown[-4000:]
    assert "Traceback" not in terminal.shown
    assert not [one for one in below if one.exists()]
