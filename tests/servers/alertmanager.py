"""A real Alertmanager, on loopback and without peers, with a configuration of the caller's."""

import json
import urllib.request
from pathlib import Path
from typing import Any

from servers.prometheus import Answering, program, started

from tocsin.cli.children import LOOPBACK, Command, free_port


class AlertmanagerServer(Answering):
    """An Alertmanager that runs from :meth:`start` to :meth:`stop`.

    Args:
        home: A folder of its own.
        config: The file to run.
    """

    def __init__(self, home: Path, config: Path) -> None:
        self._home = home
        self._config = config
        self._program = program("prometheus-alertmanager")
        self.address = ""

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def start(self) -> None:
        """Start it, and wait until it is ready.

        Raises:
            RuntimeError: With the end of its log, when it does not become ready.
        """
        port = free_port()
        self.address = f"{LOOPBACK}:{port}"
        argv = [
            *(self._program, f"--config.file={self._config}", f"--storage.path={self._home / 'data'}"),
            *(f"--web.listen-address={self.address}", "--cluster.listen-address="),
        ]
        self._child = started(Command("Alertmanager", argv, port, self._home), f"{self.url}/-/ready")

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts that it holds, whether they are heard or not."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=30) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def tell(self, *alerts: dict[str, Any]) -> None:
        """Tell it of alerts, as Prometheus would.

        Args:
            alerts: With ``labels``, and perhaps ``annotations``, ``startsAt`` and ``endsAt``.
        """
        url, body = f"{self.url}/api/v2/alerts", json.dumps(alerts).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - loopback
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - loopback
