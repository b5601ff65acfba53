"""Whoever may not come in is told so: at once, by name, with the remedy, and without a secret in any word."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaConsumer
from redis import Redis
from redis.exceptions import NoPermissionError
from servers.certificates import Authority
from servers.pipeline import tocsin, until
from servers.secure import SecureKafka, SecureRedis

from dashboards.reader import Reader
from producers.broker import client_options, connect
from producers.recording.topic import open_topic
from tocsin.cli.topics import create_topics
from tocsin.environment import without_ours
from tocsin.errors import RefusedError, UnavailableError
from tocsin.settings import Settings

SettingsOf = Callable[..., Settings]
PLAIN = {"kafka_security": "plaintext", "kafka_ca": None, "kafka_user": None, "kafka_password": None}


@pytest.fixture(scope="session", autouse=True)
def _topics(settings_of: SettingsOf) -> None:
    worker = settings_of("worker")
    create_topics(worker)
    # Who may read as a group, a broker can tell of groups only that somebody has joined.
    until(lambda: _may_join(worker), lambda: "nobody may join", seconds=180)


def _may_join(worker: Settings) -> bool:
    """Join the workers' group. Whoever comes before all know of the topic is given none of it, and must come anew."""
    with KafkaConsumer(**client_options(worker.broker), group_id=worker.group) as member:
        member.subscribe([worker.topics.posts.name])
        for _ in range(20):
            member.poll(timeout_ms=500)
            if member.assignment():
                return True
    return False


@pytest.fixture
def other_authority(tmp_path: Path) -> Authority:
    home = tmp_path / "other"
    home.mkdir()
    return Authority(home)


def refused_by_kafka(settings: Settings, attempt: Callable[[Settings, Callable[[str], None]], object]) -> str:
    """What an attempt is told; fails if it was tried a second time, for that cannot help."""
    waits: list[str] = []
    with pytest.raises(RefusedError) as refused:
        attempt(settings, waits.append)
    assert waits == []
    words = str(refused.value)
    assert settings.kafka in words
    if settings.kafka_password:
        assert settings.kafka_password.get_secret_value() not in words
    return words


def prepare(settings: Settings, on_wait: Callable[[str], None]) -> None:
    create_topics(settings, on_wait=on_wait)


def write(settings: Settings, on_wait: Callable[[str], None]) -> None:
    with connect(settings.broker, settings.topics.posts, on_wait=on_wait):
        pass


def record(settings: Settings, on_wait: Callable[[str], None]) -> None:
    open_topic(settings.broker, settings.topics.posts.name, "earliest", on_wait=on_wait).close()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"kafka_password": "not-the-password"}, "does not accept the user tocsin-worker.*TOCSIN_KAFKA_PASSWORD"),
        ({"kafka_user": "nobody"}, "does not accept the user nobody.*TOCSIN_KAFKA_USER"),
        ({"kafka_mechanism": "PLAIN"}, "does not take passwords by PLAIN.*TOCSIN_KAFKA_MECHANISM"),
        (PLAIN, "does not speak plain Kafka: perhaps it asks for TLS.*TOCSIN_KAFKA_SECURITY"),
        ({**PLAIN, "kafka_security": "ssl"}, "TOCSIN_KAFKA_CA must name the PEM file"),
    ],
    ids=["wrong password", "unknown user", "mechanism", "plaintext to TLS", "an authority that is not the system's"],
)
def test_kafka_shuts_its_door_and_one_is_told_why(settings_of: SettingsOf, told: dict[str, object], words: str) -> None:
    found = refused_by_kafka(settings_of("worker", **told), prepare)
    assert re.search(words, found), found


def test_a_certificate_of_somebody_else_is_not_trusted(settings_of: SettingsOf, other_authority: Authority) -> None:
    words = refused_by_kafka(settings_of("worker", kafka_ca=other_authority.certificate), prepare)
    assert "showed a certificate that is not trusted" in words
    assert "TOCSIN_KAFKA_CA" in words


def test_a_host_that_is_not_in_the_certificate_is_not_trusted(
    settings_of: SettingsOf, secure_kafka: SecureKafka
) -> None:
    port = secure_kafka.bootstrap.rpartition(":")[2]
    words = refused_by_kafka(settings_of("worker", kafka=f"localhost:{port}"), prepare)
    assert "Hostname mismatch" in words


def test_tls_to_a_port_without_it_is_tried_again_with_a_hint(
    settings_of: SettingsOf, secure_kafka: SecureKafka
) -> None:
    settings = settings_of("worker", kafka=secure_kafka.controller)
    with pytest.raises(UnavailableError, match="no answer to the TLS handshake; is that its TLS port"):
        create_topics(settings, patience_seconds=0)


