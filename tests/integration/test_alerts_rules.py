"""Alert rules, run by Prometheus's own test program."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from servers.missing import MissingError, go_without
from servers.prometheus import program

FILES = Path(__file__).parents[2] / "dashboards/prometheus"
CASES = {path.stem: path for path in sorted((FILES / "tests").glob("*.yml"))}
METRIC = re.compile(r"\b(?:tocsin_[a-z_]+|up)\b(?!=)")  # not the name of a label
ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load((FILES / "rules/alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
ASKED = [(name, metric) for name, rule in ALERTS.items() for metric in sorted(set(METRIC.findall(rule["expr"])))]


@pytest.fixture(scope="module")
def promtool() -> str:
    try:
        return program("promtool")
    except MissingError as error:
        go_without(error)


@pytest.mark.parametrize("path", CASES.values(), ids=CASES)
def test_the_rules_pass_their_own_tests(promtool: str, path: Path) -> None:
    assert run(promtool, path) == ""


@pytest.mark.parametrize(("alert", "metric"), ASKED)
def test_a_typo_in_a_metric_of_an_alert_is_noticed(promtool: str, tmp_path: Path, alert: str, metric: str) -> None:
    for name in ("recording.yml", "alerts.yml"):
        (tmp_path / name).write_text((FILES / "rules" / name).read_text(encoding="utf-8"), encoding="utf-8")
    groups = yaml.safe_load((FILES / "rules" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for group in groups:
        for rule in group["rules"]:
            if rule["alert"] == alert:
                rule["expr"] = re.sub(rf"\b{metric}\b(?!=)", f"{metric}x", rule["expr"])
    (tmp_path / "alerts.yml").write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")
    failed = []
    for path in (CASES["incidents"], CASES["pipeline"]):  # thirty days take long, and would tell nothing more
        cases = yaml.safe_load(path.read_text(encoding="utf-8"))
        cases["rule_files"] = ["recording.yml", "alerts.yml"]
        told = [test for test in cases["tests"] if alert in str(test["alert_rule_test"])]
        (tmp_path / path.name).write_text(yaml.safe_dump({**cases, "tests": told}), encoding="utf-8")
        failed.append(f"alertname: {alert}" in run(promtool, tmp_path / path.name))
    assert any(failed)


def run(promtool: str, path: Path) -> str:
    """Run the cases of a file: what failed, or nothing."""
    done = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, check=False, timeout=300)
    return done.stdout + done.stderr if done.returncode else ""
