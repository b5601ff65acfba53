import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from processors.health import HealthServer
from processors.metrics import Metrics
from tocsin.errors import SettingsError

HOST = "127.0.0.1"
Get = Callable[[str], Awaitable[tuple[int, str]]]


def served(missing: list[str], look: Callable[[Get], Awaitable[None]]) -> None:
    """Serve on a free port; ``missing`` holds what is missing at the moment."""

    async def main() -> None:
        server = HealthServer(HOST, 0, Metrics(), lambda: missing[0])
        port = await server.start()
        try:
            async with ClientSession(f"http://{HOST}:{port}") as session:

                async def get(path: str) -> tuple[int, str]:
                    async with session.get(path) as answer:
                        return answer.status, await answer.text()

                await look(get)
        finally:
            await server.stop()

    asyncio.run(main())


def test_a_worker_that_answers_is_alive_even_if_it_is_not_ready() -> None:
    async def look(get: Get) -> None:
        assert await get("/health/live") == (200, "alive\n")

    served(["Redis has not answered yet"], look)


def test_a_worker_that_is_not_ready_says_what_is_missing() -> None:
    missing = ["no partition is assigned yet"]

    async def look(get: Get) -> None:
        assert await get("/health/ready") == (503, "no partition is assigned yet\n")
        missing[0] = ""
        assert await get("/health/ready") == (200, "ready\n")

    served(missing, look)


def test_metrics_are_served_in_the_text_format_of_prometheus() -> None:
    async def look(get: Get) -> None:
        status, text = await get("/metrics")
        assert status == 200
        assert "tocsin_buckets_closed" in {family.name for family in text_string_to_metric_families(text)}

    served([""], look)


def test_nothing_else_is_served() -> None:
    async def look(get: Get) -> None:
        for path in ("/", "/health", "/metrics/x", "/../etc/passwd"):
            assert (await get(path))[0] == 404

    served([""], look)


def start(host: str, port: int) -> None:
    async def main() -> None:
        server = HealthServer(host, port, Metrics(), lambda: "")
        try:
            await server.start()
        finally:
            await server.stop()

    asyncio.run(main())


def test_a_port_in_use_is_named_with_its_setting_and_the_remedy() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"TOCSIN_METRICS_PORT = {port}: port in use on {HOST}\. Choose"):
            start(HOST, port)


def test_an_address_that_is_not_this_machines_is_named_with_its_setting() -> None:
    with pytest.raises(SettingsError, match=r"TOCSIN_METRICS_HOST = 192\.0\.2\.1"):
        start("192.0.2.1", 0)


def test_after_it_stopped_the_port_is_free_again() -> None:
    async def main() -> None:
        first = HealthServer(HOST, 0, Metrics(), lambda: "")
        port = await first.start()
        await first.stop()
        second = HealthServer(HOST, port, Metrics(), lambda: "")
        assert await second.start() == port
        await second.stop()

    asyncio.run(main())
