"""A real Chromium, the machine's own, which Playwright drives; it calls nobody but the page."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from servers.missing import MissingError

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Chromium:
    """A browser that can open any number of pages, each without the memory of another.

    Args:
        home: Not needed: it keeps nothing.
    """

    def __init__(self, home: Path) -> None:
        del home
        self._program = chromium_program()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def start(self) -> None:
        """Start it."""
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=self._program, args=_FLAGS, timeout=120_000)

    def stop(self) -> None:
        """End it."""
        if self._browser:
            self._browser.close()
        if self._playwright:
            self._playwright.stop()

    def page(self, width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        """Open an empty page, in a context of its own.

        Args:
            width: Of the window, in pixels.
            height: Of the window.
            scheme: ``light`` or ``dark``: what the system is said to prefer.
        """
        assert self._browser, "Chromium is not running"
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            timezone_id="Pacific/Auckland",  # the zone of the browser must not matter
        )
        context.set_default_timeout(60_000)
        return context.new_page()


def chromium_program() -> str:
    """Path of the machine's Chromium.

    Raises:
        MissingError: When there is none.
    """
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    raise MissingError("Chromium is missing: apt-get install chromium")
