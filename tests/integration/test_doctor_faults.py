"""Each fault is made on real servers; the doctor finds it, and says what to do."""

import json
import re
import time
from collections.abc import Callable, Iterator

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from redis import Redis
from servers.kafka import KafkaServer
from servers.pipeline import tocsin
from servers.workers import Workers

from tocsin.cli.children import free_port
from tocsin.cli.doctor import Finding, examine
from tocsin.cli.doctor.checks import Clock
from tocsin.cli.topics import create_topics
from tocsin.posts import Heartbeat, Post, encode
from tocsin.settings import Settings, load_settings

PARTITIONS = 2
HOUR = 3600.0


def diagnosis(settings: Settings, now: Callable[[], float] = time.time) -> dict[str, Finding]:
    """What the doctor finds, by check, without waiting for long between its two looks."""
    return {finding.check: finding for finding in examine(settings, Clock(now, lambda _: time.sleep(0.1)))}


def on_fire(settings: Settings, check: str, level: str, *words: str) -> Finding:
    """Make sure that a check finds something, and that the words are in what it found or in its remedy."""
    finding = diagnosis(settings)[check]
    assert finding.level == level, finding
    assert finding.remedy, finding
    for word in words:
        assert word in f"{finding.found} {finding.remedy}", finding
    return finding


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, namespace: str) -> Settings:
    """Of a deployment whose topics exist."""
    made = load_settings(
        kafka=kafka.bootstrap,
        redis=redis_url,
        namespace=namespace,
        partitions=PARTITIONS,
        metrics_port=free_port(),
        blind_after_seconds=5,
    )
    create_topics(made)
    return made


def keep_producers_times(bootstrap: str, topic: str) -> None:
    """Let a topic be as its first release made it. Now the broker stamps its records, and its clock cannot be moved."""
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        kept = {"message.timestamp.type": "CreateTime"}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, kept)])


@pytest.fixture
def write(kafka: KafkaServer) -> Iterator[Callable[..., None]]:
    """Write records, by default to every partition and of now."""
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:

        def write(topic: str, value: bytes, partitions: int = PARTITIONS, age: float = 0.0) -> None:
            at = int((time.time() - age) * 1000)
            if age:
                keep_producers_times(kafka.bootstrap, topic)
            for partition in range(partitions):
                producer.send(topic, value, partition=partition, timestamp_ms=at).get(20)

        yield write


@pytest.fixture(scope="module")
def worker(
    kafka: KafkaServer, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, Workers]]:
    """A deployment with a worker that runs, one source that is heard and one that has fallen silent."""
    settings = load_settings(
        kafka=kafka.bootstrap,
        redis=redis_url,
        namespace="t-doctor-worker",
        partitions=PARTITIONS,
        metrics_port=free_port(),
        blind_after_seconds=5,
    )
    create_topics(settings)
    now = int(time.time() * 1000) // 5000 * 5000
    records = [
        encode([Heartbeat(source, at, (source,)) for source in ("web", "sms") if source == "web" or at <= now - 30_000])
        for at in range(now - 60_000, now + 1, 2_500)
    ]
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for value in (*records, b"no json at all"):
            for partition in range(PARTITIONS):
                producer.send(settings.topics.posts.name, value, partition=partition).get(20)
    workers = Workers(1, tmp_path_factory.mktemp("worker"), settings.environment(), settings.metrics_port)
    try:
        with Redis.from_url(redis_url) as redis:
            deadline = time.monotonic() + 60
            while int(redis.hget(f"{settings.redis_prefix}state", "closed") or 0) < now // 5000 - 2:
                assert time.monotonic() < deadline, workers.logs()
                time.sleep(0.2)
        yield settings, workers
    finally:
        workers.stop()


