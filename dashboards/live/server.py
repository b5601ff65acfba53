"""Serves the live page over HTTP: one page, a few files, and a stream of what changes. There is nothing to write to."""

import asyncio
import logging
import signal
import socket
from contextlib import aclosing
from hashlib import blake2b
from pathlib import Path

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from dashboards.live.desk import MOST_BROWSERS, Desk
from dashboards.live.gate import Gate
from dashboards.live.look import Choice, choice
from dashboards.live.lookout import Lookout
from dashboards.live.render import page

MOST_CONNECTIONS = 8 * MOST_BROWSERS  # a browser opens up to six
IDLE_SECONDS = 30.0  # that a connection may ask for nothing
SLOW_SECONDS = 10.0  # that a browser may take to read what it was sent
FIRST_LOOK_SECONDS = 2.0  # that a page waits for what it shows, before it is sent without

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "static").iterdir())}
_EDITION = blake2b(b"\0".join(_FILES.values()), digest_size=8).hexdigest()  # files may be kept for ever under it

# A browser obeys these whatever is on the page: no script, style or connection but our own, no frame around it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Server": "tocsin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def create_app(desk: Desk, gate: Gate) -> web.Application:
    """Build the application that serves the page.

    Args:
        desk: That tells what the page shows.
        gate: That decides who may see it.
    """
    pages = _Pages(desk)

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        here = request.transport.get_extra_info("sockname") if request.transport else None
        refusal = gate.refusal(request.method, request.path, request.headers, str(here[0]) if here else "")
        if refusal:
            return web.Response(status=refusal.status, text=f"{refusal.words}\n", headers=refusal.headers)
        return await handler(request)

    async def headed(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(_HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")

    async def closing(_: web.Application) -> None:
        desk.close()

    app = web.Application(middlewares=[guarded])
    app.on_response_prepare.append(headed)
    app.on_shutdown.append(closing)
    app.router.add_get("/", pages.on_page)
    app.router.add_get("/events", pages.on_events, allow_head=False)
    app.router.add_get("/health", pages.on_health)
    app.router.add_get(f"/static/{_EDITION}/{{name}}", pages.on_file)
    return app


class _Pages:
    """Answers to what is asked for.

    Args:
        desk: That tells what the page shows.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def on_page(self, request: web.Request) -> web.Response:
        """The whole page, with all that is known by now."""
        self._refuse_if_full()
        wanted = _choice(request)
        panels = {}
        try:
            async with asyncio.timeout(FIRST_LOOK_SECONDS), aclosing(self._desk.listen(wanted)) as news:
                panels = dict(await anext(news))
        except (TimeoutError, StopAsyncIteration):
            pass  # Redis is slow, or we are ending; what changes will tell
        return web.Response(text=page(wanted, panels, _EDITION), content_type="text/html")

    async def on_events(self, request: web.Request) -> web.StreamResponse:
        """What changes from now on, as server-sent events. The browser that does not read them is let go."""
        self._refuse_if_full()
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        try:
            async with aclosing(self._desk.listen(_choice(request))) as news:
                async for panels in news:
                    told = msgspec.json.encode({"edition": _EDITION, "panels": panels})
                    async with asyncio.timeout(SLOW_SECONDS):
                        await response.write(b"data: " + told + b"\n\n")
        except (TimeoutError, ConnectionError):
            if request.transport:
                request.transport.abort()
        return response

    async def on_health(self, _: web.Request) -> web.Response:
        """Tell that the page is served, and to how many browsers."""
        return web.json_response({"browsers": self._desk.browsers})

    async def on_file(self, request: web.Request) -> web.Response:
        """A style, a script or the picture of a bell."""
        name = request.match_info["name"]
        if name not in _FILES:
            raise web.HTTPNotFound
        kept = {"Cache-Control": "private, max-age=31536000, immutable"}
        return web.Response(body=_FILES[name], content_type=_TYPES[Path(name).suffix], charset="utf-8", headers=kept)

    def _refuse_if_full(self) -> None:
        if self._desk.browsers >= MOST_BROWSERS:
            words = f"{MOST_BROWSERS} browsers are looking already. Close one, or try again later.\n"
            raise web.HTTPServiceUnavailable(text=words, headers={"Retry-After": "10"})


def _choice(request: web.Request) -> Choice:
    return choice(*(request.query.get(name, "") for name in ("zone", "span", "dimension")))


def serve(lookout: Lookout, listening: socket.socket, gate: Gate) -> None:
    """Serve the page until SIGINT or SIGTERM.

    Args:
        lookout: From which it looks at Redis.
        listening: Bound to the address on which to serve.
        gate: That decides who may see it.
    """
    asyncio.run(_serve(Desk(lookout), listening, gate))


async def _serve(desk: Desk, listening: socket.socket, gate: Gate) -> None:
    runner = web.AppRunner(
        create_app(desk, gate), access_log=None, keepalive_timeout=IDLE_SECONDS, shutdown_timeout=1.0
    )
    await runner.setup()
    loop, answering = asyncio.get_running_loop(), runner.server

    def connection() -> asyncio.Protocol:
        if answering is None or len(answering.connections) >= MOST_CONNECTIONS:
            return _Refusing()
        return answering()

    looking = asyncio.create_task(desk.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, looking.cancel)
    accepting = await loop.create_server(connection, sock=listening)
    try:
        await looking
    except asyncio.CancelledError:
        pass  # SIGINT or SIGTERM: it ends well
    except Exception:
        logging.getLogger(__name__).critical("the live page ends: one that stands still without saying so is worse")
        raise
    finally:
        accepting.close()
        await runner.cleanup()


class _Refusing(asyncio.Protocol):
    """Hangs up at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()
