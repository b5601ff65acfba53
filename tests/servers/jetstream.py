"""A Jetstream server on loopback that speaks the real protocol, and misbehaves as it is told."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import zstandard
from aiohttp import WSCloseCode, WSMsgType, web

from tocsin.cli.children import LOOPBACK

START_US = 1_791_000_000_000_000
_OVER = {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR}
Script = Callable[["Connection"], Awaitable[None]]


def post_event(
    number: int, at_us: int, *, did: str | None = None, text: str = "hello", **record: Any
) -> dict[str, Any]:
    """What a server tells of a new post."""
    commit = {
        "rev": f"3rev{number:08}",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"3key{number:08}",
        "cid": "bafyinvented",
        "record": {"$type": "app.bsky.feed.post", "createdAt": "2001-01-01T00:00:00Z", "text": text, **record},
    }
    return {"did": did or f"did:plc:author{number % 50}", "time_us": at_us, "kind": "commit", "commit": commit}


@dataclass
class Connection:
    """One client, for as long as it stays."""

    socket: web.WebSocketResponse
    request: web.Request
    cursor: int | None
    server: "JetstreamServer"

    async def tell(self, event: dict[str, Any] | str) -> None:
        """Send an event, packed if the client asked for it."""
        text = event if isinstance(event, str) else json.dumps(event)
        if self.request.query.get("compress") == "true":
            await self.socket.send_bytes(self.server.packer.compress(text.encode()))
        else:
            await self.socket.send_str(text)

    async def replay(self, shift_us: int = 0) -> int:
        """Tell what is kept from the cursor on; returns how many events there were."""
        kept = [e for e in self.server.events if self.cursor is not None and e["time_us"] + shift_us >= self.cursor]
        for event in kept:
            await self.tell({**event, "time_us": event["time_us"] + shift_us})
        return len(kept)

    def cut(self) -> None:
        """Drop the connection without a word."""
        assert self.request.transport is not None
        self.request.transport.abort()

    def cut_within_a_frame(self) -> None:
        """Drop the connection in the middle of a frame."""
        assert self.request.transport is not None
        self.request.transport.write(b"\x81\x7e\x03\xe8" + b'{"did":"did:plc:cut')
        self.request.transport.close()

    async def close(self, code: int, reason: str) -> None:
        """End the connection as the protocol has it."""
        await self.socket.close(code=code, message=reason.encode())


@dataclass
class JetstreamServer:
    """Serves each connection by the next of its scripts, and the last one ever after.

    Attributes:
        events: What it keeps and replays.
        cursors: What the clients asked for.
    """

    scripts: list[Script]
    dictionary: bytes | None = None
    autoping: bool = True
    port: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    cursors: list[int | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"ws://{LOOPBACK}:{self.port}/subscribe"

    async def __aenter__(self) -> Self:
        known = zstandard.ZstdCompressionDict(self.dictionary) if self.dictionary else None
        self.packer = zstandard.ZstdCompressor(dict_data=known)
        app = web.Application()
        app.router.add_get("/subscribe", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        assert request.query.getall("wantedCollections") == ["app.bsky.feed.post"]
        socket = web.WebSocketResponse(autoping=self.autoping)
        await socket.prepare(request)
        cursor = int(request.query["cursor"]) if "cursor" in request.query else None
        self.cursors.append(cursor)
        script = self.scripts[min(len(self.cursors), len(self.scripts)) - 1]
        telling = asyncio.create_task(script(Connection(socket, request, cursor, self)))
        try:
            await self._until_told(socket, telling)
        finally:
            telling.cancel()
        if not socket.closed and request.transport is not None:
            await socket.close(code=WSCloseCode.GOING_AWAY)
        return socket

    async def _until_told(self, socket: web.WebSocketResponse, telling: asyncio.Task[None]) -> None:
        """Read while something is told, so that pings are answered and a client that leaves is noticed."""
        while not telling.done():
            reading = asyncio.ensure_future(socket.receive())
            await asyncio.wait([telling, reading], return_when=asyncio.FIRST_COMPLETED)
            if reading.done() and reading.result().type in _OVER:
                return
            reading.cancel()
            await asyncio.wait([reading])
        if isinstance(error := telling.exception(), BaseException) and not isinstance(error, ConnectionError):
            raise error


async def speaks(connection: Connection) -> None:
    """Tell what is kept from the cursor on, then a post every few milliseconds."""
    server = connection.server
    await connection.replay()
    while True:
        event = post_event(len(server.events), time.time_ns() // 1000)
        server.events.append(event)
        await connection.tell(event)
        await asyncio.sleep(0.005)
