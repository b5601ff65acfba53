"""A relay in front of a server, whose line can go dead: nothing comes through, and nobody hears that it does not."""

import selectors
import socket
import threading

from tocsin.cli.children import LOOPBACK

_CHUNK = 1 << 16
_TICK_SECONDS = 0.05


class Relay:
    """Passes connections to a port on, until it is told to swallow everything.

    A dead line is not a refusal: connections still come about, as far as the caller can tell, and bytes still leave.

    Args:
        target: Port of the server, on loopback.
        port: Where to listen; 0 takes a free one.
    """

    def __init__(self, target: int, port: int = 0) -> None:
        self._target = target
        self._listener = socket.create_server((LOOPBACK, port))
        self.port = int(self._listener.getsockname()[1])
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._peers: dict[socket.socket, socket.socket] = {}
        self._dead = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay")
        self._thread.start()

    def cut(self) -> None:
        """Let the line go dead."""
        self._dead.set()

    def mend(self) -> None:
        """Let new connections through; those from before are broken off, as nobody knows what they missed."""
        self._dead.clear()

    def close(self) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        was_dead = False
        while not self._ended.is_set():
            dead = self._dead.is_set()
            if was_dead and not dead:
                self._break_all()
            was_dead = dead
            for key, _ in self._selector.select(_TICK_SECONDS):
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._peers:
                    self._pass(key.fileobj, dead=dead)
        self._break_all()
        self._selector.close()
        self._listener.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection((LOOPBACK, self._target), timeout=5)
        except OSError:
            client.close()
            return
        for one, other in ((client, server), (server, client)):
            one.settimeout(5)
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass(self, source: socket.socket, *, dead: bool) -> None:
        try:
            data = source.recv(_CHUNK)
            if data and not dead:
                self._peers[source].sendall(data)
        except OSError:
            data = b""
        if not data:
            self._break(source)

    def _break(self, one: socket.socket) -> None:
        for end in (one, self._peers.pop(one)):
            self._peers.pop(end, None)
            self._selector.unregister(end)
            end.close()

    def _break_all(self) -> None:
        while self._peers:
            self._break(next(iter(self._peers)))
