"""Finding the broker, and the client options on which the writer's promises rest."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, TopicAuthorizationFailedError

from producers.knock import knock
from producers.writer import OnWait, Writer
from tocsin.access import Broker, explain_kafka, not_allowed
from tocsin.errors import TocsinError, UnavailableError
from tocsin.topics import Topic

_FIRST_BACKOFF_SECONDS, _LAST_BACKOFF_SECONDS = 0.25, 5.0
_ATTEMPT_MS = 3_000
# kafka-python gives up on a record after this long; nothing may be lost, so it never does (31 years).
_NEVER_MS = 10**12

Right = Literal["Read", "Write"]
Compression = Literal["gzip", "snappy", "lz4", "zstd"]
T = TypeVar("T")


def patiently(
    attempt: Callable[[], T],
    broker: Broker,
    *,
    patience_seconds: float = 30,
    on_wait: OnWait | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Try to reach the broker again and again, with growing pauses.

    Args:
        attempt: Raises kafka-python's connection errors while the broker is away.
        broker: Where it is looked for.
        patience_seconds: When to give up.
        on_wait: Told of each pause, in words.
        clock: Monotonic seconds.
        sleep: Waits for seconds.

    Returns:
        What the attempt returned.

    Raises:
        UnavailableError: When the broker did not answer in time.
        RefusedError: When it shut its door: waiting would not open it.
    """
    # kafka-python logs each failed connection several times; what matters of it is raised, and told to on_wait.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    started, pause, tries = clock(), _FIRST_BACKOFF_SECONDS, 0
    while True:
        tries += 1
        try:
            with explaining(broker):
                return attempt()
        except (KafkaConnectionError, KafkaTimeoutError) as error:
            waited = clock() - started
            if waited + pause > patience_seconds:
                raise UnavailableError(
                    f"no Kafka broker at {broker.servers}: tried {tries} times in {waited:.0f} s ({error}). "
                    "Start one (docker compose up -d kafka), try without one (tocsin demo), "
                    "or say where it is (TOCSIN_KAFKA=host:port)"
                ) from error
            if on_wait:
                on_wait(f"no Kafka broker at {broker.servers} yet; next try in {pause:.2g} s")
            sleep(pause)
            pause = min(2 * pause, _LAST_BACKOFF_SECONDS)


@contextmanager
def explaining(broker: Broker, wanted: str = "do this") -> Iterator[None]:
    """Say in words that help why the broker shut its door, should it do so within the block."""
    try:
        yield
    except KafkaError as error:
        if refused := explain_kafka(error, broker, wanted):
            raise refused from error
        raise


def client_options(broker: Broker) -> dict[str, Any]:
    """Spell for kafka-python how to reach the broker; every client of it is opened with these."""
    options: dict[str, Any] = {
        "bootstrap_servers": broker.addresses,
        "bootstrap_timeout_ms": _ATTEMPT_MS,
        "security_protocol": broker.security.upper(),
        "ssl_context": broker.tls(),
    }
    if broker.user:
        options["sasl_mechanism"] = broker.mechanism
        options["sasl_plain_username"], options["sasl_plain_password"] = broker.user, broker.secret
    return options


def open_admin(broker: Broker) -> KafkaAdminClient:
    """Open an admin client; raises kafka-python's errors soon when nobody answers."""
    knock(broker)
    return KafkaAdminClient(**client_options(broker))


def partitions_on(admin: KafkaAdminClient, topic: str) -> int | None:
    """Tell how many partitions a topic has; None if there is no such topic.

    Raises:
        TopicAuthorizationFailedError: When this user may not even know that.
    """
    found = _described(admin, topic)
    return len(found["partitions"]) if found and not found["error_code"] else None


def check_right(admin: KafkaAdminClient, broker: Broker, topic: str, *rights: Right) -> None:
    """Make sure, before anything is begun, that this user may do with an existing topic what it is about to do.

    Raises:
        RefusedError: Naming the user, the topic and the first right that is missing.
    """
    found = _described(admin, topic)
    allowed = found and found["authorized_operations"]
    if not allowed:  # Tansu does not tell
        return
    for right in rights:
        if right.upper() not in allowed:
            raise not_allowed(broker, f"{right.lower()} the topic {topic}")


