"""Connections to Jetstream servers, one after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import aiohttp
import zstandard

from producers.archive.bluesky import POSTS
from producers.live.causes import spell_cause
from producers.live.events import Answer, Arrival, Broken, CutError, Event, Opened
from producers.live.jetstream_events import JetstreamEvents
from tocsin.errors import SettingsError

INSTANCES = tuple(f"wss://jetstream{n}.us-{coast}.bsky.network/subscribe" for coast in ("east", "west") for n in (1, 2))
MAX_EVENT_BYTES = 256 * 1024  # what the server is asked to leave out; a post takes 1 to 10 KB
_MAX_FRAME_BYTES = 4 * MAX_EVENT_BYTES  # what ends a connection, for the server did not do as it was asked
_FAREWELL_SECONDS = 1.0
_REASON_LENGTH = 80
_CLOSED = {
    1000: "the server closed the connection",
    1001: "the server is going away, as at a restart",
    1002: "the server saw an error of the protocol",
    1003: "the server does not take what it was sent",
    1006: "the connection broke off",
    1008: "the server threw the collector out, as one that reads too slowly",
    1009: "a message was too large",
    1011: "the server has an error",
    1012: "the server restarts",
    1013: "the server is overloaded",
}

Deliver = Callable[[Arrival], Awaitable[None]]


@dataclass(frozen=True)
class Calls:
    """How a connection is kept; seconds.

    Attributes:
        connect: How long it may take to stand.
        ping: Pause between two questions whether the server is alive.
        dead: After how long without a word, not even an answer, it is given up.
        overlap: How far before the newest event a new connection begins.
    """

    connect: float = 20.0
    ping: float = 5.0
    dead: float = 20.0
    overlap: float = 5.0


class Jetstream:
    """Listens to one of several servers; to the next one when it fails.

    Args:
        instances: Their addresses.
        events: Reads what they tell.
        now: Epoch ms.
        dictionary: Compression is asked for if it is given: the one that the servers use.
        calls: How a connection is kept.

    Raises:
        SettingsError: When an address or the dictionary is none.
    """

    def __init__(
        self,
        instances: Sequence[str],
        events: JetstreamEvents,
        now: Callable[[], int],
        *,
        dictionary: bytes | None = None,
        calls: Calls | None = None,
    ) -> None:
        for address in instances:
            if urlsplit(address).scheme not in {"ws", "wss"}:
                raise SettingsError(f"--instance {address}: expected wss://HOST/subscribe")
        self._instances = instances
        self._events = events
        self._now = now
        self._calls = calls or Calls()
        self._turn = 0
        self._unpack = _unpacker(dictionary) if dictionary is not None else None

    async def listen(self, mark: int, deliver: Deliver) -> None:
        """Connect, and deliver what the server tells, until the connection ends.

        Args:
            mark: Newest ``time_us`` so far; 0 to begin with now.
            deliver: Takes it; may be slow, then less is read.

        Raises:
            CutError: Always: with the reason why it ended. The next call takes the next server.
        """
        address = self._instances[self._turn % len(self._instances)]
        self._turn += 1
        host = urlsplit(address).hostname
        try:
            await self._listen(self._address(address, mark), deliver)
        except aiohttp.WSServerHandshakeError as error:
            raise CutError(f"{host}: the server refused, HTTP {error.status}") from None
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError too
            raise CutError(f"{host}: {spell_cause(error)}") from None
        except CutError as error:
            raise CutError(f"{host}: {error}") from None

    def _address(self, address: str, mark: int) -> str:
        asked = {"wantedCollections": POSTS, "maxMessageSizeBytes": MAX_EVENT_BYTES}
        if self._unpack is not None:
            asked["compress"] = "true"
        if mark:
            asked["cursor"] = max(1, mark - int(self._calls.overlap * 1_000_000))
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"

    async def _listen(self, address: str, deliver: Deliver) -> None:
        async with aiohttp.ClientSession() as session:
            async with asyncio.timeout(self._calls.connect):
                socket = await session.ws_connect(address, max_msg_size=_MAX_FRAME_BYTES, autoping=False)
            pinger = asyncio.create_task(self._ping(socket))
            try:
                await deliver(Opened())
                while True:
                    async with asyncio.timeout(self._calls.dead):
                        message = await socket.receive()
                    await self._take(message, socket, deliver)
            finally:
                pinger.cancel()
                await asyncio.wait([pinger])
                with suppress(TimeoutError):
                    async with asyncio.timeout(_FAREWELL_SECONDS):
                        await socket.close()

    async def _ping(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Ask again and again; the answer repeats the question, which is when it was asked."""
        try:
            while True:
                await socket.ping(str(self._now()).encode())
                await asyncio.sleep(self._calls.ping)
        except (aiohttp.ClientError, OSError):
            return  # whoever receives will be told

    async def _take(
        self, message: aiohttp.WSMessage, socket: aiohttp.ClientWebSocketResponse, deliver: Deliver
    ) -> None:
        if message.type is aiohttp.WSMsgType.TEXT or message.type is aiohttp.WSMsgType.BINARY:
            await deliver(self._read(message.data))
        elif message.type is aiohttp.WSMsgType.PING:
            await socket.pong(message.data)
        elif message.type is aiohttp.WSMsgType.PONG:
            if bytes(message.data).isdigit():
                await deliver(Answer(min(int(message.data), self._now())))  # what comes back is the server's word
        else:
            raise CutError(_why(message, socket))

    def _read(self, data: str | bytes) -> Event | Broken:
        if isinstance(data, bytes):
            if self._unpack is None:
                return Broken("bad_frame")
            unpacked = self._unpack(data)
            if isinstance(unpacked, Broken):
                return unpacked
            data = unpacked
        return self._events.read(data)


def _why(message: aiohttp.WSMessage, socket: aiohttp.ClientWebSocketResponse) -> str:
    """Say why a connection ended."""
    code = socket.close_code or 1006
    said = _CLOSED.get(code, f"the server closed the connection with code {code}")
    reason = "".join(filter(str.isprintable, str(message.extra or "")))[:_REASON_LENGTH]
    return f"{said}: {reason}" if reason else said


def _unpacker(dictionary: bytes) -> Callable[[bytes], bytes | Broken]:
    """Make what unpacks a frame, whatever its header claims."""
    try:
        known = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_FULLDICT)
        known.precompute_compress(level=1)  # finds out whether it is one
    except zstandard.ZstdError as error:
        raise SettingsError(f"--dictionary: expected a zstandard dictionary ({error})") from error
    unpacker = zstandard.ZstdDecompressor(dict_data=known)

    def unpack(frame: bytes) -> bytes | Broken:
        try:
            if zstandard.frame_content_size(frame) > MAX_EVENT_BYTES:
                return Broken("too_large")
            return unpacker.decompress(frame, max_output_size=MAX_EVENT_BYTES)
        except (zstandard.ZstdError, MemoryError):
            return Broken("bad_frame")

    return unpack
