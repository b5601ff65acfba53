"""The checks, one after the other; those of a server that does not answer are left out."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from kafka.errors import KafkaError, TopicAuthorizationFailedError

from dashboards.reader import Reader
from producers.broker import patiently
from tocsin.cli.doctor import progress
from tocsin.cli.doctor.broker import Broker
from tocsin.cli.doctor.finding import Finding
from tocsin.cli.doctor.local import examine_lexicon, examine_parts, examine_port
from tocsin.cli.doctor.progress import Look
from tocsin.cli.doctor.redis import examine_redis
from tocsin.cli.doctor.stored import examine_identity, examine_outbox, examine_sources
from tocsin.cli.doctor.topics import examine_clock, examine_disk, examine_topics
from tocsin.errors import TocsinError, UnavailableError
from tocsin.settings import Settings

# What each check looks at, in the order in which they run; docs/operations.md says the same, and a test compares.
CHECKS: Mapping[str, str] = {
    "crc32c": "the compiled checksum is installed",
    "Faust's compiled part": "workers can start",
    "lexicon": "the keyword groups can be read",
    "Kafka": "the broker answers",
    "topic": "each topic exists, with the partitions, retention and compaction that the settings mean",
    "Kafka disk": "the broker has room",
    "Redis": "it answers, and takes writes",
    "Redis memory": "it never evicts, and is not nearly full",
    "Redis append-only file": "it keeps what it acknowledged, and can write its file",
    "Redis clock": "it shows this machine's time",
    "stored counts": "these settings and this release can go on from them",
    "sources": "no collector is blind",
    "group": "workers belong to it, and how many records they have not committed",
    "stream": "something comes, to every partition",
    "Kafka clock": "records bear times that this machine's clock has reached",
    "lag": "what was written does not wait for longer than is ordinary",
    "detection": "buckets close",
    "incidents": "incidents reach Kafka",
    "dead letters": "none came lately, and for which reasons",
    "metrics port": "a worker answers there and is ready, or could listen there",
    "worker release": "the worker that answers is of this release and namespace",
}
BETWEEN_SECONDS = 3.0  # the two looks that tell what moves


@dataclass(frozen=True)
class Clock:
    """This machine's: ``now`` tells epoch seconds, ``sleep`` waits for seconds."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass
class _Patient:
    """What is looked at, as far as it answers."""

    settings: Settings
    clock: Clock
    broker: Broker | None = None
    reader: Reader | None = None
    members: int = 0
    looks: list[Look] = field(default_factory=list)


def examine(settings: Settings, clock: Clock | None = None) -> Iterator[Finding]:
    """Run all checks.

    Args:
        settings: Of the deployment.
        clock: This machine's by default.
    """
    yield from examine_parts()
    lexicon, finding = examine_lexicon(settings)
    yield finding
    with ExitStack() as stack:
        patient = _Patient(settings, clock or Clock())
        yield from _guarded("Kafka", settings, lambda: _on_kafka(patient, stack))
        yield from _guarded("Redis", settings, lambda: _on_redis(patient, stack, lexicon))
        yield from _guarded("Kafka", settings, lambda: _on_stream(patient))
    yield from examine_port(settings)


def _guarded(server: str, settings: Settings, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Turn an error of a server into a finding."""
    try:
        yield from check()
    except UnavailableError as error:
        remedy = "Start it, or say where it is: TOCSIN_" + server.upper()
        yield Finding("fail", server, str(error), remedy)
    except TocsinError as error:
        yield Finding("fail", server, str(error))
    except KafkaError as error:
        yield Finding("fail", server, f"{settings.kafka} refused: {error or type(error).__name__}")


def _on_kafka(patient: _Patient, stack: ExitStack) -> Iterator[Finding]:
    settings = patient.settings
    patient.broker = patiently(lambda: Broker(settings), settings.broker, patience_seconds=0)
    broker = stack.enter_context(patient.broker)
    yield Finding("ok", "Kafka", f"{settings.kafka} answers")
    yield from examine_topics(broker, settings)
    yield from examine_disk(broker)


def _on_redis(patient: _Patient, stack: ExitStack, lexicon: str | None) -> Iterator[Finding]:
    settings = patient.settings
    reader = stack.enter_context(Reader(settings.redis_url, settings.redis_prefix))
    yield from examine_redis(reader.server(), reader.address, patient.clock.now())
    patient.reader = reader
    stored = reader.status()
    yield from examine_identity(stored, reader.keys.state, settings, lexicon)
    if stored:
        yield examine_sources(stored)


def _on_stream(patient: _Patient) -> Iterator[Finding]:
    """Look twice at what moves."""
    settings, broker, clock = patient.settings, patient.broker, patient.clock
    topic = settings.topics.posts.name
    if broker is None or not broker.partitions(topic):
        return
    members, before = broker.members(), _look(broker, patient)
    if any(before.ends.values()):
        clock.sleep(BETWEEN_SECONDS)
    after = _look(broker, patient)
    yield progress.examine_group(settings, members, before, after)
    if before.stored and after.stored:
        yield examine_outbox(before.stored, after.stored)
    try:
        yield from _on_records(patient, broker, before, after, is_alive=bool(members))
    except TopicAuthorizationFailedError:
        words = f"{settings.kafka_user} may not read what people wrote, so records and dead letters are not looked at"
        yield Finding("warn", "stream", words, "To see those too, ask as the recorder of docs/security.md")


def _on_records(patient: _Patient, broker: Broker, before: Look, after: Look, *, is_alive: bool) -> Iterator[Finding]:
    """Look into records: when they were written, and dead letters."""
    settings = patient.settings
    newest = broker.newest(settings.topics.posts.name)
    if newest:
        waited = progress.waited_seconds(settings, broker, after, newest)
        yield progress.examine_stream(settings, newest, before, after)
        yield examine_clock(newest, after.at, settings, is_written=after.ends != before.ends)
        yield progress.examine_lag(settings, waited, before, after)
        if is_alive:
            yield progress.examine_detection(settings, waited, before, after)
    if broker.partitions(settings.topics.dead.name):
        yield progress.examine_dead_letters(settings, broker, after.at)


def _look(broker: Broker, patient: _Patient) -> Look:
    topic = patient.settings.topics.posts.name
    return Look(
        at=patient.clock.now(),
        ends=broker.ends(topic),
        committed=broker.committed(topic),
        stored=patient.reader.status() if patient.reader else None,
    )
