"""Looks for all browsers, and tells each what has changed in what it wants to see."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping

from dashboards.live.look import Choice
from dashboards.live.lookout import Lookout
from dashboards.live.render import Renderer

FIRST_SECONDS, SECONDS = 0.25, 1.0  # between two looks: before anything is counted, and then
MOST_BROWSERS = 100  # at a time: each may want to see something else


class Desk:
    """One loop that looks, and any number of listeners that take from it what is new whenever they are ready.

    Nothing waits in a queue: who is slow misses what lies between.

    Args:
        lookout: From which we look.
    """

    def __init__(self, lookout: Lookout) -> None:
        self._lookout = lookout
        self._listeners: dict[object, Choice] = {}
        self._renderer: Renderer | None = None
        self._ready: set[Choice] = set()
        self._asked = asyncio.Event()
        self._turn = asyncio.Event()
        self._closed = False

    @property
    def browsers(self) -> int:
        """How many browsers are looking."""
        return len(self._listeners)

    async def run(self) -> None:
        """Look again and again, in a thread: a Redis that does not answer holds up nobody."""
        while True:
            self._asked.clear()
            choices = {Choice(), *self._listeners.values()}
            self._renderer, counted = await asyncio.to_thread(self._look, choices)
            self._ready = choices
            self._next_turn()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), SECONDS if counted else FIRST_SECONDS)

    def _look(self, choices: set[Choice]) -> tuple[Renderer, bool]:
        scene = self._lookout.look(choices)
        renderer = Renderer(scene)
        for wanted in choices:
            renderer.panels(wanted)
        return renderer, scene.look.status is not None

    def _next_turn(self) -> None:
        self._turn.set()
        self._turn = asyncio.Event()

    def close(self) -> None:
        """Tell no one anything more."""
        self._closed = True
        self._next_turn()

    async def listen(self, choice: Choice) -> AsyncGenerator[Mapping[str, str]]:
        """Tell what changes in what somebody wants to see, look by look; all of it at first.

        Yields:
            HTML by panel; none where a look has found nothing new.
        """
        listener, shown = object(), dict[str, str]()
        self._listeners[listener] = choice
        if choice not in self._ready:
            self._asked.set()
        try:
            while not self._closed:
                turn = self._turn
                if self._renderer is not None and choice in self._ready:
                    panels = self._renderer.panels(choice)
                    yield {name: html for name, html in panels.items() if shown.get(name) != html}
                    shown |= panels
                await turn.wait()
        finally:
            del self._listeners[listener]
