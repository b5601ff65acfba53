"""The way into Kafka: lines are cut into records, in order, and none is lost while the broker is away.

Record boundaries carry no meaning, for the pipeline decides line by line. So a record is cut where it pays: when
it is full, or when its first line has waited long enough for a paced replay to stay live.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Protocol, Self

from kafka.errors import KafkaError, KafkaTimeoutError

from producers.items import Item, route
from tocsin.errors import TocsinError
from tocsin.posts import MAX_LINES, Post, partition_of

MAX_RECORD_BYTES = 900_000  # below Kafka's default of 1 MiB, with room for its framing
MAX_UNCONFIRMED_BYTES = 16 * 1024**2
_PATIENCE_SECONDS = 1.0

OnWait = Callable[[str], None]


class Confirmation(Protocol):
    """A broker's answer to one record, still to come."""

    @property
    def is_done(self) -> bool:
        """Whether it is known what became of the record."""

    def get(self, timeout: float | None = None) -> Any:
        """Wait for the answer; raises what went wrong."""


class Producer(Protocol):
    """What the writer needs of ``kafka.KafkaProducer``, which must keep the order of each partition."""

    def send(self, topic: str, value: bytes, *, partition: int) -> Confirmation:
        """Accept a record."""

    def close(self, timeout: float | None = None) -> None:
        """Let go of the broker."""


class DeliveryError(TocsinError):
    """The broker refused a record for good. Stop: going on would leave a hole in the stream."""


class _Open:
    """A record in the making."""

    __slots__ = ("lines", "since", "size")

    def __init__(self, since: float) -> None:
        self.lines: list[bytes] = []
        self.size = 0
        self.since = since


class Writer:
    """Writes lines to the topic ``posts``; blocks, for as long as it takes, while the broker is away.

    Args:
        producer: Where records go; see :func:`producers.broker.connect`.
        topic: Its name.
        partitions: How many it has.
        linger_ms: How long, by ``clock``, a line may wait for others before its record is sent.
        clock: Monotonic seconds.
        on_wait: Told in words, about once a second, what the writer is waiting for.
    """

    def __init__(
        self,
        producer: Producer,
        topic: str,
        partitions: int,
        *,
        linger_ms: int = 200,
        clock: Callable[[], float] = time.monotonic,
        on_wait: OnWait | None = None,
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._partitions = partitions
        self._linger = linger_ms / 1000
        self._clock = clock
        self._on_wait = on_wait or (lambda _: None)
        self._open: dict[int, _Open] = {}  # by the age of their first line, since dicts keep insertion order
        self._unconfirmed: deque[tuple[int, int, int, Confirmation]] = deque()
        self._unconfirmed_bytes = 0
        self._failed: DeliveryError | None = None

    def write(self, item: Item) -> None:
        """Write one line; see :meth:`write_all`."""
        self.write_all((item,))

    def write_all(self, items: Iterable[Item]) -> None:
        """Write lines: a post to its author's partition, a heartbeat or notice to all.

        A line longer than a record may be (900 KB) is cut: it is far too large for the pipeline either way.

        Raises:
            DeliveryError: When the broker refused one of these or earlier records; the writer is then of no more use.
        """
        self._check()
        partitions = self._partitions
        posts = defaultdict[int, list[bytes]](list)
        for item in items:
            line, raw = item.line, item.raw
            if type(line) is Post:  # almost every line; it is neither blank nor too long
                posts[partition_of(line.author, partitions)].append(raw)
            elif raw.strip():  # blank lines mean nothing, and a record of nothing else is none
                self._append_all(posts)
                for partition in route(item, partitions):
                    self._append(partition, raw[:MAX_RECORD_BYTES])
        self._append_all(posts)
        self.poll()

    def poll(self) -> None:
        """Send the records whose first line has waited long enough. Call it while there is nothing to write."""
        now = self._clock()
        while self._open:
            partition, oldest = next(iter(self._open.items()))
            if now - oldest.since < self._linger:
                break
            self._send(partition)
        while self._unconfirmed and self._unconfirmed[0][-1].is_done:
            self._confirm_oldest()

    def flush(self) -> None:
        """Send everything, and wait until the broker has it all.

        Raises:
            DeliveryError: When the broker refused a record.
        """
        self._check()
        for partition in list(self._open):
            self._send(partition)
        while self._unconfirmed:
            self._confirm_oldest()

    def close(self) -> None:
        """Flush, and let go of the broker."""
        try:
            self.flush()
        finally:
            self._producer.close(timeout=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:  # an interrupted user does not want to wait for a broker that is away
            self._producer.close(timeout=0)

    def _append_all(self, posts: dict[int, list[bytes]]) -> None:
        """Append posts by partition, many at once where they fit in."""
        for partition, raws in posts.items():
            record = self._open.get(partition)
            size = sum(map(len, raws)) + len(raws)
            if record and len(record.lines) + len(raws) < MAX_LINES and record.size + size <= MAX_RECORD_BYTES:
                record.lines += raws
                record.size += size
            else:
                for raw in raws:
                    self._append(partition, raw)
        posts.clear()

    def _append(self, partition: int, raw: bytes) -> None:
        record = self._open.get(partition)
        size = len(raw) + 1
        if record is None or record.size + size > MAX_RECORD_BYTES:
            if record is not None:
                self._send(partition)
            record = self._open[partition] = _Open(self._clock())
        record.lines.append(raw)
        record.size += size
        if len(record.lines) == MAX_LINES:
            self._send(partition)

    def _send(self, partition: int) -> None:
        lines = self._open.pop(partition).lines
        value = b"\n".join(lines)
        while self._unconfirmed and self._unconfirmed_bytes + len(value) > MAX_UNCONFIRMED_BYTES:
            self._confirm_oldest()
        confirmation = self._hand_over(partition, value)
        self._unconfirmed.append((partition, len(lines), len(value), confirmation))
        self._unconfirmed_bytes += len(value)

    def _hand_over(self, partition: int, value: bytes) -> Confirmation:
        while True:
            try:
                return self._producer.send(self._topic, value, partition=partition)
            except KafkaTimeoutError:  # the client forgot the topic's layout and cannot ask: nothing was accepted
                self._on_wait(f"the broker does not say where {self._topic} is; trying again")

    def _confirm_oldest(self) -> None:
        partition, lines, size, confirmation = self._unconfirmed[0]
        started = self._clock()
        while True:
            # An answer that comes just as the waiting ends must not be mistaken for a failure.
            known = confirmation.is_done
            try:
                confirmation.get(timeout=_PATIENCE_SECONDS)
            except KafkaError as error:
                if not known:
                    waited = self._clock() - started
                    self._on_wait(f"{self._topic}/{partition}: no answer from the broker for {waited:.0f} s; waiting")
                    continue
                self._failed = DeliveryError(
                    f"{self._topic}/{partition}: the broker refused a record of {lines} lines ({size} bytes): "
                    f"{error or type(error).__name__}. Earlier lines are safe; mend the broker and write again"
                )
                raise self._failed from error
            self._unconfirmed.popleft()
            self._unconfirmed_bytes -= size
            return

    def _check(self) -> None:
        if self._failed is not None:
            raise self._failed
