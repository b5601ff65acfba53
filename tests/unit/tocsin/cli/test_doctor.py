import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from redis import Redis
from servers.kafka import KafkaServer
from streams.stored import LEXICON
from typer.testing import Result

from tocsin.cli.children import free_port
from tocsin.cli.doctor import Finding, doctor, examine
from tocsin.cli.topics import create_topics
from tocsin.offline import Offline
from tocsin.settings import Settings, load_settings

Run = Callable[..., Result]
GROUPS = "keywords: {election: {en: [election]}}\n"


@pytest.fixture
def lexicon(tmp_path: Path) -> Path:
    path = tmp_path / "lexicon.yaml"
    path.write_text(GROUPS)
    return path


@pytest.fixture
def nowhere(request: pytest.FixtureRequest, lexicon: Path) -> Settings:
    """Settings that point to servers which do not exist."""
    request.getfixturevalue("clean_environment")
    return load_settings(
        kafka=f"127.0.0.1:{free_port()}",
        redis=f"redis://:s3cret@127.0.0.1:{free_port()}/0",
        metrics_port=free_port(),
        lexicon=lexicon,
    )


def found(settings: Settings, check: str) -> list[Finding]:
    return [finding for finding in examine(settings) if finding.check == check]


def test_servers_that_do_not_answer_fail_with_a_remedy_and_without_a_password(nowhere: Settings) -> None:
    (kafka,), (redis,) = found(nowhere, "Kafka"), found(nowhere, "Redis")
    assert (kafka.level, redis.level) == ("fail", "fail")
    assert "docker compose up" in kafka.found
    assert "redis-server" in redis.found
    assert "s3cret" not in redis.found


def test_the_compiled_parts_are_loaded(nowhere: Settings) -> None:
    assert [finding.level for check in ("crc32c", "Faust's compiled part") for finding in found(nowhere, check)] == [
        "ok",
        "ok",
    ]


def test_a_lexicon_that_cannot_be_read_fails(nowhere: Settings) -> None:
    broken = nowhere.model_copy(update={"lexicon": Path("/nowhere/lexicon.yaml")})
    (finding,) = found(broken, "lexicon")
    assert finding.level == "fail"
    assert "/nowhere/lexicon.yaml" in finding.found


def test_any_failure_makes_the_exit_code_one(run: Run, nowhere: Settings, lexicon: Path) -> None:
    result = run(
        doctor,
        "--json",
        settings=nowhere,
        TOCSIN_KAFKA=nowhere.kafka,
        TOCSIN_METRICS_PORT="0",
        TOCSIN_LEXICON=str(lexicon),
    )
    assert result.exit_code == 1
    levels = {finding["check"]: finding["level"] for finding in json.loads(result.stdout)}
    assert levels == {
        "crc32c": "ok",
        "Faust's compiled part": "ok",
        "lexicon": "ok",
        "Kafka": "fail",
        "Redis": "fail",
        "metrics port": "ok",
    }


def test_lines_say_ok_warn_or_fail_in_words_too(run: Run, nowhere: Settings, lexicon: Path) -> None:
    result = run(doctor, settings=nowhere, TOCSIN_KAFKA=nowhere.kafka, TOCSIN_LEXICON=str(lexicon))
    assert "✓ ok   crc32c: loaded" in result.stdout
    assert "✗ fail Redis: no Redis at" in result.stdout


def test_a_redis_with_an_append_only_file_and_nothing_stored_is_fine(
    nowhere: Settings, redis_url: str, namespace: str
) -> None:
    settings = nowhere.model_copy(update={"redis": redis_url, "namespace": namespace})
    findings = {finding.check: finding for finding in examine(settings)}
    assert findings["Redis"].level == "ok"
    assert findings["Redis memory"].level == "ok"
    assert findings["Redis append-only file"].level == "ok"
    assert findings["stored counts"].found == "none yet"


def test_an_eviction_policy_that_loses_counts_fails_once_memory_is_limited(
    nowhere: Settings, redis_url: str, redis: Redis
) -> None:
    settings = nowhere.model_copy(update={"redis": redis_url})
    try:
        redis.config_set("maxmemory-policy", "allkeys-lru")
        assert [finding.level for finding in found(settings, "Redis memory")] == ["warn"]
        redis.config_set("maxmemory", 1 << 30)
        (finding,) = found(settings, "Redis memory")
    finally:
        redis.config_set("maxmemory", 0)
        redis.config_set("maxmemory-policy", "noeviction")
    assert finding.level == "fail"
    assert "maxmemory-policy noeviction" in finding.remedy


