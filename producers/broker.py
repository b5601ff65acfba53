"""Finding the broker, and the client options on which the writer's promises rest."""

import logging
import socket
import time
from collections.abc import Callable
from typing import TypeVar

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError

from producers.writer import OnWait, Writer
from tocsin.errors import SettingsError, TocsinError, UnavailableError
from tocsin.topics import Topic

_FIRST_BACKOFF_SECONDS, _LAST_BACKOFF_SECONDS = 0.25, 5.0
_ATTEMPT_MS = 3_000
# kafka-python gives up on a record after this long; nothing may be lost, so it never does (31 years).
_NEVER_MS = 10**12

T = TypeVar("T")


def patiently(
    attempt: Callable[[], T],
    bootstrap: str,
    *,
    patience_seconds: float = 30,
    on_wait: OnWait | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Try to reach the broker again and again, with growing pauses.

    Args:
        attempt: Raises kafka-python's connection errors while the broker is away.
        bootstrap: Where it is looked for.
        patience_seconds: When to give up.
        on_wait: Told of each pause, in words.
        clock: Monotonic seconds.
        sleep: Waits for seconds.

    Returns:
        What the attempt returned.

    Raises:
        UnavailableError: When the broker did not answer in time.
    """
    # kafka-python logs each failed connection several times; what matters of it is raised, and told to on_wait.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    started, pause, tries = clock(), _FIRST_BACKOFF_SECONDS, 0
    while True:
        tries += 1
        try:
            return attempt()
        except (KafkaConnectionError, KafkaTimeoutError) as error:
            waited = clock() - started
            if waited + pause > patience_seconds:
                raise UnavailableError(
                    f"no Kafka broker at {bootstrap}: tried {tries} times in {waited:.0f} s ({error}). "
                    "Start one (docker compose up -d kafka), try without one (tocsin demo), "
                    "or say where it is (TOCSIN_KAFKA=host:port)"
                ) from error
            if on_wait:
                on_wait(f"no Kafka broker at {bootstrap} yet; next try in {pause:.2g} s")
            sleep(pause)
            pause = min(2 * pause, _LAST_BACKOFF_SECONDS)


def open_admin(bootstrap: str) -> KafkaAdminClient:
    """Open an admin client; raises kafka-python's errors soon when nobody answers."""
    _knock(bootstrap)
    return KafkaAdminClient(bootstrap_servers=bootstrap.split(","), bootstrap_timeout_ms=_ATTEMPT_MS)


def _knock(bootstrap: str) -> None:
    """Make sure that somebody listens, for kafka-python does not close the sockets of a start that failed."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_ATTEMPT_MS / 1000).close()
        except OSError as error:
            failure = error
        except ValueError as error:
            raise SettingsError(f"TOCSIN_KAFKA={bootstrap}: expected host:port, comma-separated") from error
        else:
            return
    raise KafkaConnectionError(failure.strerror or str(failure)) from failure


def partitions_on(admin: KafkaAdminClient, topic: str) -> int | None:
    """Tell how many partitions a topic has; None if there is no such topic."""
    found = next((t for t in admin.describe_topics([topic]) if t["name"] == topic), None)
    return len(found["partitions"]) if found and not found["error_code"] else None


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
    bootstrap: str,
    topic: Topic,
    *,
    linger_ms: int = 200,
    patience_seconds: float = 30,
    on_wait: OnWait | None = None,
) -> Writer:
    """Open a writer on an existing topic of Apache Kafka or of Tansu.

    Args:
        bootstrap: ``host:port``, comma-separated.
        topic: The topic ``posts``.
        linger_ms: How long a line may wait for others before its record is sent.
        patience_seconds: How long to look for the broker. Once it has been found, the writer waits for ever.
        on_wait: Told in words what is being waited for.

    Raises:
        UnavailableError: When no broker answers.
        TocsinError: When the topic does not exist, or with another number of partitions.
    """

    def attempt() -> KafkaProducer:
        with open_admin(bootstrap) as admin:
            found = partitions_on(admin, topic.name)
            if found is None:
                raise TocsinError(f"the topic {topic.name} does not exist at {bootstrap}; create the topics first")
            check_partitions(topic, found)
            idempotent = not _is_tansu(admin)
        return _open_producer(bootstrap, idempotent=idempotent)

    try:
        producer = patiently(attempt, bootstrap, patience_seconds=patience_seconds, on_wait=on_wait)
    except KafkaError as error:
        raise TocsinError(f"{bootstrap}: the broker refused to serve: {error or type(error).__name__}") from error
    return Writer(producer, topic.name, topic.partitions, linger_ms=linger_ms, on_wait=on_wait)


def _is_tansu(admin: KafkaAdminClient) -> bool:
    """Recognise the demo's broker, which does not deduplicate the retries of an idempotent producer."""
    return str(admin.describe_cluster()["cluster_id"]).startswith("tansu")


def _open_producer(bootstrap: str, *, idempotent: bool) -> KafkaProducer:
    """Open a producer that keeps the order of each partition and never gives up on a record.

    With idempotence the broker drops the copies that retries make. Without it a retry may write a record twice,
    yet never out of order: one request at a time. Posts written twice are then counted as duplicates.
    """
    return KafkaProducer(
        bootstrap_servers=bootstrap.split(","),
        bootstrap_timeout_ms=_ATTEMPT_MS,
        acks="all",
        enable_idempotence=idempotent,
        max_in_flight_requests_per_connection=5 if idempotent else 1,
        delivery_timeout_ms=_NEVER_MS,
        max_block_ms=5_000,
        batch_size=512 * 1024,
        allow_auto_create_topics=False,
        retry_backoff_ms=200,
        reconnect_backoff_max_ms=2_000,
        metrics_enabled=False,
    )
