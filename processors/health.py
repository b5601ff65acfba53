"""Metrics and health over HTTP, on an address of the operator's choice (loopback by default)."""

import errno
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from processors.metrics import Metrics
from tocsin.errors import SettingsError


class HealthServer:
    """Serves ``/metrics``, ``/health/live`` and ``/health/ready``.

    Args:
        host, port: Where to listen; port 0 takes a free one.
        metrics: What to show.
        ready: Tells what is missing before this worker can work; empty when nothing is.
    """

    def __init__(self, host: str, port: int, metrics: Metrics, ready: Callable[[], str]) -> None:
        self._host, self._port = host, port
        self._metrics = metrics
        self._ready = ready
        self._runner: web.AppRunner | None = None

    async def start(self) -> int:
        """Begin to listen.

        Returns:
            The port.

        Raises:
            SettingsError: The port is taken, or the address is none of this machine's.
        """
        app = web.Application()
        app.add_routes(
            [
                web.get("/metrics", self._on_metrics),
                web.get("/health/live", self._on_live),
                web.get("/health/ready", self._on_ready),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsError(
                    f"TOCSIN_METRICS_PORT = {self._port}: port in use on {self._host}. "
                    "Choose another, or 0 for a free one"
                ) from error
            raise SettingsError(
                f"TOCSIN_METRICS_HOST = {self._host}: cannot listen there ({error.strerror}). "
                "Choose an address of this machine, such as 127.0.0.1"
            ) from error
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _on_metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _on_live(self, _: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _on_ready(self, _: web.Request) -> web.Response:
        missing = self._ready()
        return web.Response(text=f"{missing or 'ready'}\n", status=503 if missing else 200)
