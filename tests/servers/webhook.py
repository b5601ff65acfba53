"""Where Alertmanager's notifications arrive: a small HTTP server that remembers what came, and when."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tocsin.cli.children import LOOPBACK


class Notification(NamedTuple):
    """One request.

    Attributes:
        at: When it had come, epoch seconds.
        path: That was called.
        body: What it said.
    """

    at: float
    path: str
    body: dict[str, Any]


class Webhook:
    """A receiver that runs from :meth:`start` to :meth:`stop`."""

    def __init__(self) -> None:
        self.received: list[Notification] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                received.append(Notification(time.time(), self.path, body))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Say nothing: what came is in ``received``."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_port}/"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def firing(self) -> list[tuple[float, dict[str, str]]]:
        """The alerts that came as firing, each time that they came: when, and their labels."""
        return [
            (notification.at, alert["labels"])
            for notification in list(self.received)
            for alert in notification.body["alerts"]
            if alert["status"] == "firing"
        ]
