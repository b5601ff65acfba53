"""The producer of the demo."""

import threading

from producers.archive.pacing import Pacer
from producers.archive.replay import replay
from producers.broker import connect
from producers.items import Item
from producers.streams import Stream
from tocsin.settings import Settings


class _Stopped(Exception):  # noqa: N818 - no error, but the way out of the replay
    """The demo is over."""


class Playing:
    """Plays a stream in a thread of its own, from the moment it is made.

    Args:
        stream: What to play.
        settings: Of the pipeline.
        pace: Seconds of event time for each second; None for as fast as it can.

    Attributes:
        error: Why it stopped, if it did.
        finished: Whether all of it has been written.
        last_at: Event time of the newest heartbeat or notice, epoch ms.
    """

    def __init__(self, stream: Stream, settings: Settings, pace: float | None) -> None:
        self._stream = stream
        self._settings = settings
        self._pace = pace
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="producer")
        self.error: Exception | None = None
        self.last_at = 0
        self.finished = False
        self._thread.start()

    def _run(self) -> None:
        settings = self._settings
        try:
            with connect(settings.broker, settings.topics.posts, linger_ms=20) as writer:

                def idle() -> None:
                    writer.poll()
                    self._check()

                pacer = Pacer(self._pace, settings.rules.ahead_ms, idle=idle)
                replay(self._stream.items(settings.rules), writer, pacer, self._observe)
            self.finished = True
        except _Stopped:
            return
        except Exception as error:  # noqa: BLE001 - it is raised again where it can be told
            self.error = error

    def _observe(self, items: list[Item]) -> None:
        for item in items:
            if item.is_control and item.line is not None:
                self.last_at = max(self.last_at, item.line.at)
        self._check()

    def _check(self) -> None:
        if self._stopping.is_set():
            raise _Stopped

    def stop(self) -> None:
        """Stop writing, and wait until nothing is on its way."""
        self._stopping.set()
        self._thread.join()

    def last_bucket(self) -> int:
        """Tell the bucket that the last heartbeat closes."""
        return self._settings.rules.closed_by(self.last_at)
