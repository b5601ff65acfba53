"""Reads what the workers have stored in Redis: how things stand, incidents, rolling counts. Writes nothing.

A reader knows the layout of :mod:`tocsin.keys` and no settings: what it needs, it reads from the stored state.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Self

import msgspec
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from dashboards.model import Band, By, Point, Row, Source, Status, Surge
from tocsin import series as names
from tocsin.access import explain_redis, no_redis, redis_address, redis_user, unreadable_redis_url
from tocsin.errors import TocsinError, UnavailableError
from tocsin.incidents import Incident
from tocsin.keys import Keys
from tocsin.maintenance import Window
from tocsin.outlook import Outlook
from tocsin.standing import State

_CHUNK = 5_000  # commands in one round trip: neither side should hold much more
_FEW_THOUSAND = 2_000  # where each holds some fields
_FEW = 50  # where each answer holds a field for every series

_incident = msgspec.json.Decoder(Incident)
_outlook = msgspec.json.Decoder(Outlook)
_source = msgspec.json.Decoder(Source)
_window = msgspec.json.Decoder(Window)


class Reader:
    """Reads one deployment. Close it, or use it as a context manager.

    Every method raises :class:`~tocsin.errors.UnavailableError` when Redis does not answer, in words that say where it
    was looked for, without its password.

    Args:
        redis_url: ``redis://``, ``rediss://`` or ``unix://``.
        prefix: What every key begins with, such as ``tocsin:``.
        patience: How long to wait for an answer, in seconds.

    Raises:
        SettingsError: When the URL cannot be read.
    """

    def __init__(self, redis_url: str, prefix: str, patience: float = 10) -> None:
        self.keys = Keys(prefix)
        self.address = redis_address(redis_url)
        self._user = redis_user(redis_url)
        try:
            self._redis: Any = Redis.from_url(redis_url, socket_timeout=patience, socket_connect_timeout=3)
        except (ValueError, TypeError):
            raise unreadable_redis_url() from None  # its message may quote the password

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._redis.close()

    def status(self) -> Status | None:
        """Read how things stand, as of one moment; None when no bucket has been closed yet."""
        keys = self.keys
        state, totals, sources, published = self._together(
            lambda pipe: pipe.hgetall(keys.state).hgetall(keys.totals).hgetall(keys.sources).get(keys.published)
        )
        if not state:
            return None
        told = {name.decode(): value.decode() for name, value in state.items()}
        return Status(
            version=told["version"],
            bucket_ms=int(told["bucket_ms"]),
            partitions=int(told["partitions"]),
            lexicon=told["lexicon"],
            closed=int(told["closed"]),
            digest=told["digest"],
            revisions=int(told["revisions"]),
            published=int(published or 0),
            totals={name.decode(): int(count) for name, count in sorted(totals.items())},
            sources={name.decode(): _source.decode(clock) for name, clock in sorted(sources.items())},
        )

    def incidents(self, ids: Sequence[str] | None = None) -> list[Incident]:
        """Read the present state of incidents, by onset.

        Args:
            ids: Of which ones; all of them by default.
        """
        with self._speaking():
            if ids is None:
                records = self._redis.hvals(self.keys.incidents)
            else:
                records = filter(None, self._redis.hmget(self.keys.incidents, ids)) if ids else []
        return sorted(map(_incident.decode, records), key=lambda incident: (incident.onset, incident.id))

    def revisions(self, number: int = 0) -> list[Incident]:
        """Read the log of revisions in order.

        Args:
            number: Of the first one to read, from 0.
        """
        with self._speaking():
            total = int(self._redis.hget(self.keys.state, "revisions") or 0)
        wanted = range(number, total)
        records = self._each(lambda pipe, n: pipe.hget(self.keys.log, n), wanted)
        return [_incident.decode(record) for record in records if record is not None]

    def channels(self) -> dict[str, State]:
        """Read how each channel stands, by name."""
        with self._speaking():
            found = self._redis.hgetall(self.keys.channels)
        return {name.decode(): state.decode() for name, state in sorted(found.items())}

    def windows(self) -> list[Window]:
        """Read the maintenance windows that were declared, cancelled ones included, by their beginning."""
        with self._speaking():
            found = self._redis.hvals(self.keys.windows)
        return sorted(map(_window.decode, found), key=lambda window: (window.begin, window.id))

    def outlook(self, channel: str) -> Outlook | None:
        """Read what a channel may be expected to carry in the coming week; None if too little is known of it."""
        with self._speaking():
            found = self._redis.hget(self.keys.outlook, channel)
        return None if found is None else _outlook.decode(found)

    def series(self) -> dict[str, int]:
        """Read which series are known, and the start of the last bucket in which each had posts, epoch ms. By name."""
        with self._speaking():
            found = self._redis.hgetall(self.keys.series)
        return {name.decode(): int(start) for name, start in sorted(found.items())}

    def last_counts(self, series: str, by: By, last: int) -> list[Point]:
        """Read the newest counts of a series, the running minute or hour included.

        Args:
            series: Its name; with ``authors:`` before it, distinct authors, which are kept by bucket alone.
            by: Resolution.
            last: How many; fewer come back when fewer have been closed since the beginning.

        Returns:
            In order of time; empty when no bucket has been closed yet.
        """
        status = self.status()
        if status is None:
            return []
        step = status.step(by)
        end = -(-status.closed_through // step) * step
        return self._counts(status, series, by, range(max(end - last * step, status.began // step * step), end, step))

    def counts(self, series: str, by: By, begin: int, end: int) -> list[Point]:
        """Read the counts of a series between two times.

        Args:
            series: As for :meth:`last_counts`.
            by: Resolution.
            begin: Epoch ms; the bucket, minute or hour that holds it is the first.
            end: Epoch ms, exclusive.
        """
        status = self.status()
        if status is None:
            return []
        step = status.step(by)
        return self._counts(status, series, by, range(begin // step * step, end, step))

    def _counts(self, status: Status, series: str, by: By, starts: range) -> list[Point]:
        rows = self._posts(status, (series,), by, starts, kept=False)
        return [
            Point(start, None if posts is None else posts[0], start + starts.step <= status.closed_through)
            for start, posts in zip(starts, rows, strict=True)
        ]

    def rows(self, status: Status, series: Sequence[str], by: By, starts: range, *, kept: bool = False) -> list[Row]:
        """Read counts of several series, and what was expected of them, in few round trips.

        Args:
            status: As read just before.
            series: Their names.
            by: Resolution.
            starts: Of the buckets, minutes or hours, epoch ms, as far apart as :meth:`Status.step` says.
            kept: Whether none of them can have expired, since what comes before them was there.

        Returns:
            One row for each start. A band is that of the bucket in the middle.
        """
        width = status.bucket_ms
        middles = (start + starts.step // 2 // width * width for start in starts)
        found = self._each(lambda pipe, start: pipe.hmget(self.keys.band(start), *series), middles, _FEW_THOUSAND)
        return [
            Row(start, posts or (None,) * len(series), tuple(None if band is None else _band(band) for band in bands))
            for start, posts, bands in zip(starts, self._posts(status, series, by, starts, kept), found, strict=True)
        ]

    def _posts(
        self, status: Status, series: Sequence[str], by: By, starts: range, kept: bool
    ) -> Iterator[tuple[int, ...] | None]:
        """Read some fields of each key; None where nothing is stored. Without a field, nothing was counted.

        Every key holds the total, which thereby tells whether the key is there.
        """
        keep = {"bucket": self.keys.bucket, "minute": self.keys.minute, "hour": self.keys.hour}
        key = keep["bucket" if starts.step == status.bucket_ms else by]
        newest = self._newest_post()
        found = self._each(lambda pipe, start: pipe.hmget(key(start), names.TOTAL, *series), starts, _FEW_THOUSAND)
        for start, (total, *counts) in zip(starts, found, strict=True):
            # A bucket in which nobody wrote anything leaves no key. Keys expire in their order, so one that is missing
            # after another that is there, or after the last post of all, tells of silence and not of expiry.
            kept = kept or total is not None or start > newest
            closed = status.began < start + starts.step and start < status.closed_through
            yield tuple(int(count or 0) for count in counts) if kept and closed else None

    def _newest_post(self) -> int:
        """Find the start of the last bucket in which there was any post."""
        with self._speaking():
            return int(self._redis.hget(self.keys.series, names.TOTAL) or 0)

    def bands(self, series: str, begin: int, end: int) -> dict[int, Band]:
        """Read what was expected of a series between two times.

        Args:
            series: Its name.
            begin: Epoch ms; the bucket that holds it is the first.
            end: Epoch ms, exclusive.

        Returns:
            By start of the bucket, epoch ms, where it is stored.
        """
        status = self.status()
        if status is None:
            return {}
        starts = range(begin // status.bucket_ms * status.bucket_ms, end, status.bucket_ms)
        found = self._each(lambda pipe, start: pipe.hget(self.keys.band(start), series), starts)
        return {start: _band(band) for start, band in zip(starts, found, strict=True) if band is not None}

    def volumes(self, status: Status) -> dict[str, int]:
        """Read what each series has carried in the running hour so far and the one before, by name."""
        step = status.step("hour")
        start = (status.closed_through - 1) // step * step
        key = self.keys.bucket if step == status.bucket_ms else self.keys.hour
        volumes: Counter[str] = Counter()
        for found in self._each(lambda pipe, start: pipe.hgetall(key(start)), (start - step, start)):
            volumes.update({name.decode(): int(posts) for name, posts in found.items()})
        return {name: posts for name, posts in sorted(volumes.items()) if not name.startswith(names.AUTHORS)}

    def surges(self, last: int) -> list[Surge]:
        """Hold the newest buckets against what was expected in them.

        Args:
            last: How many buckets; those that have expired are left out.

        Returns:
            All series of which something is stored, the furthest above expectation first.
        """
        status = self.status()
        if status is None:
            return []
        end = status.closed_through
        starts = range(max(end - last * status.bucket_ms, status.began), end, status.bucket_ms)
        bands = self._each(lambda pipe, start: pipe.hgetall(self.keys.band(start)), starts, _FEW)
        buckets = self._each(lambda pipe, start: pipe.hgetall(self.keys.bucket(start)), starts, _FEW)
        sums: dict[bytes, tuple[int, float, float]] = {}
        for expected, counted in zip(bands, buckets, strict=True):
            for name, data in expected.items():
                band, (posts, mean, variance) = _band(data), sums.get(name, (0, 0.0, 0.0))
                deviation = (band.upper - band.expected) / 3  # a band is three of them wide on either side
                sums[name] = posts + int(counted.get(name, 0)), mean + band.expected, variance + deviation**2
        surges = [
            Surge(name.decode(), posts, mean, (posts - mean) / max(variance, 1.0) ** 0.5)
            for name, (posts, mean, variance) in sums.items()
        ]
        return sorted(surges, key=lambda surge: (-surge.deviations, surge.series))

    def server(self) -> dict[str, Any]:
        """Ask Redis about itself: the answer to ``INFO``."""
        with self._speaking():
            return dict(self._redis.info())

    def _together(self, fill: Callable[[Any], Any]) -> list[Any]:
        """Read several keys as of one moment."""
        with self._speaking(), self._redis.pipeline(transaction=True) as pipe:
            fill(pipe)
            return list(pipe.execute())

    def _each(self, ask: Callable[[Any, int], Any], numbers: Iterable[int], chunk: int = _CHUNK) -> Iterator[Any]:
        """Ask one thing of each number, in few round trips."""
        rest = iter(numbers)
        while part := list(islice(rest, chunk)):
            with self._speaking(), self._redis.pipeline(transaction=False) as pipe:
                for number in part:
                    ask(pipe, number)
                answers = pipe.execute()
            yield from answers

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Say what went wrong in words that help, and never with the password."""
        try:
            yield
        except (RedisError, OSError) as error:
            raise self._explain(error) from error

    def _explain(self, error: RedisError | OSError) -> TocsinError:
        if refused := explain_redis(error, self.address, self._user):
            return refused
        if isinstance(error, ResponseError):
            return TocsinError(f"Redis at {self.address} refused to answer: {error}")
        if isinstance(error, RedisConnectionError | RedisTimeoutError | OSError):
            return UnavailableError(f"{no_redis(error, self.address)}, or try without one (tocsin demo)")
        return UnavailableError(f"Redis at {self.address} answered strangely ({type(error).__name__})")


def _band(data: bytes) -> Band:
    expected, lower, upper = map(float, data.split())
    return Band(expected, lower, upper)
