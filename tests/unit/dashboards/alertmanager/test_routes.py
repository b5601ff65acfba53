"""Who is told of what, as Alertmanager's own tool reads the configuration."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers.missing import MissingError, go_without
from servers.prometheus import program

FILES = Path(__file__).parents[4] / "dashboards/alertmanager"
CONFIG = FILES / "alertmanager.yml"
RULES = FILES.parent / "prometheus/rules/alerts.yml"
ALERTS = {
    rule["alert"]: rule["labels"]["severity"]
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
LABELS = [
    (name, severity)
    for name, told in ALERTS.items()
    for severity in (("critical", "warning", "info") if told.startswith("{{") else (told,))
]


@pytest.fixture(scope="module")
def amtool() -> str:
    try:
        return program("amtool")
    except MissingError as error:
        go_without(error)


def checked(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def config() -> dict[str, Any]:
    return yaml.safe_load(CONFIG.read_text(encoding="utf-8"))


def test_alertmanager_takes_the_configuration(amtool: str) -> None:
    assert "1 templates" in checked(amtool, "check-config", CONFIG)


@pytest.mark.parametrize("path", sorted((FILES / "receivers").glob("*.yml")), ids=lambda path: path.stem)
def test_a_receiver_that_is_ready_to_be_filled_in_can_take_the_place_of_the_webhook(
    amtool: str, tmp_path: Path, path: Path
) -> None:
    (receiver,) = yaml.safe_load(path.read_text(encoding="utf-8"))["receivers"]
    assert receiver["name"] == "people"
    others = [one for one in config()["receivers"] if one["name"] != "people"]
    templates = [str(FILES / "templates/*.tmpl")]
    changed = {**config(), "receivers": [receiver, *others], "templates": templates}
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(changed), encoding="utf-8")
    checked(amtool, "check-config", tmp_path / "alertmanager.yml")


@pytest.mark.parametrize(("alert", "severity"), LABELS)
def test_whatever_is_worth_waking_somebody_reaches_people_and_nothing_else_does(
    amtool: str, alert: str, severity: str
) -> None:
    wanted = "nobody" if severity == "info" else "people"
    labels = [f"alertname={alert}", f"severity={severity}", "channel=sms"]
    told = checked(
        amtool, "config", "routes", "test", f"--config.file={CONFIG}", f"--verify.receivers={wanted}", *labels
    )
    assert told.strip() == wanted


def test_an_alert_that_nobody_thought_of_reaches_people(amtool: str) -> None:
    told = checked(amtool, "config", "routes", "test", f"--config.file={CONFIG}", "alertname=Unknown")
    assert told.strip() == "people"


def test_no_secret_stands_in_a_configuration() -> None:
    secrets = ("auth_password:", "api_url:", "credentials:", "bearer_token:", "password:")
    for path in FILES.rglob("*.yml"):
        assert not any(word in path.read_text(encoding="utf-8") for word in secrets), path


def test_every_alert_that_is_inhibited_or_inhibits_exists() -> None:
    named = [
        matcher
        for rule in config()["inhibit_rules"]
        for matcher in [*rule["source_matchers"], *rule["target_matchers"]]
        if matcher.startswith("alertname=") and "+" not in matcher
    ]
    for matcher in named:
        value = matcher.split('"')[1]
        head, _, tail = value.partition("(")
        names = [head + part for part in tail.rstrip(")").split("|")] if tail else value.split("|")
        assert set(names) <= set(ALERTS), matcher
