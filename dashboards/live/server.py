"""Serves the live page. Import this module only to serve: NiceGUI takes seconds."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import app as pages
from nicegui import translations, ui

from dashboards.live.look import choice
from dashboards.live.lookout import Lookout
from dashboards.live.page import Desk
from tocsin import __version__

_STATIC = Path(__file__).parent / "static"
_ADDRESS = f"/live/{__version__}"
_HEAD = f"""
<meta name="description" content="Bursts, outages and blind spots in a stream of posts">
<link rel="stylesheet" href="{_ADDRESS}/style.css">
<script src="{_ADDRESS}/theme.js"></script>
"""
_LOST = {
    "connection_lost": "This page has lost its server.",
    "trying_to_reconnect": "What it shows is no longer kept up to date. It tries to reach tocsin live again ...",
}


def create_app(lookout: Lookout) -> FastAPI:
    """Build the application that serves the page.

    Args:
        lookout: From which it looks at Redis.
    """
    desk = Desk(lookout)

    @contextlib.asynccontextmanager
    async def looking(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(desk.run())
        task.add_done_callback(_end_with)
        yield
        task.cancel()

    app = FastAPI(lifespan=looking, openapi_url=None)

    @ui.page("/", title="Tocsin", language="en-US")
    def page(zone: str = "", span: str = "", dimension: str = "") -> None:
        desk.welcome(choice(zone, span, dimension))

    @app.get("/health", include_in_schema=False)
    def health() -> dict[str, int]:
        """Tell that the page is served, and to how many browsers."""
        return {"browsers": desk.browsers}

    translations.translations["en-US"] |= _LOST
    ui.add_head_html(_HEAD, shared=True)
    pages.add_static_files(_ADDRESS, _STATIC)
    ui.run_with(
        app,
        favicon=_STATIC / "bell.svg",
        tailwind=False,
        message_history_length=0,  # a browser that was away loads the page anew, rather than all that it missed
        show_welcome_message=False,
    )
    return app


def _end_with(task: asyncio.Task[None]) -> None:
    """End the server when nobody looks at Redis any more: a page that stands still without saying so is worse."""
    if not task.cancelled() and (error := task.exception()):
        logging.getLogger(__name__).critical("the live page ends", exc_info=error)
        signal.raise_signal(signal.SIGINT)  # which, unlike SIGTERM, does not end well


def serve(lookout: Lookout, listening: socket.socket) -> None:
    """Serve the page until SIGINT or SIGTERM.

    Args:
        lookout: From which it looks at Redis.
        listening: Bound to the address on which to serve.
    """
    config = uvicorn.Config(
        create_app(lookout),
        log_level="warning",
        timeout_graceful_shutdown=1,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again once all is closed: it has ended well
    uvicorn.Server(config).run(sockets=[listening])
