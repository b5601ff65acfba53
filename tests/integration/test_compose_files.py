"""What compose mounts is what runs here: the very files, in the very programs, with the flags that compose gives them.

Grafana is not among the programs: its dashboards' queries are asked in test_dashboards, and its provisioning is read in
tests/unit/test_compose.py.
"""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers.alertmanager import AlertmanagerServer
from servers.missing import running
from servers.prometheus import PrometheusServer

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
# Files beside those that run: other ways to be told, which test_alerts_inhibition runs, and Prometheus without compose,
# which test_dashboards and test_alerts_end_to_end run with its targets; and the cases with which promtool tries rules.
ELSEWHERE = {"slack.yml", "email.yml", "prometheus.yml", "alertmanagers.yml", "workers.yml"}
CASES = ROOT / "dashboards/prometheus/tests"


def mounts(name: str) -> dict[str, Path]:
    """The folders of the repository that a service sees, by where it sees them."""
    split = (mount.split(":") for mount in SERVICES[name].get("volumes", []))
    return {target: ROOT / source for source, target, *_ in split if source.startswith(".")}


def config_of(name: str) -> Path:
    """The file that a service runs."""
    (flag,) = (word for word in SERVICES[name]["command"] if word.startswith("--config.file="))
    path = Path(flag.removeprefix("--config.file="))
    return mounts(name)[str(path.parent)] / path.name


def flags_of(name: str) -> list[str]:
    """The other flags, without those that say where things are."""
    theirs = ("--config.file=", "--storage.tsdb.path=", "--storage.path=", "--cluster.")
    return [word for word in SERVICES[name]["command"] if not word.startswith(theirs)]


@pytest.mark.parametrize("name", ["prometheus", "history"])
def test_prometheus_runs_what_compose_mounts(name: str, tmp_path: Path) -> None:
    config = config_of(name)
    for server in running(lambda home: PrometheusServer(home, config, flags_of(name)), tmp_path):
        groups = server.ask("rules")["groups"]
    wanted = {
        path
        for pattern in yaml.safe_load(config.read_text()).get("rule_files", [])
        for path in config.parent.glob(pattern)
    }
    assert {Path(group["file"]).resolve() for group in groups} == wanted
    assert all(rule["health"] != "err" for group in groups for rule in group["rules"])


def test_alertmanager_runs_what_compose_mounts(tmp_path: Path) -> None:
    config = config_of("alertmanager")
    for server in running(lambda home: AlertmanagerServer(home, config), tmp_path):
        with urllib.request.urlopen(f"http://{server.address}/api/v2/status", timeout=20) as answer:
            told = yaml.safe_load(json.load(answer)["config"]["original"])
    assert [receiver["name"] for receiver in told["receivers"]] == [
        receiver["name"] for receiver in yaml.safe_load(config.read_text())["receivers"]
    ]


def test_nothing_is_mounted_that_does_not_run_in_some_test() -> None:
    seen = {
        path for name in SERVICES for folder in mounts(name).values() for path in folder.rglob("*") if path.is_file()
    }
    configs = [config_of(name) for name in ("prometheus", "history", "alertmanager")]
    run = set(configs)
    for config in configs:
        told = yaml.safe_load(config.read_text())
        for pattern in [*told.get("rule_files", []), *told.get("templates", [])]:
            run |= set(config.parent.glob(pattern))
    rest = {path for path in seen - run if path.parent != CASES}
    grafana = {path for path in rest if ROOT / "dashboards/grafana" in path.parents}
    assert {path.suffix for path in grafana} == {".json", ".yml"}
    assert {path.name for path in rest - grafana} == ELSEWHERE
