"""Each rule lets the dashboards pass, and stops one that breaks it."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.grafana.source.lint import RULES, Labels, lint
from dashboards.grafana.source.queries import panels_of
from processors.metrics import Metrics
from tocsin.present import GAUGES

ROOT = Path(__file__).parents[4]
BOARDS = sorted((ROOT / "dashboards/grafana/dashboards").glob("*.json"))
# Prometheus's own.
OWN = {"up": frozenset[str](), "ALERTS": frozenset({"alertname", "alertstate", "severity"})}
_SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}  # of the others, the documentation knows the whole name


def exposed() -> Labels:
    """Every metric that may be asked for, with its labels."""
    found: dict[str, frozenset[str]] = {}
    documented = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*)\|", documented, re.MULTILINE):
        for suffix in _SUFFIXES.get(kind, ("",)):
            found[name + suffix] = frozenset(re.findall(r"`(\w+)`", labels))
    for path in (ROOT / "dashboards/prometheus/rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            found |= {rule["record"]: frozenset() for rule in group["rules"] if "record" in rule}
    return {**found, **OWN}


METRICS = exposed()


@pytest.fixture
def board() -> dict[str, Any]:
    """One with all that rules look at."""
    return json.loads((ROOT / "dashboards/grafana/dashboards/tocsin-live-pulse.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_every_dashboard_keeps_every_rule(path: Path) -> None:
    assert lint(json.loads(path.read_text(encoding="utf-8")), METRICS) == []


def test_metrics_and_their_labels_are_those_of_the_code() -> None:
    """Those that are documented, which another test compares; here their labels."""
    assert {name: METRICS[name] for name in GAUGES} == {name: frozenset(labels) for name, (_, labels) in GAUGES.items()}
    metrics = Metrics()
    metrics.worker.info({"version": "1", "namespace": "here"})
    metrics.late.labels("sms").inc()
    metrics.dead_letters.labels("not_json").inc()
    metrics.records.labels("0").inc()
    for metric in metrics.registry.collect():
        for sample in metric.samples:
            if not sample.name.endswith("_created"):
                assert set(sample.labels) - {"le"} == METRICS[sample.name]


def panel(board: dict[str, Any], kind: str = "timeseries") -> Any:
    return next(panel for panel in panels_of(board) if panel["type"] == kind)


def ask(board: dict[str, Any], expr: str) -> None:
    panel(board)["targets"][0]["expr"] = expr


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "no title": (lambda b: panel(b).pop("title"), "has no title"),
    "no description": (lambda b: panel(b).pop("description"), "does not say how it is read"),
    "no unit": (lambda b: panel(b)["fieldConfig"]["defaults"].pop("unit"), "has no unit"),
    "a typo in a unit": (lambda b: panel(b)["fieldConfig"]["defaults"].update(unit="percentunits"), "does not know"),
    "no words for states": (
        lambda b: panel(b, "state-timeline")["fieldConfig"]["defaults"].pop("mappings"),
        "has no words for its states",
    ),
    "a panel with a source of its own": (
        lambda b: panel(b).update(datasource={"type": "prometheus", "uid": "x"}),
        "asks",
    ),
    "a target with a source of its own": (lambda b: panel(b)["targets"][0].pop("datasource"), "asks None"),
    "an annotation with a source of its own": (
        lambda b: b["annotations"]["list"][0].update(datasource={"type": "prometheus", "uid": "x"}),
        "'Outage' asks",
    ),
    "a variable with a source of its own": (
        lambda b: b["templating"]["list"][1].pop("datasource"),
        "'channels' asks None",
    ),
    "no choice of the source": (lambda b: b["templating"]["list"].pop(0), "no choice of the data source"),
    "a rate of five minutes": (lambda b: ask(b, "sum(rate(tocsin_records_total[5m]))"), "a rate over [5m]"),
    "a rate in a rate": (
        lambda b: ask(b, "rate(tocsin_posts_total[$__rate_interval]) + irate(tocsin_posts_total[1m])"),
        "a rate over [1m]",
    ),
    "an id twice": (lambda b: panel(b).update(id=1), "2 panels have the id 1"),
    "no id": (lambda b: panel(b).pop("id"), "panels have the id None"),
    "no uid": (lambda b: b.pop("uid"), "has no uid"),
    "two panels in one place": (lambda b: b["panels"][1].update(gridPos=b["panels"][0]["gridPos"]), "covers"),
    "a panel that is too wide": (lambda b: b["panels"][0]["gridPos"].update(w=30), "beyond the last column"),
    "a typo in a metric": (lambda b: ask(b, "max(tocsin_termz)"), "there is no metric tocsin_termz"),
    "a typo behind an or": (lambda b: ask(b, "max(tocsin_terms) or vectr"), "there is no metric vectr"),
    "no metric": (lambda b: ask(b, "vector(1)"), "reads no metric"),
    "a typo in a label": (
        lambda b: ask(b, 'max(tocsin_incidents_open{knd="burst"})'),
        "tocsin_incidents_open has no label knd",
    ),
    "a typo in a grouping": (lambda b: ask(b, "max by (chanel) (tocsin_channel_state)"), "has a label chanel"),
    "a label that people write": (lambda b: ask(b, 'max(tocsin_incident_open{term="x"})'), "term is not bounded"),
    "a typo in a variable": (
        lambda b: b["templating"]["list"][1]["query"].update(query="label_values(tocsin_series_posts, sries)"),
        "has a label sries",
    ),
    "a typo in an annotation": (
        lambda b: b["annotations"]["list"][0]["target"].update(expr="max(tocsin_incident_opn)"),
        "there is no metric tocsin_incident_opn",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told(name: str, board: dict[str, Any]) -> None:
    break_it, words = BROKEN[name]
    break_it(board)
    assert any(words in fault for fault in lint(board, METRICS)), lint(board, METRICS)


def test_each_rule_stops_something(board: dict[str, Any]) -> None:
    idle = set(RULES)
    for break_it, _ in BROKEN.values():
        broken = copy.deepcopy(board)
        break_it(broken)
        idle -= {rule for rule in RULES if list(rule(broken, METRICS))}
    assert not idle
