"""What a closed bucket writes to Redis: plain commands with absolute values, so that writing twice changes nothing."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from processors.rollup import Rollup
from tocsin import series as names
from tocsin.clocks import Rules, blind_sources
from tocsin.incidents import to_record
from tocsin.judge import Judge, Judgement
from tocsin.keys import HOUR_MS, MINUTE_MS, Keys
from tocsin.merge import ClosedBucket
from tocsin.settings import Settings

Command = tuple[str | int | bytes | float, ...]

_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


class Rows:
    """Spells judgements as Redis commands.

    Args:
        settings: Width of a bucket, and how long counts are kept.
        rules: To tell which sources are blind.
    """

    def __init__(self, settings: Settings, rules: Rules) -> None:
        self.keys = Keys(settings.redis_prefix)
        self._bucket_ms = settings.bucket_ms
        self._rules = rules
        self._bucket_ttl = settings.keep_buckets_hours * 3600
        self._spans = {
            MINUTE_MS: (self.keys.minute, settings.keep_minutes_days * 86_400),
            HOUR_MS: (self.keys.hour, settings.keep_hours_days * 86_400),
        }

    def span_key(self, span: int, start: int) -> str:
        """Name the key of a minute or an hour."""
        return self._spans[span][0](start)

    def of(self, judgement: Judgement, rollup: Rollup, revisions_before: int) -> Iterator[Command]:
        """Spell one closed bucket.

        Args:
            judgement: Of the bucket.
            rollup: Advanced by it.
            revisions_before: How many revisions the log held before it.

        Yields:
            Commands.
        """
        closed = judgement.closed
        start = closed.bucket * self._bucket_ms
        yield "HSET", self.keys.journal, closed.bucket, _pack(closed)
        if closed.counts:
            yield from self._counts(judgement, start)
            for span, began, sums in rollup.add(closed.bucket, closed.counts):
                key = self.span_key(span, began)
                yield "HSET", key, *_flat(sums)
                yield "EXPIRE", key, self._spans[span][1]
        for number, incident in enumerate(judgement.revisions, revisions_before):
            record = _json(to_record(incident))
            yield "HSET", self.keys.log, number, record
            yield "HSET", self.keys.incidents, incident.id, record

    def _counts(self, judgement: Judgement, start: int) -> Iterator[Command]:
        counts = judgement.closed.counts
        key = self.keys.bucket(start)
        posts = {name: posts for name, (posts, _, _) in counts.items()}
        authors = {names.AUTHORS + name: authors for name, (_, authors, _) in counts.items()}
        yield "HSET", key, *_flat(posts | authors)
        yield "EXPIRE", key, self._bucket_ttl
        yield "HSET", self.keys.series, *_flat(dict.fromkeys(counts, start))
        mean, lower, upper = judgement.look.band()
        band = zip(judgement.look.names, mean.tolist(), lower.tolist(), upper.tolist(), strict=True)
        key = self.keys.band(start)
        yield "HSET", key, *_flat({name: f"{m:.3f} {low:.3f} {high:.3f}" for name, m, low, high in band})
        yield "EXPIRE", key, self._bucket_ttl

    def closing(self, last: Judgement, judge: Judge) -> Iterator[Command]:
        """Spell what holds after a run of buckets: totals, clocks, channels, windows, and incidents that are open."""
        if judge.totals:
            yield "HSET", self.keys.totals, *_flat(judge.totals)
        if sources := {names.value_or_other(source): value for source, value in self._sources(last.closed)}:
            yield "HSET", self.keys.sources, *_flat(sources)
        yield "DEL", self.keys.channels
        if judge.channels:
            yield "HSET", self.keys.channels, *_flat(judge.channels)
        yield "DEL", self.keys.windows
        if judge.windows:
            yield "HSET", self.keys.windows, *_flat({name: _json(window) for name, window in judge.windows.items()})
        if lasting := {incident.id: _json(to_record(incident)) for incident in judge.lasting}:
            yield "HSET", self.keys.incidents, *_flat(lasting)

    def _sources(self, closed: ClosedBucket) -> Iterator[tuple[str, bytes]]:
        blind = set(blind_sources(closed.clocks, closed.bucket, self._rules))
        for source, clock in closed.clocks.items():
            channels = [channel for channel in clock.channels if names.is_value(channel)]
            value = {"at": clock.at, "implied": clock.implied, "channels": channels, "blind": source in blind}
            yield source, _json(value)

    def outlooks(self, judge: Judge) -> Iterator[Command]:
        """Spell what the channels may be expected to carry from now on."""
        outlooks = ((channel, judge.outlook(channel)) for channel in judge.channels)
        if told := {channel: _json(outlook) for channel, outlook in outlooks if outlook is not None}:
            yield "HSET", self.keys.outlook, *_flat(told)

    def snapshot(self, bucket: int, judge: Judge, folded: Sequence[int]) -> Iterator[Command]:
        """Spell a snapshot of the judge, which makes the journal up to its bucket superfluous."""
        yield "DEL", self.keys.snapshot
        yield "HSET", self.keys.snapshot, bucket, judge.snapshot()
        if folded:
            yield "HDEL", self.keys.journal, *folded

    def state(self, bucket: int, judge: Judge, identity: Mapping[str, str]) -> Command:
        """Spell where all of this has come to, and what made it."""
        come = "closed", bucket, "digest", judge.digest, "revisions", judge.revisions
        return "HSET", self.keys.state, *come, *_flat(identity)


def _flat(
    fields: Mapping[str, int] | Mapping[str, str] | Mapping[str, int | str] | Mapping[str, bytes],
) -> list[str | int | bytes]:
    return [part for field in fields.items() for part in field]
