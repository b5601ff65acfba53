"""The Kafka topics: their names, partitions and retention. Created explicitly, never by a passing client."""

from collections.abc import Iterator
from dataclasses import dataclass, field

HOUR_MS = 3_600_000
MAX_TALLY_BYTES = 16 << 20  # all terms of a bucket are in one message; a broker's own limit is 1 MiB


@dataclass(frozen=True)
class Topic:
    """One topic as it must exist on the broker.

    Attributes:
        name: Full name, with the deployment's namespace.
        partitions: How many.
        config: Kafka's topic configuration, as strings.
    """

    name: str
    partitions: int
    config: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Topics:
    """All topics of one deployment."""

    posts: Topic
    dead: Topic
    tallies: Topic
    incidents: Topic

    def __iter__(self) -> Iterator[Topic]:
        """Iterate over the four topics."""
        return iter((self.posts, self.dead, self.tallies, self.incidents))


def topics_of(namespace: str, partitions: int, posts_retention_hours: int) -> Topics:
    """Lay out the topics of a deployment.

    Args:
        namespace: Prefix that keeps deployments on one broker apart; empty for none.
        partitions: Partitions of ``posts``.
        posts_retention_hours: How long the broker keeps what people wrote.

    Returns:
        The topics, ready to be created.
    """
    prefix = f"{namespace}." if namespace else ""
    retention = {"retention.ms": str(posts_retention_hours * HOUR_MS)}
    return Topics(
        # The broker's own timestamps: they bound sources without heartbeats, and a producer's clock may be wrong.
        posts=Topic(f"{prefix}posts", partitions, {**retention, "message.timestamp.type": "LogAppendTime"}),
        dead=Topic(f"{prefix}posts.dead", 1, retention),
        tallies=Topic(
            f"{prefix}tallies",
            1,
            {"retention.ms": str(7 * 24 * HOUR_MS), "max.message.bytes": str(MAX_TALLY_BYTES)},
        ),
        incidents=Topic(f"{prefix}incidents", 1, {"cleanup.policy": "compact"}),
    )
