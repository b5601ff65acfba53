"""Servers with locks on their doors, and what each role is told in order to come in."""

from collections.abc import Callable, Iterator

import pytest
from servers.certificates import Authority
from servers.missing import MissingError, go_without, running
from servers.secure import SecureKafka, SecureRedis

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
