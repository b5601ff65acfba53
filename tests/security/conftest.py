"""Servers with locks on their doors, and what each role is told in order to come in."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaProducer
from redis import Redis
from security.playing import Played, read_metrics
from servers.certificates import Authority
from servers.missing import MissingError, go_without, running
from servers.pipeline import tocsin, until
from servers.secure import SecureKafka, SecureRedis
from servers.workers import Workers
from streams.planted import broken, planted

from producers.broker import client_options
from tocsin.cli.children import free_port
from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings

NAMESPACE = "secure"  # the tests of a run share one, for rights are given by name


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    try:
        return Authority(tmp_path_factory.mktemp("authority"))
    except MissingError as error:
        go_without(error)


@pytest.fixture(scope="session")
def secure_kafka(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    for kafka in running(lambda home: SecureKafka(home, authority), tmp_path_factory.mktemp("secure-kafka")):
        kafka.allow_roles(NAMESPACE)
        yield kafka


@pytest.fixture(scope="session")
def secure_redis(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureRedis]:
    yield from running(lambda home: SecureRedis(home, authority), tmp_path_factory.mktemp("secure-redis"))


@pytest.fixture(scope="session")
def settings_of(secure_kafka: SecureKafka, secure_redis: SecureRedis, authority: Authority) -> Callable[..., Settings]:
    """Makes the settings of a role; what is given in addition wins."""

    def make(kafka_role: str, redis_role: str = "reader", **others: object) -> Settings:
        user = f"tocsin-{kafka_role}"
        told: dict[str, object] = {
            "namespace": NAMESPACE,
            "partitions": 2,
            "metrics_port": 0,
            "kafka": secure_kafka.bootstrap,
            "kafka_security": "sasl_ssl",
            "kafka_ca": authority.certificate,
            "kafka_user": user,
            "kafka_password": secure_kafka.passwords[user],
            "redis": secure_redis.url_of(f"tocsin-{redis_role}"),
            "redis_ca": authority.certificate,
        }
        return load_settings(**{**told, **others})

    return make


@pytest.fixture(scope="session")
def played(
    settings_of: Callable[..., Settings], secure_redis: SecureRedis, tmp_path_factory: pytest.TempPathFactory
) -> Played:
    """One run of everything, each role with its own rights: an archive of tweets, and lines that nobody can read."""
    home = tmp_path_factory.mktemp("played")
    worker, reader = settings_of("worker", "worker"), settings_of("reader")
    producer = settings_of("producer", author_key=secrets.token_hex(32))
    archive = home / "tweets.jsonl"
    tweets = planted()
    archive.write_text("\n".join(tweets))
    create_topics(worker)
    with closing(KafkaProducer(**client_options(producer.broker))) as sender:
        for line in broken():
            sender.send(producer.topics.posts.name, line, partition=0).get(30)
    port = free_port()
    workers = Workers(1, home, worker.environment(), port)
    try:
        replayed = tocsin("replay", str(archive), "--speed", "max", settings=producer)
        (home / "replay.log").write_text(replayed.stdout + replayed.stderr)
        assert replayed.returncode == 0, replayed.stderr
        with Redis.from_url(reader.redis_url) as redis:
            until(lambda: _has_rung(redis, reader, len(tweets)), workers.logs, seconds=300)
        metrics = read_metrics(port)
        arguments = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in workers.pids]
    finally:
        workers.stop()
    return Played(worker, reader, settings_of("recorder"), secure_redis.admin_url, home, arguments, [metrics])


def _has_rung(redis: Redis, settings: Settings, posts: int) -> bool:
    """Whether all posts are counted, every one of them once, and all that came of it has reached Kafka."""
    prefix = settings.redis_prefix
    revisions, published = redis.hget(f"{prefix}state", "revisions"), redis.get(f"{prefix}published")
    return int(redis.hget(f"{prefix}totals", "posts") or 0) == posts and revisions == published != b"0"
