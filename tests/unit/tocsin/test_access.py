import ssl
from pathlib import Path

import pytest
from aiokafka.errors import AuthenticationFailedError
from aiokafka.errors import TopicAuthorizationFailedError as AioTopicAuthorizationFailedError
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
)
from pydantic import SecretStr
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from tocsin.access import Broker, explain_kafka, explain_redis, no_redis, redis_user
from tocsin.errors import RefusedError, SettingsError
from tocsin.settings import load_settings

BROKER = Broker("kafka:9093", "sasl_ssl", None, "alice", SecretStr("hush-hush"))
LOCKED = {"kafka_security": "sasl_ssl", "kafka_user": "alice", "kafka_password": "hush-hush"}


@pytest.mark.parametrize("error", [SaslAuthenticationFailedError(), AuthenticationFailedError("no")])
def test_both_client_libraries_of_kafka_tell_of_a_wrong_password_in_the_same_words(error: Exception) -> None:
    told = explain_kafka(error, BROKER)
    assert "kafka:9093 does not accept the user alice" in str(told)
    assert "TOCSIN_KAFKA_PASSWORD" in str(told)
    assert "hush" not in str(told)


@pytest.mark.parametrize("error", [TopicAuthorizationFailedError(), AioTopicAuthorizationFailedError()])
def test_a_missing_right_names_what_was_tried(error: Exception) -> None:
    assert "does not allow alice to write to posts (a right on the topic is missing)" in str(
        explain_kafka(error, BROKER, "write to posts")
    )
    assert "consumer group" in str(explain_kafka(GroupAuthorizationFailedError(), BROKER))


def test_the_cause_tells_when_the_error_around_it_does_not() -> None:
    error = KafkaConnectionError("could not connect")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    error.__cause__.verify_message = "self-signed certificate"
    assert "not trusted: self-signed certificate. TOCSIN_KAFKA_CA" in str(explain_kafka(error, BROKER))


def test_a_broker_that_is_away_has_refused_nothing() -> None:
    assert explain_kafka(KafkaConnectionError(), BROKER) is None
    assert explain_redis(RedisConnectionError("Connection refused"), "h:1/0", None) is None
    assert explain_redis(ResponseError("OOM command not allowed"), "h:1/0", None) is None


def test_redis_tells_of_users_and_rights() -> None:
    assert "password (bob)" in str(explain_redis(AuthenticationError("WRONGPASS"), "h:1/0", "bob"))
    told = explain_redis(NoPermissionError("NOPERM this user has no permissions"), "h:1/0", "bob")
    assert "does not allow the user bob to do this" in str(told)


def test_what_was_to_be_written_is_not_quoted_when_redis_refuses_it() -> None:
    words = "Command # 1 (HSET tocsin:log 0 {secret}) of pipeline caused error: this user has no permissions"
    told = explain_redis(NoPermissionError(words), "h:1/0", "bob")
    assert "secret" not in str(told)
    assert "(this user has no permissions)" in str(told)


def test_a_redis_that_hangs_up_gets_a_hint_about_tls() -> None:
    assert "rediss://" in no_redis(RedisConnectionError("Connection closed by server."), "h:1/0")
    assert "rediss://" not in no_redis(RedisConnectionError("Connection refused"), "h:1/0")


def test_a_user_in_a_url_is_read_as_it_was_meant() -> None:
    assert redis_user("redis://ann%40home:x@h:1/0") == "ann@home"
    assert redis_user("redis://:x@h:1/0") is None


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing")
    with pytest.raises(SettingsError, match=r"TOCSIN_KAFKA_CA = .*ca.pem: no certificate in it"):
        Broker("kafka:9093", "ssl", file).tls()


def test_a_plain_way_has_no_tls_and_a_locked_one_checks_the_name() -> None:
    assert Broker("kafka:9092").tls() is None
    tls = BROKER.tls()
    assert tls is not None
    assert tls.check_hostname
    assert tls.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"kafka_password": "hush-hush"}, "nobody would ask for it"),
        ({"kafka_user": "alice", "kafka_security": "ssl"}, "Set TOCSIN_KAFKA_SECURITY=sasl_ssl"),
        ({"kafka_security": "sasl_ssl"}, "TOCSIN_KAFKA_USER and TOCSIN_KAFKA_PASSWORD must be set too"),
        ({"kafka_security": "sasl_ssl", "kafka_user": "alice"}, ": TOCSIN_KAFKA_PASSWORD must be set too"),
        ({"kafka_ca": __file__}, "TOCSIN_KAFKA_CA is set, but"),
        ({**LOCKED, "kafka_ca": "/no/such.pem"}, "TOCSIN_KAFKA_CA = /no/such.pem: no such file"),
        ({"redis_ca": __file__}, "must begin with rediss://"),
        ({"redis": "rediss://h:1/0", "redis_ca": "/no/such.pem"}, "TOCSIN_REDIS_CA = /no/such.pem: no such file"),
        ({"redis": "rediss://h:1/0?ssl_cert_reqs=none"}, "would let anybody pass for Redis"),
        ({"kafka_security": "SASL"}, "TOCSIN_KAFKA_SECURITY = 'SASL'"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(told: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(**told)
    assert words in str(refused.value)
    assert "hush" not in str(refused.value)


def test_the_password_of_kafka_is_never_shown() -> None:
    settings = load_settings(**LOCKED)
    assert "hush" not in f"{settings!r} {settings} {settings.broker!r} {settings.broker}"
    assert settings.broker.secret == "hush-hush"
    assert settings.environment()["TOCSIN_KAFKA_PASSWORD"] == "hush-hush"


def test_the_authority_of_redis_goes_with_its_url() -> None:
    settings = load_settings(redis="rediss://h:1/0?socket_timeout=1", redis_ca=__file__)
    assert settings.redis_url.startswith("rediss://h:1/0?socket_timeout=1&ssl_ca_certs=")
    assert load_settings(redis="redis://h:1/0").redis_url == "redis://h:1/0"


def test_what_a_door_refuses_ends_a_process_for_good() -> None:
    assert RefusedError.exit_code == SettingsError.exit_code