def test_a_deployment_at_work_has_only_the_faults_that_it_has(worker: tuple[Settings, Workers]) -> None:
    settings, _ = worker
    found = diagnosis(settings)
    wrong = {check for check, finding in found.items() if finding.level != "ok"}
    assert wrong - {"Kafka disk"} == {"sources", "dead letters"}
    assert "is ready" in found["metrics port"].found
    assert found["group t-doctor-worker.tocsin"].found.startswith("1 worker;")


def test_a_dead_source_is_named_with_how_long_it_has_been_silent(worker: tuple[Settings, Workers]) -> None:
    finding = on_fire(worker[0], "sources", "warn", "TocsinBlind.md")
    assert re.fullmatch(r"blind, of 2: sms for (2[5-9]|30) s", finding.found)  # as of the last close


def test_dead_letters_are_counted_by_reason_and_not_shown(worker: tuple[Settings, Workers]) -> None:
    finding = on_fire(worker[0], "dead letters", "warn", "2 within the last hour (not_json: 2)", "TocsinDeadLetters.md")
    assert "at all" not in finding.found


def test_an_unreachable_broker_is_named(settings: Settings) -> None:
    away = settings.model_copy(update={"kafka": f"127.0.0.1:{free_port()}"})
    on_fire(away, "Kafka", "fail", away.kafka, "TOCSIN_KAFKA=")


def test_an_unreachable_redis_is_named(settings: Settings) -> None:
    port = free_port()
    away = settings.model_copy(update={"redis": f"redis://:s3cret@127.0.0.1:{port}/0"})
    assert "s3cret" not in on_fire(away, "Redis", "fail", str(port), "TOCSIN_REDIS=").found


def test_another_number_of_partitions_is_told_with_the_setting(settings: Settings) -> None:
    other = settings.model_copy(update={"partitions": PARTITIONS + 1})
    on_fire(other, f"topic {settings.topics.posts.name}", "fail", "2 partitions", "TOCSIN_PARTITIONS=2")


def test_a_topic_that_somebody_deleted_is_missed(settings: Settings, kafka: KafkaServer) -> None:
    tallies = settings.topics.tallies.name
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.delete_topics([tallies])
    on_fire(settings, f"topic {tallies}", "fail", "does not exist", "Restart: tocsin worker")


def test_retention_and_compaction_that_contradict_the_settings_are_told(settings: Settings, kafka: KafkaServer) -> None:
    posts, incidents = settings.topics.posts.name, settings.topics.incidents.name
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, posts, {"retention.ms": "60000"})])
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, incidents, {"cleanup.policy": "delete"})])
    on_fire(settings, f"topic {posts}", "warn", "60000", "retention.ms=86400000", "TOCSIN_POSTS_RETENTION_HOURS")
    on_fire(settings, f"topic {incidents}", "fail", "cleanup.policy=compact")


def test_a_clock_that_differs_from_redis_is_told_by_how_much(settings: Settings) -> None:
    found = diagnosis(settings, lambda: time.time() + HOUR)["Redis clock"]
    assert found.level == "fail"
    assert found.found in {"3,600 s behind this machine's", "3,599 s behind this machine's"}
    assert "NTP" in found.remedy
    assert diagnosis(settings)["Redis clock"].level == "ok"


def test_a_record_from_the_future_tells_of_a_producers_clock(settings: Settings, write: Callable[..., None]) -> None:
    write(settings.topics.posts.name, encode([Heartbeat("web", 0, ("web",))]), age=-HOUR)
    on_fire(settings, "Kafka clock", "fail", "ahead of this machine's clock", "NTP")


def test_an_eviction_policy_that_drops_counts_is_told(settings: Settings, redis: Redis) -> None:
    redis.config_set("maxmemory-policy", "allkeys-lru")
    redis.config_set("maxmemory", 1 << 30)
    try:
        on_fire(settings, "Redis memory", "fail", "allkeys-lru", "maxmemory-policy noeviction")
    finally:
        redis.config_set("maxmemory", 0)
        redis.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_is_nearly_full_is_told(settings: Settings, redis: Redis) -> None:
    try:
        redis.config_set("maxmemory", int(redis.info("memory")["used_memory"]) + 50_000)
        on_fire(settings, "Redis memory", "warn", "workers wait", "CONFIG SET maxmemory", "TOCSIN_KEEP_BUCKETS_HOURS")
    finally:
        redis.config_set("maxmemory", 0)


