from pathlib import Path

import pytest

from tocsin.access import redis_address
from tocsin.clocks import Rules
from tocsin.errors import SettingsError, TocsinError
from tocsin.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TOCSIN_{name.upper()}", raising=False)
    monkeypatch.delenv("TOCSIN_CONFIG", raising=False)


def test_defaults_listen_on_loopback_and_have_no_password() -> None:
    settings = load_settings()
    assert settings.metrics_host == "127.0.0.1"
    assert settings.kafka.startswith("127.0.0.1:")
    assert "@" not in settings.redis
    assert settings.author_key is None


def test_arguments_win_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text("partitions = 8\nbucket_seconds = 10\nnamespace = 'file'\n")
    monkeypatch.setenv("TOCSIN_CONFIG", str(file))
    monkeypatch.setenv("TOCSIN_PARTITIONS", "16")
    settings = load_settings(namespace="argument")
    assert (settings.bucket_seconds, settings.partitions, settings.namespace) == (10, 16, "argument")


def test_every_wrong_setting_is_named_with_its_value_and_its_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_PARTITIONS", "0")
    monkeypatch.setenv("TOCSIN_REDIS", "http://somewhere")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    words = str(refused.value)
    assert "TOCSIN_PARTITIONS = '0'" in words
    assert "greater than or equal to 1" in words
    assert "Partitions of the topic posts" in words
    assert "TOCSIN_REDIS" in words


def test_a_setting_that_does_not_exist_is_refused_with_those_that_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text("bucket = 10\n")
    monkeypatch.setenv("TOCSIN_CONFIG", str(file))
    with pytest.raises(SettingsError, match=r"bucket: no such setting; known are: .*bucket_seconds"):
        load_settings()


def test_a_file_that_is_missing_or_no_toml_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match=r"no such file: .*none\.toml"):
        load_settings()
    broken = tmp_path / "broken.toml"
    broken.write_text("= 5")
    monkeypatch.setenv("TOCSIN_CONFIG", str(broken))
    with pytest.raises(SettingsError, match=r"broken\.toml"):
        load_settings()
    broken.write_text("kafka = " + "[" * 5_000)
    with pytest.raises(SettingsError, match=r"broken\.toml: nested too deep"):
        load_settings()


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_AUTHOR_KEY", "hush-hush")
    monkeypatch.setenv("TOCSIN_PARTITIONS", "none")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "hush" not in str(refused.value)
    assert "hush" not in repr(load_settings(partitions=1))


def test_another_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(partitions=3, namespace="x", author_key="a key", redis="redis://:secret@h:1/0")
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_a_namespace_keeps_topics_keys_and_group_apart() -> None:
    settings = load_settings(namespace="b")
    assert [topic.name for topic in settings.topics] == ["b.posts", "b.posts.dead", "b.tallies", "b.incidents"]
    assert (settings.redis_prefix, settings.group) == ("tocsin:b:", "b.tocsin")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://127.0.0.1:6380/2", "127.0.0.1:6380/2"),
        ("rediss://user:hush@store", "store:6379/0"),
        ("unix:///run/redis.sock", "/run/redis.sock"),
    ],
)
def test_where_redis_is_can_be_said_without_its_password(url: str, address: str) -> None:
    assert redis_address(url) == address


def test_a_redis_url_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(SettingsError) as refused:
        redis_address("redis://:hu/sh@host:6379/0")
    assert "sh" not in str(refused.value).replace("redis://USER:PASSWORD@HOST:PORT/DATABASE", "").split()


def test_every_number_out_of_its_bounds_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = [name for name, field in Settings.model_fields.items() if isinstance(field.default, int)]
    assert len(bounded) > 5
    for name in bounded:
        with pytest.raises(SettingsError, match=rf"TOCSIN_{name.upper()} = -1: .*greater than or equal to"):
            load_settings(**{name: -1})
        monkeypatch.setenv(f"TOCSIN_{name.upper()}", "many")
        with pytest.raises(SettingsError, match=rf"TOCSIN_{name.upper()} = 'many': .*valid integer"):
            load_settings()
        monkeypatch.delenv(f"TOCSIN_{name.upper()}")


@pytest.mark.parametrize("namespace", ["Upper", "a b", "-x", "a.b", "x" * 32, "тест"])
def test_a_namespace_that_cannot_name_topics_is_refused(namespace: str) -> None:
    with pytest.raises(SettingsError, match="TOCSIN_NAMESPACE = "):
        load_settings(namespace=namespace)


def test_a_wrong_value_in_the_file_is_named_like_any_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text("bucket_seconds = 'five'\nlog_level = 'loud'\n")
    monkeypatch.setenv("TOCSIN_CONFIG", str(file))
    with pytest.raises(SettingsError) as refused:
        load_settings()
    first, second = sorted(str(refused.value).splitlines())
    assert first.startswith("TOCSIN_BUCKET_SECONDS = 'five'")
    assert second.startswith("TOCSIN_LOG_LEVEL = 'loud'")
    assert "'debug', 'info', 'warning' or 'error'" in second


def test_a_redis_url_that_is_refused_does_not_show_its_password() -> None:
    with pytest.raises(SettingsError, match="TOCSIN_REDIS") as refused:
        load_settings(redis="http://user:hush-hush@host:6379/0")
    assert "hush" not in str(refused.value)


def test_settings_that_are_shown_show_no_password_of_redis() -> None:
    assert "hush" not in repr(load_settings(redis="redis://:hush-hush@host:6379/0"))


def test_a_path_that_no_file_can_have_is_refused_like_one_that_does_not_exist():
    with pytest.raises(SettingsError, match=r"TOCSIN_KAFKA_CA = .*: no such file"):
        load_settings(kafka_security="ssl", kafka_ca="a" * 5000)


def test_settings_cannot_be_changed_once_they_are_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().partitions = 9  # type: ignore[misc]


def test_seconds_become_the_milliseconds_of_the_rules() -> None:
    settings = load_settings(bucket_seconds=10, allowed_lateness_seconds=3, blind_after_seconds=40, ahead_seconds=50)
    assert settings.rules == Rules(bucket_ms=10_000, lateness_ms=3_000, blind_ms=40_000, ahead_ms=50_000)


def test_without_a_namespace_names_stand_alone() -> None:
    settings = load_settings()
    assert [topic.name for topic in settings.topics] == ["posts", "posts.dead", "tallies", "incidents"]
    assert (settings.redis_prefix, settings.group) == ("tocsin:", "tocsin")


def test_a_wrong_setting_ends_the_process_in_a_way_that_says_do_not_try_again() -> None:
    assert (SettingsError.exit_code, TocsinError.exit_code) == (2, 1)
