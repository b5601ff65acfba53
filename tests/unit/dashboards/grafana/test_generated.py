"""The JSON that Grafana reads is what the source says."""

import json
import re
from typing import Any, get_args

import pytest

from dashboards.grafana.source.__main__ import FOLDER, PAGE, documented, generated
from dashboards.grafana.source.frame import TAG
from dashboards.grafana.source.queries import panels_of
from dashboards.grafana.source.style import PLAIN
from dashboards.grafana.source.verdicts import SEVERITIES, STATES
from tocsin.incidents import Severity
from tocsin.paint import EXPECTED, KINDS
from tocsin.present import STATES as STATES_OF_CHANNELS

TEXTS = generated()
UIDS = {json.loads(text)["uid"] for text in TEXTS.values()}


@pytest.fixture(params=TEXTS)
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    return json.loads(TEXTS[request.param])


def test_what_is_committed_is_what_is_generated() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert committed == TEXTS, "run: python -m dashboards.grafana.source"


def test_the_documentation_lists_every_panel_in_the_words_of_grafana() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert documented(TEXTS) == page, "run: python -m dashboards.grafana.source"
    for text in TEXTS.values():
        for panel in panels_of(json.loads(text)):
            assert f"| {panel['title']} | {panel['description']} |\n" in page


def test_it_is_the_same_in_every_run() -> None:
    assert generated() == TEXTS


def test_every_state_and_every_severity_has_a_word_and_a_colour() -> None:
    assert {word for word, _ in STATES.values()} == set(STATES_OF_CHANNELS)
    assert {word.split(":")[0] for word, _ in SEVERITIES.values()} == {"calm", *get_args(Severity)}


def test_colours_are_those_of_the_pictures(board: dict[str, Any]) -> None:
    palette = {EXPECTED, PLAIN, *(color for color, _ in KINDS.values())}
    assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", json.dumps(board))) <= palette


def test_each_dashboard_leads_to_the_others_and_takes_its_choices_along(board: dict[str, Any]) -> None:
    assert board["uid"] in UIDS
    (link,) = board["links"]
    assert (link["type"], link["tags"], link["includeVars"], link["keepTime"]) == ("dashboards", [TAG], True, True)
    assert board["tags"] == [TAG]


def test_links_lead_to_dashboards_that_exist(board: dict[str, Any]) -> None:
    assert set(re.findall(r"/d/([\w-]+)", json.dumps(board))) <= UIDS


def test_what_is_repeated_and_filled_refers_to_what_is_there(board: dict[str, Any]) -> None:
    variables = {variable["name"] for variable in board["templating"]["list"]}
    for panel in panels_of(board):
        assert panel.get("repeat") in {None, *variables}
        names = {target.get("legendFormat") for target in panel["targets"]}
        for override in panel["fieldConfig"]["overrides"]:
            below = [p["value"] for p in override["properties"] if p["id"] == "custom.fillBelowTo"]
            assert {override["matcher"]["options"], *below} <= names


def test_times_are_in_utc_and_nothing_can_be_edited_away(board: dict[str, Any]) -> None:
    assert (board["timezone"], board["editable"]) == ("utc", False)


def test_numbers_are_those_of_the_end_of_the_time_that_is_shown(board: dict[str, Any]) -> None:
    """The last of a course would still stand there, and look calm, when the worker that told it has died."""
    numbers = [panel for panel in panels_of(board) if panel["type"] in {"stat", "bargauge", "table"}]
    assert numbers
    assert all(target["instant"] and not target["range"] for panel in numbers for target in panel["targets"])
