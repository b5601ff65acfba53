"""The page in each browser: a few panels of HTML, which one loop keeps up to date. NiceGUI carries them there."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from nicegui import ui
from nicegui.element import Element
from nicegui.elements import echart
from nicegui.events import GenericEventArguments

from dashboards.live.look import Choice
from dashboards.live.lookout import Lookout, Scene
from dashboards.live.render import Renderer, controls

FIRST_SECONDS, SECONDS = 0.25, 1.0  # between two looks: before anything is counted, and then
_CHARTS = Path(echart.__file__).parent / "dist"  # ECharts, as NiceGUI brings it


class Panel(Element, component="static/panel.js", esm={"nicegui-echart": str(_CHARTS), "tocsin-live": "static"}):
    """A part of the page: HTML of our own making, of which the browser changes only what has changed.

    Args:
        name: Its id on the page.
        tag: Of the element around it.
        label: What it is called where it has no heading.
        live: How those who only hear the page learn of changes: ``polite``, or not at all.
    """

    def __init__(self, name: str, tag: str = "section", label: str = "", live: str = "") -> None:
        super().__init__()
        self._props.update({"id": name, "tag": tag, "label": label, "live": live, "html": ""})

    def show(self, html: str) -> None:
        """Show other HTML than before."""
        if self._props["html"] != html:
            self._props["html"] = html
            self.update()


class Browser:
    """One browser, and what somebody wants to see in it.

    Args:
        choice: What that is at first.
        ask: To be called when it wants something else.
    """

    def __init__(self, choice: Choice, ask: Callable[[], None]) -> None:
        self.choice = choice
        self._ask = ask
        self._client = ui.context.client
        top = Element("div").classes("top")
        top.move(self._client.layout, 0)  # above the main part, and always in sight
        with top:
            self._panels = {"head": Panel("head", "header"), "banner": Panel("banner", label="Warning")}
        self._panels["announcement"] = Panel("announcement", "div", live="polite")
        self._controls = Panel("controls", "form", "What to show")
        self._panels |= {name: Panel(name) for name in ("channels", "incidents", "charts")}
        self._panels["rest"] = Panel("rest", "div")
        self._controls.show(controls(choice))
        self._controls.on("choose", self._on_choose)

    @property
    def connected(self) -> bool:
        """Whether it has loaded the page and listens."""
        return self._client.has_socket_connection

    def _on_choose(self, event: GenericEventArguments) -> None:
        self.choice = self.choice.with_value(str(event.args["name"]), str(event.args["value"]))
        self._controls.show(controls(self.choice))
        self._ask()

    def show(self, renderer: Renderer) -> None:
        """Show a scene."""
        for name, html in renderer.panels(self.choice).items():
            self._panels[name].show(html)


class Desk:
    """Looks for all browsers, and hands to each what it wants to see.

    Args:
        lookout: From which we look.
    """

    def __init__(self, lookout: Lookout) -> None:
        self._lookout = lookout
        self._browsers: dict[str, Browser] = {}
        self._renderer: Renderer | None = None
        self._asked = asyncio.Event()

    @property
    def browsers(self) -> int:
        """How many browsers are looking."""
        return sum(browser.connected for browser in self._browsers.values())

    async def run(self) -> None:
        """Look again and again, in a thread: a Redis that does not answer holds up nobody."""
        while True:
            self._asked.clear()
            choices = {Choice(), *(browser.choice for browser in self._browsers.values())}
            scene, renderer = await asyncio.to_thread(self._look, choices)
            self._renderer = renderer
            for browser in list(self._browsers.values()):
                browser.show(renderer)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), SECONDS if scene.look.status else FIRST_SECONDS)

    def _look(self, choices: set[Choice]) -> tuple[Scene, Renderer]:
        scene = self._lookout.look(choices)
        renderer = Renderer(scene)
        for wanted in choices:
            renderer.panels(wanted)
        return scene, renderer

    def welcome(self, choice: Choice) -> None:
        """Build the page of a browser that has just come."""
        client = ui.context.client
        browser = self._browsers[client.id] = Browser(choice, self._asked.set)
        client.on_delete(lambda: self._browsers.pop(client.id, None))
        if self._renderer is not None:
            browser.show(self._renderer)
        self._asked.set()
