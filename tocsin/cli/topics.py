"""Creating the topics, explicitly: what a passing client creates has the wrong partitions and no retention."""

from collections.abc import Callable
from typing import Literal

from kafka import KafkaAdminClient
from kafka.errors import AuthorizationError, KafkaError, TopicAlreadyExistsError, for_code

from producers.broker import (
    Right,
    check_group,
    check_partitions,
    check_right,
    explaining,
    open_admin,
    partitions_on,
    patiently,
)
from tocsin.access import Broker, not_allowed
from tocsin.errors import TocsinError
from tocsin.settings import Settings
from tocsin.topics import Topic, Topics

Role = Literal["producer", "worker"]


def rights_of(role: Role, topics: Topics) -> list[tuple[Topic, tuple[Right, ...]]]:
    """Tell what a role does with the topics; ``deploy/kafka-acls.sh`` allows as much."""
    if role == "producer":
        return [(topics.posts, ("Write",))]
    return [
        (topics.posts, ("Read",)),
        (topics.dead, ("Write",)),
        (topics.tallies, ("Read", "Write")),
        (topics.incidents, ("Write",)),
    ]


def create_topics(
    settings: Settings,
    role: Role = "worker",
    *,
    patience_seconds: float = 30,
    on_wait: Callable[[str], None] | None = None,
) -> list[str]:
    """Create the topics that a role needs and that are missing, with the broker's default replication.

    Args:
        settings: Say which topics, where, as whom, and with how many partitions.
        role: A producer has no business with any topic but ``posts``.
        patience_seconds: How long to look for the broker.
        on_wait: Told in words what is being waited for.

    Returns:
        Names of the topics that were created; those that stood already are left as they are.

    Raises:
        UnavailableError: When no broker answers.
        RefusedError: When it does not let this user in, or do what the role does.
        TocsinError: When a topic exists with another number of partitions, or the broker refuses.
    """

    def attempt() -> list[str]:
        with open_admin(broker) as admin:
            if role == "worker":
                check_group(admin, broker, settings.group)
            return [
                topic.name
                for topic, rights in rights_of(role, settings.topics)
                if _prepare(admin, broker, topic, rights)
            ]

    broker = settings.broker
    try:
        return patiently(attempt, broker, patience_seconds=patience_seconds, on_wait=on_wait)
    except KafkaError as error:
        raise TocsinError(f"{settings.kafka}: cannot create the topics: {error or type(error).__name__}") from error


def _prepare(admin: KafkaAdminClient, broker: Broker, topic: Topic, rights: tuple[Right, ...]) -> bool:
    with explaining(broker, f"see the topic {topic.name}"):
        created = _create(admin, broker, topic)
        check_right(admin, broker, topic.name, *rights)
    return created


def _create(admin: KafkaAdminClient, broker: Broker, topic: Topic) -> bool:
    """Create one topic, unless it stands; another process may be doing the same."""
    found = partitions_on(admin, topic.name)
    if found is None:
        wanted = {"num_partitions": topic.partitions, "replication_factor": -1, "configs": topic.config}
        answer = admin.create_topics({topic.name: wanted}, raise_errors=False)["topics"][0]
        refusal = for_code(answer["error_code"])
        if issubclass(refusal, AuthorizationError):
            raise not_allowed(broker, f"create the topic {topic.name}, which is missing; a worker may")
        if answer["error_code"] and refusal is not TopicAlreadyExistsError:
            raise TocsinError(
                f"cannot create the topic {topic.name}: {answer['error_message'] or refusal.__name__} "
                f"({topic.partitions} partitions, {topic.config})"
            )
        admin.wait_for_topics([topic.name])
        if not answer["error_code"]:
            return True
        found = partitions_on(admin, topic.name) or 0
    check_partitions(topic, found)
    return False
