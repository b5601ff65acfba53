"""A Mastodon server on loopback: its stream as server-sent events, its timeline in pages, and its limits."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Self

from aiohttp import web

from tocsin.cli.children import LOOPBACK

START = 1_791_000_000_000
TOKEN = "a token that is only for tests"


def status(number: int, at: int, **fields: Any) -> dict[str, Any]:
    """What a server tells of a status; its number follows from its time, in epoch ms."""
    return {
        "id": str((at << 16) + number),
        "created_at": datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "uri": f"https://mastodon.example/statuses/{number}",
        "account": {"acct": f"person{number % 9}", "url": f"https://mastodon.example/@person{number % 9}"},
        "content": f"<p>status {number}</p>",
        "spoiler_text": "",
        "language": "en",
        "reblog": None,
        **fields,
    }


@dataclass
class Stream:
    """One client, for as long as it stays."""

    response: web.StreamResponse
    request: web.Request
    server: "MastodonServer"

    async def tell(self, name: str, payload: Any) -> None:
        """Send an event."""
        data = payload if isinstance(payload, str) else json.dumps(payload)
        await self.response.write(f"event: {name}\ndata: {data}\n\n".encode())

    async def update(self, new: dict[str, Any]) -> None:
        """Tell of a new status, and keep it."""
        self.server.statuses.append(new)
        await self.tell("update", new)

    async def thump(self) -> None:
        """Say that the server is alive."""
        await self.response.write(b":thump\n")

    def cut(self) -> None:
        """Drop the connection without a word."""
        assert self.request.transport is not None
        self.request.transport.abort()


Script = Callable[[Stream], Awaitable[None]]


@dataclass
class MastodonServer:
    """Serves each stream by the next of its scripts, and the last one ever after.

    Attributes:
        now: Tells its clock, epoch ms.
        statuses: What its timeline holds.
        limited: How many of the next requests are too many.
        asked: The ``min_id`` of each request for a page.
    """

    scripts: list[Script]
    now: Callable[[], int]
    statuses: list[dict[str, Any]] = field(default_factory=list)
    limited: int = 0
    closed_timeline: bool = False
    asked: list[int] = field(default_factory=list)
    streams: int = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/api/v1/streaming/public", self._stream)
        app.router.add_get("/api/v1/timelines/public", self._timeline)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def _headers(self) -> dict[str, str]:
        at = datetime.fromtimestamp(self.now() // 1000, UTC)
        return {"Date": format_datetime(at, usegmt=True)}

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "Missing access token"}, status=401)
        response = web.StreamResponse(headers={**self._headers(), "Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b":)\n")
        self.streams += 1
        with suppress(ConnectionError):  # the client has left
            await self.scripts[min(self.streams, len(self.scripts)) - 1](Stream(response, request, self))
        return response

    async def _timeline(self, request: web.Request) -> web.Response:
        newest, limit = int(request.query["min_id"]), int(request.query["limit"])
        self.asked.append(newest)
        if self.closed_timeline:
            return web.json_response({"error": "This method requires an authenticated user"}, status=422)
        if self.limited:
            self.limited -= 1
            reset = datetime.fromtimestamp(self.now() // 1000 + 120, UTC).isoformat().replace("+00:00", "Z")
            headers = {**self._headers(), "X-RateLimit-Reset": reset}
            return web.json_response({"error": "Too many requests"}, status=429, headers=headers)
        newer = sorted((s for s in self.statuses if int(s["id"]) > newest), key=lambda s: int(s["id"]))
        page = newer[:limit][::-1]
        return web.json_response(page, headers=self._headers())


async def for_ever() -> None:
    """Go on saying nothing."""
    await asyncio.sleep(60)