def test_counts_stored_under_other_settings_fail_with_the_settings_to_go_back_to(
    nowhere: Settings, stored: Offline, stored_settings: Settings
) -> None:
    assert stored.judge.revisions
    settings = nowhere.model_copy(
        update={
            "redis": stored_settings.redis,
            "namespace": stored_settings.namespace,
            "bucket_seconds": 5,
            "partitions": 1,
        }
    )
    remedies = " ".join(finding.remedy for finding in found(settings, "stored counts") if finding.level == "fail")
    assert "TOCSIN_BUCKET_SECONDS=30" in remedies
    assert "TOCSIN_LEXICON" in remedies  # theirs is another: LEXICON
    assert LEXICON not in remedies
    assert "TOCSIN_PARTITIONS" not in remedies


class Answering(BaseHTTPRequestHandler):
    """Answers /health/ready as its server is told to."""

    def do_GET(self) -> None:
        self.send_response(self.server.answer if self.path == "/health/ready" else 404)
        self.end_headers()
        self.wfile.write(b"no partition is assigned yet\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def answering() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "level", "words"),
    [(200, "ok", "is ready"), (503, "warn", "no partition is assigned yet"), (404, "fail", "something else")],
)
def test_the_metrics_port_tells_whether_a_worker_answers(
    nowhere: Settings, answering: HTTPServer, answer: int, level: str, words: str
) -> None:
    answering.answer = answer
    settings = nowhere.model_copy(update={"metrics_port": answering.server_port})
    (finding,) = found(settings, "metrics port")
    assert finding.level == level
    assert words in finding.found


def test_a_free_metrics_port_is_fine(nowhere: Settings) -> None:
    (finding,) = found(nowhere, "metrics port")
    assert (finding.level, "is free" in finding.found) == ("ok", True)


def test_an_address_of_another_machine_cannot_be_used(nowhere: Settings) -> None:
    elsewhere = nowhere.model_copy(update={"metrics_host": "host.invalid"})
    (finding,) = found(elsewhere, "metrics port")
    assert finding.level == "fail"


def eventually(settings: Settings, check: str, words: str) -> Finding:
    """A broker that has never seen a group cannot answer at once."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for finding in found(settings, check):
            if words in finding.found:
                return finding
        time.sleep(0.2)
    pytest.fail(f"{check} never said: {words}")


def test_topics_partitions_and_lag_are_read_from_kafka(nowhere: Settings, kafka: KafkaServer, namespace: str) -> None:
    settings = nowhere.model_copy(update={"kafka": kafka.bootstrap, "namespace": namespace, "partitions": 2})
    posts, group = settings.topics.posts.name, f"group {settings.group}"
    assert [finding.level for finding in found(settings, f"topic {posts}")] == ["warn"]
    create_topics(settings)
    assert [finding.found for finding in found(settings, f"topic {posts}")] == ["2 partitions"]
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for _ in range(3):
            producer.send(posts, b"{}", partition=1).get(10)
    idle = eventually(settings, group, "has never committed")
    assert (idle.level, idle.remedy) == ("warn", "Start a worker: tocsin worker")
    with KafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=settings.group) as consumer:
        consumer.assign([TopicPartition(posts, 1)])
        consumer.commit({TopicPartition(posts, 1): OffsetAndMetadata(1, "", -1)})
    busy = eventually(settings, group, "not committed")
    assert busy.found == "no worker belongs to it; records not committed, by partition: 0: 0, 1: 2 (steady)"
    assert (busy.level, busy.remedy) == ("fail", "Start a worker: tocsin worker")


def test_a_topic_with_other_partitions_fails(nowhere: Settings, kafka: KafkaServer, namespace: str) -> None:
    settings = nowhere.model_copy(update={"kafka": kafka.bootstrap, "namespace": namespace, "partitions": 2})
    create_topics(settings)
    other = settings.model_copy(update={"partitions": 3})
    (finding,) = found(other, f"topic {settings.topics.posts.name}")
    assert finding.level == "fail"
    assert "TOCSIN_PARTITIONS=2" in finding.remedy