def check_group(admin: KafkaAdminClient, broker: Broker, group: str) -> None:
    """Make sure, before anything is begun, that this user may read as a member of a consumer group.

    Raises:
        RefusedError: Naming the user and the group.
    """
    if not broker.user:
        return
    wanted = f"read as the group {group}"
    try:
        with explaining(broker, wanted):
            found = admin.describe_groups([group], include_authorized_operations=True)[group]
    except KafkaError:  # a broker that has never seen a group takes a moment to be able to answer
        return
    allowed = found["authorized_operations"]
    if allowed and "READ" not in allowed:
        raise not_allowed(broker, wanted)


def _described(admin: KafkaAdminClient, topic: str) -> dict[str, Any] | None:
    found = next((t for t in admin.describe_topics([topic]) if t["name"] == topic), None)
    if found and found["error_code"] == TopicAuthorizationFailedError.errno:
        raise TopicAuthorizationFailedError(topic)
    return found


def check_partitions(topic: Topic, found: int) -> None:
    """Make sure that a topic has as many partitions as the settings say.

    Raises:
        TocsinError: With both numbers; an author's posts would otherwise scatter over partitions.
    """
    if found != topic.partitions:
        raise TocsinError(
            f"the topic {topic.name} has {found} partitions, but the settings say {topic.partitions}. "
            f"Set TOCSIN_PARTITIONS={found} everywhere, or choose another TOCSIN_NAMESPACE"
        )


def connect(
    broker: Broker,
    topic: Topic,
    *,
    linger_ms: int = 200,
    compression: Compression | None = "lz4",
    patience_seconds: float = 30,
    on_wait: OnWait | None = None,
) -> Writer:
    """Open a writer on an existing topic of Apache Kafka or of Tansu.

    Args:
        broker: Where, and as whom.
        topic: The topic ``posts``.
        linger_ms: How long a line may wait for others before its record is sent.
        compression: How records are packed; None leaves them as they are.
        patience_seconds: How long to look for the broker. Once it has been found, the writer waits for ever.
        on_wait: Told in words what is being waited for.

    Raises:
        UnavailableError: When no broker answers.
        RefusedError: When it does not let us in, or does not let us write.
        TocsinError: When the topic does not exist, or with another number of partitions.
    """

    def attempt() -> KafkaProducer:
        with open_admin(broker) as admin:
            found = partitions_on(admin, topic.name)
            if found is None:
                raise TocsinError(f"the topic {topic.name} does not exist at {broker.servers}; create the topics first")
            check_partitions(topic, found)
            check_right(admin, broker, topic.name, "Write")
            idempotent = not _is_tansu(admin)
        producer = _open_producer(broker, compression, idempotent=idempotent)
        try:
            producer.partitions_for(topic.name)  # the first record would wait for it, and a paced replay fall behind
        except KafkaError:
            producer.close(timeout=0)
            raise
        return producer

    try:
        producer = patiently(attempt, broker, patience_seconds=patience_seconds, on_wait=on_wait)
    except KafkaError as error:
        raise TocsinError(f"{broker.servers}: the broker refused to serve: {error or type(error).__name__}") from error
    return Writer(producer, topic.name, topic.partitions, linger_ms=linger_ms, on_wait=on_wait)


def _is_tansu(admin: KafkaAdminClient) -> bool:
    """Recognise the demo's broker, which does not deduplicate the retries of an idempotent producer."""
    return str(admin.describe_cluster()["cluster_id"]).startswith("tansu")


def _open_producer(broker: Broker, compression: Compression | None, *, idempotent: bool) -> KafkaProducer:
    """Open a producer that keeps the order of each partition and never gives up on a record.

    With idempotence the broker drops the copies that retries make. Without it a retry may write a record twice,
    yet never out of order: one request at a time. Posts written twice are then counted as duplicates.
    """
    return KafkaProducer(
        **client_options(broker),
        acks="all",
        enable_idempotence=idempotent,
        max_in_flight_requests_per_connection=5 if idempotent else 1,
        delivery_timeout_ms=_NEVER_MS,
        max_block_ms=5_000,
        linger_ms=5,  # a record that is full goes out with the next ones of its partition: fewer, larger batches
        batch_size=512 * 1024,
        compression_type=compression,
        allow_auto_create_topics=False,
        retry_backoff_ms=200,
        reconnect_backoff_max_ms=2_000,
        metrics_enabled=False,
    )
