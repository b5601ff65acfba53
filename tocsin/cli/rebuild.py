"""``tocsin rebuild``: after Redis has lost what it held, lets the workers count again all that Kafka still holds."""

from collections.abc import Mapping
from contextlib import closing
from typing import Annotated

import typer
from kafka.errors import GroupIdNotFoundError, KafkaError, NonEmptyGroupError
from redis import Redis
from redis.exceptions import RedisError

from producers.broker import open_admin
from producers.recording.topic import open_topic
from tocsin.access import redis_address
from tocsin.cli.show import stderr
from tocsin.errors import TocsinError, UnavailableError
from tocsin.keys import Keys
from tocsin.settings import Settings, load_settings


def rebuild(yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Forget what Redis knows and what was committed, so that the workers count again from the beginning.

    For when the workers say that Redis has lost what it acknowledged. Stop all workers first, and start them again
    afterwards. They read all that Kafka still holds; while it holds everything, the same counts and the same incidents
    come out, to the byte. Incidents are published again under the same revisions.

    Examples:
      tocsin rebuild
    """
    settings, console = load_settings(), stderr()
    for topic, first in _begins(settings).items():
        if first:
            console.print(
                f"Kafka no longer holds the beginning of {topic}: what was counted before is not counted again"
            )
    if not yes:
        typer.confirm(f"Forget the state of {settings.redis_prefix}* and what {settings.group} committed?", abort=True)
    _forget_commits(settings)
    _forget_state(settings)
    console.print("Start the workers: they count again from the beginning (tocsin worker)")


def _begins(settings: Settings) -> Mapping[str, int]:
    """Tell how many records retention has taken of the topics that a rebuild reads."""
    taken = {}
    for topic in (settings.topics.posts.name, settings.topics.tallies.name):
        with closing(open_topic(settings.broker, topic, "earliest", on_wait=stderr().print)) as reader:
            taken[topic] = sum(reader.begins.values())
    return taken


def _forget_commits(settings: Settings) -> None:
    """Delete the consumer group; Kafka refuses while one of its members lives."""
    try:
        with open_admin(settings.broker) as admin:
            answer = admin.delete_groups([settings.group])[settings.group]
    except KafkaError as error:
        raise UnavailableError(f"{settings.kafka}: {error or type(error).__name__}. Nothing was changed") from error
    if answer == NonEmptyGroupError.__name__:
        raise TocsinError(
            f"{settings.group}: a worker is running, or was killed a few seconds ago. Stop all workers, and try again. "
            "Nothing was changed"
        )
    if answer not in {"OK", GroupIdNotFoundError.__name__}:
        raise TocsinError(f"{settings.group}: Kafka does not forget what was committed ({answer}). Nothing was changed")


def _forget_state(settings: Settings) -> None:
    """Delete all that a worker goes on from; counts of buckets, minutes and hours are written anew, and expire."""
    keys = Keys(settings.redis_prefix)
    judged = (keys.state, keys.totals, keys.snapshot, keys.journal, keys.log, keys.published, keys.incidents)
    standing = (keys.series, keys.sources, keys.channels, keys.windows, keys.outlook)
    positions = map(keys.positions, range(settings.partitions))
    try:
        with Redis.from_url(settings.redis_url, socket_timeout=10, socket_connect_timeout=5) as redis:
            redis.delete(*judged, *standing, *positions)
    except RedisError as error:
        raise UnavailableError(
            f"Redis at {redis_address(settings.redis)}: {type(error).__name__}. The commits are gone, the state is "
            "not: run this again once Redis answers, before you start a worker"
        ) from error