def test_a_redis_without_an_append_only_file_is_told(settings: Settings, redis: Redis) -> None:
    redis.config_set("appendonly", "no")
    try:
        on_fire(settings, "Redis append-only file", "warn", "after a crash", "appendonly yes")
    finally:
        redis.config_set("appendonly", "yes")


def test_a_state_of_another_version_is_told(settings: Settings, redis: Redis) -> None:
    state = {"version": "2", "bucket_ms": 5000, "partitions": PARTITIONS, "lexicon": "x", "closed": 1}
    redis.hset(f"{settings.redis_prefix}state", mapping={**state, "digest": "d", "revisions": 0})
    found = [finding for finding in examine(settings) if finding.check == "stored counts"]
    (version,) = [finding for finding in found if "version" in finding.found]
    assert version.level == "fail"
    assert "version = 2" in version.found
    assert "Upgrades in docs/operations.md" in version.remedy


def test_posts_that_no_worker_reads_are_told(settings: Settings, write: Callable[..., None]) -> None:
    write(settings.topics.posts.name, encode([Heartbeat("web", 0, ("web",))]))
    on_fire(settings, f"group {settings.group}", "warn", "never committed", "tocsin worker")


def test_a_backlog_is_told_by_how_long_it_has_waited(settings: Settings, write: Callable[..., None]) -> None:
    for age in (600.0, 0.0):
        write(settings.topics.posts.name, encode([Heartbeat("web", 0, ("web",))]), age=age)
    on_fire(settings, "lag", "warn", "10 min of what was written, 4 records", "Start more workers", "TocsinLag.md")


def test_a_stream_that_has_dried_up_is_told(settings: Settings, write: Callable[..., None]) -> None:
    write(settings.topics.posts.name, encode([Heartbeat("web", 0, ("web",))]), age=600.0)
    on_fire(settings, "stream", "warn", "nothing has come for 10 min", "collectors")


def test_event_time_that_stands_still_is_told(worker: tuple[Settings, Workers], write: Callable[..., None]) -> None:
    """Records come, but none of them is a heartbeat of the source that holds the watermark."""
    settings, _ = worker
    silent = encode([Post("p", int(time.time() * 1000), "web", "web", "a", "still here", "en", "x")])
    for age in (-600.0, -1200.0):
        write(settings.topics.posts.name, silent, age=age)
    on_fire(settings, "detection", "fail", "stalled", "no bucket has closed", "TocsinStalled.md")


def test_a_partition_without_heartbeats_is_named(settings: Settings, write: Callable[..., None]) -> None:
    write(settings.topics.posts.name, encode([Heartbeat("web", 0, ("web",))]), partitions=1)
    on_fire(settings, "stream", "fail", "ever written to partition 1", "heartbeats to every partition")


def test_a_worker_of_another_namespace_is_told(worker: tuple[Settings, Workers], settings: Settings) -> None:
    mistaken = settings.model_copy(update={"metrics_port": worker[0].metrics_port})
    on_fire(mistaken, "worker release", "warn", "t-doctor-worker", "TOCSIN_NAMESPACE")


def test_the_command_fails_and_prints_what_it_found(settings: Settings) -> None:
    other = settings.model_copy(update={"partitions": PARTITIONS + 1})
    run = tocsin("doctor", "--json", settings=other)
    assert run.returncode == 1
    levels = {finding["check"]: finding["level"] for finding in json.loads(run.stdout)}
    assert levels[f"topic {settings.topics.posts.name}"] == "fail"
