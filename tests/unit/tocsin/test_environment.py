import re
from pathlib import Path

import pytest

from tocsin.environment import read_secrets, refuse_unknown, without_ours
from tocsin.errors import SettingsError
from tocsin.settings import SECRETS, Settings, load_settings

ROOT = Path(__file__).parents[3]


def look_at(**environment: str) -> None:
    refuse_unknown(environment, Settings.model_fields, SECRETS)


def test_a_misspelt_name_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(SettingsError, match=r"TOCSIN_KAFKA_SECURTY: .*mean TOCSIN_KAFKA_SECURITY\?"):
        look_at(TOCSIN_KAFKA_SECURTY="sasl_ssl")


def test_every_misspelt_name_is_told_at_once_and_no_value() -> None:
    with pytest.raises(SettingsError) as refused:
        look_at(TOCSIN_AUTOR_KEY="hush-hush", TOCSIN_42="1")
    assert "Did you mean TOCSIN_AUTHOR_KEY?" in str(refused.value)
    assert "TOCSIN_42: no such setting. docs/settings.md" in str(refused.value)
    assert "hush" not in str(refused.value)


def test_only_secrets_may_lie_in_files() -> None:
    look_at(TOCSIN_AUTHOR_KEY_FILE="/run/secrets/key")
    with pytest.raises(SettingsError, match="TOCSIN_PARTITIONS_FILE: no such setting"):
        look_at(TOCSIN_PARTITIONS_FILE="x")


def test_names_are_read_in_any_case_as_the_settings_are() -> None:
    look_at(tocsin_kafka="host:9092", PATH="/bin", Tocsin_Redis="redis://x")
    with pytest.raises(SettingsError, match="tocsin_kafak"):
        look_at(tocsin_kafak="host:9092")


@pytest.mark.parametrize(
    "name", ["docker-compose.yml", ".env.example", "dashboards/grafana/provisioning/datasources/tocsin.yml"]
)
def test_what_the_repository_sets_itself_is_known(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    names = set(re.findall(r"^\s*(TOCSIN_\w+)[:=]|\$\{?(TOCSIN_\w+)", text, re.MULTILINE))
    found = {one or other for one, other in names}
    assert found
    look_at(**dict.fromkeys(found, "x"))


def test_a_misspelt_variable_stops_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_KAFKA_SECURTY", "sasl_ssl")
    with pytest.raises(SettingsError, match="TOCSIN_KAFKA_SECURITY"):
        load_settings()


def test_a_secret_is_read_from_its_file_without_the_end_of_the_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text("hush-hush and more\n")
    monkeypatch.setenv("TOCSIN_AUTHOR_KEY_FILE", str(file))
    key = load_settings().author_key
    assert key is not None
    assert key.get_secret_value() == "hush-hush and more"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), (b"", "is empty"), (b"\xff\xfe", "no UTF-8 text")]
)
def test_a_file_without_a_secret_is_named(content: bytes | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"TOCSIN_REDIS_FILE = .*{words}"):
        read_secrets({"TOCSIN_REDIS_FILE": str(file)}, SECRETS)


def test_a_secret_in_two_places_is_refused_for_only_one_can_hold() -> None:
    with pytest.raises(SettingsError, match="TOCSIN_REDIS and TOCSIN_REDIS_FILE are both set"):
        read_secrets({"TOCSIN_REDIS": "redis://a", "TOCSIN_REDIS_FILE": "b"}, SECRETS)


def test_another_process_gets_none_of_our_variables_but_those_it_is_told() -> None:
    assert without_ours({"PATH": "/bin", "TOCSIN_REDIS_FILE": "x", "tocsin_kafka": "y"}) == {"PATH": "/bin"}
