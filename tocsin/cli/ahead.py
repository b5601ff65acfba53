"""Counting ahead: one process reads and counts a stream, while another one judges what has been counted.

The two take about as long, so that on two cores a history is there in half the time. What passes between them is what
passes through Kafka: closed buckets.
"""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection

import msgspec

from producers.archive import Format
from producers.streams import Stream
from tocsin.cli.offline import count, open_offline
from tocsin.errors import ArchiveError, TocsinError
from tocsin.merge import ClosedBucket
from tocsin.settings import Settings

Bounds = tuple[int | None, int | None]
_BUCKETS = 256  # that are handed over at a time


class _Batch(msgspec.Struct, array_like=True):
    """Some buckets.

    Attributes:
        closed: In their order.
        done: Bytes of the archive that have been read.
        remarks: What had to be left out; once the stream has been read.
    """

    closed: list[ClosedBucket]
    done: int
    remarks: list[str] | None = None


@dataclass(frozen=True)
class Source:
    """What is to be counted; arguments of :func:`tocsin.cli.offline.open_offline`.

    Attributes:
        what: Path of an archive, or a scenario.
        seed: Of a scenario's noise.
        fmt: Of an archive.
        bounds: Event times between which it is cut, epoch ms.
    """

    what: str
    seed: int = 1
    fmt: Format | None = None
    bounds: Bounds = (None, None)

    def open(self) -> tuple[Stream, Settings]:
        """Open it, and tell by which settings it is counted."""
        stream, settings = open_offline(self.what, self.seed, self.fmt)
        return replace(stream, bounds=self.bounds), settings


@dataclass
class _Seen:
    done: int = 0
    remarks: list[str] = field(default_factory=list)


@contextmanager
def counting_ahead(source: Source) -> Iterator[tuple[Stream, Settings, Iterable[ClosedBucket]]]:
    """Count a stream in a process of its own.

    Args:
        source: The stream.

    Yields:
        The stream, which tells how far it has been read; the settings; and its buckets, to be read once.

    Raises:
        TocsinError: Whatever is wrong with the stream, also while its buckets are read.
    """
    stream, settings = source.open()  # here too: what is wrong with it should be said before a process is started
    seen, context = _Seen(), get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_count, args=(source, sending), daemon=True)
    process.start()
    sending.close()  # so that the end of that process is seen as the end of what comes
    try:
        stream = replace(stream, done=lambda: seen.done, remarks=lambda: seen.remarks)
        yield stream, settings, _received(receiving, stream.name, seen)
    finally:
        receiving.close()
        process.terminate()
        process.join()


def _received(receiving: Connection, name: str, seen: _Seen) -> Iterator[ClosedBucket]:
    decoder = msgspec.msgpack.Decoder(_Batch)
    while True:
        try:
            data = receiving.recv_bytes()
            if not data:
                raise receiving.recv()
        except EOFError:
            raise ArchiveError(f"{name}: the process that read it ended; is there memory enough?") from None
        batch = decoder.decode(data)
        seen.done = batch.done
        yield from batch.closed
        if batch.remarks is not None:
            seen.remarks = batch.remarks
            return


def _count(source: Source, sending: Connection) -> None:
    """Send all buckets, and what was left out; or nothing, and then what is wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever reads is interrupted too, and ends this process
    encode = msgspec.msgpack.Encoder().encode
    with suppress(BrokenPipeError):  # whoever reads has ended, and wants to know nothing more
        try:
            stream, settings = source.open()
            counted = count(stream, settings)
            while closed := list(islice(counted, _BUCKETS)):
                sending.send_bytes(encode(_Batch(closed, stream.done())))
            sending.send_bytes(encode(_Batch([], stream.done(), stream.remarks())))
        except TocsinError as error:
            sending.send_bytes(b"")
            sending.send(error)
