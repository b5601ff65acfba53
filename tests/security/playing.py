"""What came of one run of the whole pipeline, and where to look for it."""

import urllib.request
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from servers.pipeline import messages

from dashboards.live.look import Choice
from dashboards.live.lookout import Lookout
from dashboards.live.render import Renderer
from dashboards.reader import Reader
from tocsin.settings import Settings
from tocsin.topics import Topic


@dataclass(frozen=True)
class Played:
    """A run: one user for each role, all doors locked.

    Attributes:
        worker, reader, recorder: Settings of the roles.
        admin_redis: URL of one who may do everything.
        home: Folder of all logs.
        arguments: Of the worker's processes, as anybody on the machine can read them.
        metrics: What the worker showed at its end.
    """

    worker: Settings
    reader: Settings
    recorder: Settings
    admin_redis: str
    home: Path
    arguments: list[bytes]
    metrics: list[bytes]


def in_redis(played: Played) -> list[bytes]:
    """All keys, fields and values, each on its own: what is packed can be unpacked only by itself."""
    parts: list[bytes] = []
    with Redis.from_url(played.admin_redis) as redis:
        for key in redis.scan_iter("*"):
            parts.append(key)
            if redis.type(key) == b"string":
                parts.append(redis.get(key) or b"")
            else:
                parts += [part for field in redis.hgetall(key).items() for part in field]
    return parts


def in_logs(played: Played) -> list[bytes]:
    """What producers, workers and commands said."""
    return [path.read_bytes() for path in sorted(played.home.glob("*.log"))]


def in_metrics(played: Played) -> list[bytes]:
    """What Prometheus would have read at the end."""
    return played.metrics


def in_topic(settings: Settings, topic: Topic) -> list[bytes]:
    """All keys and values of a topic with one partition."""
    return [part for message in messages(settings, topic.name) for part in message]


def in_incidents(played: Played) -> list[bytes]:
    """What a pager would read."""
    return in_topic(played.reader, played.reader.topics.incidents)


def in_tallies(played: Played) -> list[bytes]:
    """What workers tell one another."""
    return in_topic(played.worker, played.worker.topics.tallies)


def on_the_page(played: Played) -> list[bytes]:
    """All panels of the live page, as a browser gets them."""
    with Reader(played.reader.redis_url, played.reader.redis_prefix) as reader:
        choice = Choice()
        panels = Renderer(Lookout(reader).look([choice])).panels(choice)
    return [panel.encode() for panel in panels.values()]


def read_metrics(port: int) -> bytes:
    """Ask a worker, as Prometheus would."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        return bytes(answer.read())