@pytest.mark.parametrize(
    ("role", "attempt", "words"),
    [
        ("reader", write, "does not allow tocsin-reader to write the topic secure.posts"),
        ("recorder", write, "does not allow tocsin-recorder to write the topic secure.posts"),
        ("worker", write, "does not allow tocsin-worker to write the topic secure.posts"),
        ("producer", record, "does not allow tocsin-producer to read the topic secure.posts"),
        ("reader", record, "does not allow tocsin-reader to read the topic secure.posts"),
        ("reader", prepare, "does not allow tocsin-reader to read as the group secure.tocsin"),
        ("producer", prepare, "does not allow tocsin-producer to read as the group secure.tocsin"),
    ],
)
def test_a_role_may_not_do_the_work_of_another(
    settings_of: SettingsOf, role: str, attempt: Callable[[Settings, Callable[[str], None]], object], words: str
) -> None:
    told = refused_by_kafka(settings_of(role), attempt)
    assert words in told
    assert "kafka-acls.sh" in told


def test_a_producer_is_not_let_near_any_other_topic(settings_of: SettingsOf) -> None:
    settings = settings_of("producer")
    for topic in (settings.topics.dead, settings.topics.tallies, settings.topics.incidents):
        told = refused_by_kafka(settings, lambda s, w, topic=topic: connect(s.broker, topic, on_wait=w))
        assert "does not allow tocsin-producer" in told


def test_a_refused_command_ends_with_code_2_without_a_traceback_or_a_secret(settings_of: SettingsOf) -> None:
    settings = settings_of("reader")
    refused = tocsin("replay", "poison", "--speed", "max", settings=settings)
    assert refused.returncode == 2
    assert "tocsin: Kafka at" in refused.stderr
    assert "does not allow tocsin-reader to write" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert settings.kafka_password is not None
    assert settings.kafka_password.get_secret_value() not in refused.stderr + refused.stdout


def test_doctor_tells_what_kafka_and_redis_refuse(settings_of: SettingsOf) -> None:
    settings = settings_of("reader", kafka_password="not-the-password", redis=_wrong(settings_of("reader").redis))
    done = tocsin("doctor", "--json", settings=settings)
    found = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == 1
    assert "does not accept the user tocsin-reader" in found["Kafka"]["found"]
    assert "does not accept this user or password (tocsin-reader)" in found["Redis"]["found"]
    assert "not-the-password" not in done.stdout + done.stderr


def test_a_worker_that_may_not_write_to_redis_ends_before_it_counts(settings_of: SettingsOf) -> None:
    settings = settings_of("worker", "reader")
    done = subprocess.run(
        [sys.executable, "-m", "processors"],
        env={**without_ours(os.environ), **settings.environment()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stderr[-2000:]
    assert "does not allow the user tocsin-reader to do this" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("user", "password", "words"),
    [
        ("tocsin-reader", "not-the-password", "does not accept this user or password .tocsin-reader"),
        ("nobody", "not-the-password", "does not accept this user or password .nobody"),
        ("", "", "does not accept this user or password .no user was named"),
    ],
)
def test_redis_shuts_its_door_and_one_is_told_why(
    secure_redis: SecureRedis, settings_of: SettingsOf, user: str, password: str, words: str
) -> None:
    url = secure_redis.url_of(user, password) if user else secure_redis.url
    settings = settings_of("reader", redis=url)
    with Reader(settings.redis_url, settings.redis_prefix) as reader, pytest.raises(RefusedError, match=words) as told:
        reader.status()
    assert reader.address in str(told.value)
    assert not password or password not in str(told.value)


def test_a_redis_of_somebody_else_is_not_trusted(settings_of: SettingsOf, other_authority: Authority) -> None:
    settings = settings_of("reader", redis_ca=other_authority.certificate)
    with (
        Reader(settings.redis_url, settings.redis_prefix) as reader,
        pytest.raises(RefusedError, match="TOCSIN_REDIS_CA"),
    ):
        reader.status()


def test_plain_words_to_a_redis_behind_tls_get_a_hint(secure_redis: SecureRedis) -> None:
    url = secure_redis.url.replace("rediss://", "redis://")
    with Reader(url, "tocsin:") as reader, pytest.raises(UnavailableError, match="perhaps it asks for TLS: rediss://"):
        reader.status()


@pytest.mark.parametrize(
    "command", ["SET elsewhere 1", "FLUSHALL", "CONFIG GET *", "KEYS *", "ACL LIST", "EVAL return 0"]
)
def test_a_worker_in_redis_is_kept_to_its_keys_and_commands(settings_of: SettingsOf, command: str) -> None:
    with Redis.from_url(settings_of("worker", "worker").redis_url) as redis:
        redis.hset("tocsin:secure:probe", "a", "1")
        redis.delete("tocsin:secure:probe")
        with pytest.raises(NoPermissionError):
            redis.execute_command(*command.split())


def _wrong(url: str) -> str:
    """The same address and user with another password."""
    head, _, place = url.rpartition("@")
    return f"{head.rsplit(':', 1)[0]}:not-the-password@{place}"
