"""Alert rules, held against their tests, their runbooks, the documentation and the metrics that there are."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from servers.missing import MissingError, go_without
from servers.prometheus import program
from streams.silence import silence

from processors.metrics import Metrics
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.settings import load_settings

ROOT = Path(__file__).parents[4]
FILES = ROOT / "dashboards/prometheus"
RULES = FILES / "rules"
CASES = sorted((FILES / "tests").glob("*.yml"))
HEADINGS = ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation"]
METRIC = re.compile(r"\b(?:tocsin_[a-z_]+|up)\b(?!=)")  # up to the brace; not the name of a label


def rules(name: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((RULES / name).read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules("alerts.yml")}
RECORDED = {rule["record"]: rule for rule in rules("recording.yml")}


@pytest.fixture(scope="module")
def promtool() -> str:
    try:
        return program("promtool")
    except MissingError as error:
        go_without(error)


def config(name: str) -> dict[str, Any]:
    return yaml.safe_load((FILES / name).read_text(encoding="utf-8"))


def checked(*command: str | Path, text: bytes = b"") -> str:
    done = subprocess.run(command, input=text, capture_output=True, check=False, timeout=300)
    words = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, words
    return words


@cache
def exposed() -> bytes:
    """What a worker shows that has judged two hours with an outage in them."""
    settings = load_settings()
    metrics, offline = Metrics(), Offline(settings.rules, default_lexicon(), settings.false_page_days)
    metrics.worker.info({"version": "1", "namespace": ""})
    for line in silence():
        for judgement in offline.fold(line):
            metrics.on_judgement(judgement)
            if offline.judge.open:
                metrics.show(judgement, offline.judge, settings.rules)
    return generate_latest(metrics.registry)


@pytest.mark.parametrize("name", ["prometheus.yml", "compose.yml"])
def test_prometheus_takes_the_configuration(promtool: str, name: str) -> None:
    assert "SUCCESS" in checked(promtool, "check", "config", FILES / name)


def test_the_two_configurations_differ_in_nothing_but_where_things_are() -> None:
    native, compose = config("prometheus.yml"), config("compose.yml")
    for one in (native, compose):
        one["alerting"].pop("alertmanagers")
        (scrape,) = one["scrape_configs"]
        one["scrape_configs"] = [{key: value for key, value in scrape.items() if not key.endswith("_sd_configs")}]
    assert native == compose


def test_nothing_listens_or_calls_beyond_this_machine_by_default() -> None:
    for name in ("workers", "alertmanagers"):
        for group in yaml.safe_load((FILES / f"targets/{name}.yml").read_text(encoding="utf-8")):
            assert all(target.startswith("127.0.0.1:") for target in group["targets"])


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_has_a_case_in_which_it_rings_and_one_in_which_it_does_not(alert: str) -> None:
    cases = [
        case
        for path in CASES
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == alert
    ]
    assert any(case.get("exp_alerts") for case in cases)
    assert not all(case.get("exp_alerts") for case in cases)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_says_for_how_long_how_bad_and_what(alert: str) -> None:
    rule = ALERTS[alert]
    assert alert.startswith("Tocsin")
    assert rule["for"]
    assert rule["labels"]["severity"] in {"critical", "warning", "info", "{{ $labels.severity }}"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"]


@pytest.mark.parametrize("alert", ALERTS)
def test_the_runbook_of_an_alert_is_where_its_url_says(alert: str) -> None:
    base = config("prometheus.yml")["global"]["external_labels"]["runbooks"]
    url = ALERTS[alert]["annotations"]["runbook_url"].replace("{{ $externalLabels.runbooks }}", base)
    assert url.endswith(f"/{alert}.md")
    text = (ROOT / url).read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("#")] == [f"# {alert}", *HEADINGS]
    assert all(part.strip() for part in re.split("^#.*$", text, flags=re.MULTILINE)[2:])


def test_every_runbook_belongs_to_an_alert() -> None:
    assert {path.stem for path in (ROOT / "docs/runbooks").glob("*.md")} == set(ALERTS)


def test_what_keeps_others_quiet_comes_first_and_lasts_longest() -> None:
    kept = [int(rule["keep_firing_for"].removesuffix("m")) for rule in ALERTS.values() if "keep_firing_for" in rule]
    assert list(ALERTS)[:2] == ["TocsinMaintenance", "TocsinUnseen"]
    assert min(kept[:2]) > max(kept[2:])
    for alert in ("TocsinDown", "TocsinNoDetection"):  # known before what the judge has told ends for want of a gauge
        assert ALERTS[alert]["for"] in {"30s", "1m"}


def test_rules_ask_for_nothing_that_no_worker_shows() -> None:
    asked = {
        metric
        for rule in [*ALERTS.values(), *RECORDED.values()]
        for text in [rule["expr"], *rule.get("annotations", {}).values()]
        for metric in METRIC.findall(re.sub(r"\w+:\w+:\w+", "", text))
    }
    assert len(asked) > 10
    known = {re.split(r"[{ ]", line)[0] for line in exposed().decode().splitlines() if not line.startswith("#")}
    families = {line.split()[2] for line in exposed().decode().splitlines() if line.startswith("# TYPE")}
    assert asked - {"up"} <= known | families


def test_every_recorded_rate_is_used() -> None:
    texts = [str(ALERTS), *(path.read_text(encoding="utf-8") for path in ROOT.glob("dashboards/grafana/**/*.json"))]
    assert [name for name in RECORDED if not any(name in text for text in texts)] == []


def test_prometheus_finds_nothing_to_mend_in_what_a_worker_shows(promtool: str) -> None:
    assert b"tocsin_incident_open{" in exposed()
    assert checked(promtool, "check", "metrics", text=exposed()) == ""


def test_the_documented_alerts_are_the_alerts() -> None:
    rows = re.findall(
        r"^\| \[`(\w+)`\]\((.*?)\) \| (.*?) \| (\w+) \| (\w*) ?\|",
        (ROOT / "docs/alerts.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    severities = {"{{ $labels.severity }}": "of the incident"}
    assert sorted(rows) == sorted(
        (
            name,
            f"runbooks/{name}.md",
            severities.get(rule["labels"]["severity"], rule["labels"]["severity"]),
            rule["for"],
            rule.get("keep_firing_for", ""),
        )
        for name, rule in ALERTS.items()
    )
