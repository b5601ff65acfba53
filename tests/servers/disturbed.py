"""A stream that is disturbed, and what must hold afterwards: all that an undisturbed one leads to, and nothing else."""

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import msgspec
from redis import Redis
from redis.exceptions import RedisError
from servers.pipeline import messages, until
from servers.workers import Workers

from producers.broker import connect
from producers.items import read_line
from producers.writer import Writer
from tocsin import series as names
from tocsin.incidents import to_record
from tocsin.judge import Judge
from tocsin.keys import Keys
from tocsin.lexicon import default_lexicon
from tocsin.merge import Merger
from tocsin.settings import Settings
from tocsin.tally import PartitionTally

_SHARES = 40


@dataclass
class Outcome:
    """What a stream led to.

    Attributes:
        closed: Last closed bucket.
        digest: Of all buckets and incidents.
        totals: Posts, late ones, copies and rejected lines over all buckets.
        buckets: Start in ms -> series -> posts and distinct authors.
        incidents: Every revision that was published.
        dead: How often each line is among the dead letters, and why.
    """

    closed: int = -1
    digest: str = ""
    totals: dict[str, int] = field(default_factory=dict)
    buckets: dict[int, dict[str, int]] = field(default_factory=dict)
    incidents: set[bytes] = field(default_factory=set)
    dead: Counter[tuple[str, bytes]] = field(default_factory=Counter)


def undisturbed(settings: Settings, lines: Iterable[bytes], written_at: int | None = None) -> Outcome:
    """Work out what a stream leads to, without servers.

    Args:
        settings: Of the deployment.
        lines: The stream.
        written_at: Kafka's timestamp of its records, epoch ms, where it matters.
    """
    lexicon, outcome = default_lexicon(), Outcome()
    tally, judge = PartitionTally(0, settings.rules, lexicon), Judge(settings.rules, settings.false_page_days)
    merger = Merger(1, ignored=lexicon.match)
    for line in lines:
        folded = tally.fold(line, written_at)
        outcome.dead.update((rejected.reason, rejected.data) for rejected in folded.rejects)
        for closed in (closed for partial in folded.partials for closed in merger.add(partial)):
            judgement = judge.fold(closed)
            outcome.incidents.update(msgspec.json.encode(to_record(incident)) for incident in judgement.revisions)
            if closed.counts:
                posts = {name: posts for name, (posts, _, _) in closed.counts.items()}
                authors = {names.AUTHORS + name: authors for name, (_, authors, _) in closed.counts.items()}
                outcome.buckets[closed.bucket * settings.bucket_ms] = posts | authors
            outcome.closed = closed.bucket
    outcome.digest, outcome.totals = judge.digest, dict(judge.totals)
    return outcome


def outcome_of(settings: Settings, starts: Iterable[int]) -> Outcome:
    """Read what a stream led to from where users read it: Redis, and the topics of incidents and dead letters.

    Args:
        settings: Of the deployment.
        starts: Of the buckets that are looked at, epoch ms.
    """
    keys, topics = Keys(settings.redis_prefix), settings.topics
    letters = {key: json.loads(value) for key, value in messages(settings, topics.dead.name)}
    with Redis.from_url(settings.redis) as redis:
        state = redis.hgetall(keys.state)
        buckets = {start: _numbers(redis.hgetall(keys.bucket(start))) for start in starts}
        return Outcome(
            closed=int(state.get(b"closed", -1)),
            digest=state.get(b"digest", b"").decode(),
            totals=_numbers(redis.hgetall(keys.totals)),
            buckets={start: counts for start, counts in buckets.items() if counts},
            incidents={value for _, value in messages(settings, topics.incidents.name)},
            dead=Counter((letter["reason"], base64.b64decode(letter["data"])) for letter in letters.values()),
        )


def _numbers(stored: dict[bytes, bytes]) -> dict[str, int]:
    return {name.decode(): int(number) for name, number in stored.items()}


def closed_now(settings: Settings) -> int:
    """The last closed bucket; -1 while Redis says nothing."""
    try:
        with Redis.from_url(settings.redis, socket_timeout=2, socket_connect_timeout=2) as redis:
            return int(redis.hget(Keys(settings.redis_prefix).state, "closed") or -1)
    except RedisError:
        return -1


def assert_undisturbed(
    settings: Settings,
    lines: Sequence[bytes],
    workers: Workers,
    disturb: Callable[[], None],
    *,
    seconds: float = 6.0,
    patience: float = 120.0,
    written_at: int | None = None,
) -> None:
    """Write half of a stream, disturb while the other half trickles in, and compare once all has closed.

    Args:
        settings: Of the deployment, whose topics exist.
        lines: The stream.
        workers: Running ones; those that end are started again, as a supervisor would.
        disturb: Does the damage, and undoes it.
        seconds: That the other half takes, if nothing holds it up.
        patience: Seconds within which everything must have closed after that.
        written_at: As of :func:`undisturbed`.
    """
    expected = undisturbed(settings, lines, written_at)
    half = len(lines) // 2
    with connect(settings.broker, settings.topics.posts) as writer:
        _write(writer, lines[:half])
        writer.flush()
        until(lambda: closed_now(settings) > 0, workers.logs)  # a fault before anything was counted would prove little
        writing = _beside(lambda: _trickle(writer, lines[half:], seconds))
        disturb()  # in this thread: a server that is started again dies with the thread that did it
        writing.result()
    until(lambda: closed_now(settings) >= expected.closed, workers.logs, patience, workers.revive)
    published = f"{settings.redis_prefix}published"
    with Redis.from_url(settings.redis) as redis:  # incidents reach Kafka after Redis
        until(lambda: int(redis.get(published) or 0) >= len(expected.incidents), workers.logs, then=workers.revive)
    assert outcome_of(settings, expected.buckets) == expected


def _beside(work: Callable[[], None]) -> Future[None]:
    """Do some work in a thread that no failing test waits for: without a broker it would never end."""
    future: Future[None] = Future()

    def run() -> None:
        try:
            work()
            future.set_result(None)
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def _trickle(writer: Writer, lines: Sequence[bytes], seconds: float) -> None:
    size = len(lines) // _SHARES + 1
    for begin in range(0, len(lines), size):
        _write(writer, lines[begin : begin + size])
        time.sleep(seconds / _SHARES)
        writer.poll()
    writer.flush()


def _write(writer: Writer, lines: Sequence[bytes]) -> None:
    for line in lines:
        writer.write(read_line(line))
