from pathlib import Path

import pytest

from tocsin.errors import SettingsError
from tocsin.settings import Settings, load_settings, redis_address


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
