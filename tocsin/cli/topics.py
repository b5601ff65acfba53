"""Creating the topics, explicitly: what a passing client creates has the wrong partitions and no retention."""

from collections.abc import Callable

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from producers.broker import check_partitions, open_admin, partitions_on, patiently
from tocsin.errors import TocsinError
from tocsin.settings import Settings
from tocsin.topics import Topic


def create_topics(
    settings: Settings, *, patience_seconds: float = 30, on_wait: Callable[[str], None] | None = None
) -> list[str]:
    """Create the topics that are missing, with the broker's default replication.

    Args:
        settings: Say which topics, where, and with how many partitions.
        patience_seconds: How long to look for the broker.
        on_wait: Told in words what is being waited for.

    Returns:
        Names of the topics that were created; those that stood already are left as they are.

    Raises:
        UnavailableError: When no broker answers.
        TocsinError: When a topic exists with another number of partitions, or the broker refuses.
    """

    def attempt() -> list[str]:
        with open_admin(settings.kafka) as admin:
            return [topic.name for topic in settings.topics if _create(admin, topic)]

    try:
        return patiently(attempt, settings.kafka, patience_seconds=patience_seconds, on_wait=on_wait)
    except KafkaError as error:
        raise TocsinError(f"{settings.kafka}: cannot create the topics: {error or type(error).__name__}") from error


def _create(admin: KafkaAdminClient, topic: Topic) -> bool:
    """Create one topic, unless it stands; another process may be doing the same."""
    found = partitions_on(admin, topic.name)
    if found is None:
        wanted = {"num_partitions": topic.partitions, "replication_factor": -1, "configs": topic.config}
        answer = admin.create_topics({topic.name: wanted}, raise_errors=False)["topics"][0]
        refusal = for_code(answer["error_code"])
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
