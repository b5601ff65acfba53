"""A real pipeline plays a scenario in which everything happens, and every query of every dashboard must show it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis
from servers.grafana_queries import Span, unanswered
from servers.kafka import KafkaServer
from servers.missing import MissingError
from servers.pipeline import closed, tocsin, until
from servers.prometheus import PrometheusServer, answers
from servers.workers import Workers

from dashboards.grafana.source.queries import Board
from tocsin.cli.children import LOOPBACK, free_port
from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "tests/streams/eventful.yaml"
EVENTFUL, END = "2009-05-18T11:30Z", "2009-05-19T02:30Z"  # the calm before teaches what is usual, and may be fast
SPEED = 1_200  # the shortest thing to see lasts for half an hour: one or two scrapes
SCRAPE_SECONDS = 1
BOARDS = {path.name: path for path in sorted((ROOT / "dashboards/grafana/dashboards").glob("*.json"))}


def board(name: str) -> dict[str, Any]:
    return json.loads(BOARDS[name].read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def settings(kafka: KafkaServer, redis_url: str) -> Settings:
    settings = load_settings(
        namespace="t-dashboards",
        kafka=kafka.bootstrap,
        redis=redis_url,
        partitions=2,
        bucket_seconds=60,
        allowed_lateness_seconds=60,
        blind_after_seconds=300,
        ahead_seconds=300,
    )
    create_topics(settings)
    return settings


@pytest.fixture(scope="module")
def prometheus(settings: Settings, tmp_path_factory: pytest.TempPathFactory, in_ci: bool) -> Iterator[PrometheusServer]:
    """A Prometheus with a worker to scrape, both new."""
    home, port = tmp_path_factory.mktemp("dashboards"), free_port()
    try:
        server = PrometheusServer(home, configuration(home, port))
    except MissingError as error:
        if IN_CI:
            pytest.fail(f"in CI no suite may skip: {error}")
        pytest.skip(str(error))
    workers = Workers(1, home, settings.environment(), port)
    try:
        until(lambda: answers(f"http://{LOOPBACK}:{port}/health/ready"), workers.logs)
        server.start()
        yield server
    finally:
        server.stop()
        workers.stop()
