"""Servers and names that the suites share."""

import hashlib
from collections.abc import Iterator

import hypothesis
import pytest
from redis import Redis
from servers.kafka import KafkaServer
from servers.missing import IN_CI, running
from servers.redis import RedisServer

# The machines are shared and slow at times: a deadline would only tell about the neighbours.
hypothesis.settings.register_profile("here", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("nightly", deadline=None, max_examples=500, print_blob=True)
hypothesis.settings.load_profile("ci" if IN_CI else "here")

_SERVER_FIXTURES = {"kafka": "kafka", "redis_server": "redis"}
_WAITING = ("contract", "integration", "chaos", "browser", "security")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the servers it needs, so that ``-m "not kafka"`` always tells the truth.

    Those that talk to any server mostly wait; the others have the processor meanwhile, see the Makefile.
    """
    for item in items:
        markers = [m for fixture, m in _SERVER_FIXTURES.items() if fixture in getattr(item, "fixturenames", ())]
        if markers or item.path.parent.name in _WAITING:
            markers.append("servers")
        for marker in markers:
            item.add_marker(marker)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A real Apache Kafka for all tests; keep apart from the others by ``namespace``."""
    yield from running(KafkaServer, tmp_path_factory.mktemp("kafka"))


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis for all tests; keep apart from the others by ``namespace``."""
    yield from running(RedisServer, tmp_path_factory.mktemp("redis"))


@pytest.fixture(scope="session")
def redis_url(redis_server: RedisServer) -> str:
    return redis_server.url


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A client of the real Redis, which answers in bytes."""
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def namespace(request: pytest.FixtureRequest) -> str:
    """A setting ``namespace`` of this test's own, the same in every run."""
    return "t-" + hashlib.blake2b(request.node.nodeid.encode(), digest_size=8).hexdigest()
