"""What the chaos suite shares."""

import gc
from collections.abc import Callable, Iterator

import pytest
from servers.kafka import KafkaServer

from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """kafka-python leaves the sockets of refused connections to the garbage collector, which warns."""
    for item in items:
        if item.path.parent.name == "chaos":
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture(autouse=True)
def _collect_here() -> Iterator[None]:
    """Let the collector warn now, where it is ignored, and not in the middle of some other test."""
    yield
    gc.collect()


@pytest.fixture
def deployment(kafka: KafkaServer, redis_url: str, namespace: str) -> Callable[..., Settings]:
    """Settings of a namespace of its own, whose topics exist."""

    def create(**changed: object) -> Settings:
        wanted = {"namespace": namespace, "kafka": kafka.bootstrap, "redis": redis_url, "partitions": 3, **changed}
        settings: Settings = load_settings(**wanted)
        create_topics(settings)
        return settings

    return create
