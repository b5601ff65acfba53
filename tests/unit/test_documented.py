"""What exists is documented, and what is documented exists."""

import inspect
import re
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client.metrics_core import Metric
from typer.core import TyperGroup
from typer.main import get_group

from processors.metrics import Metrics
from producers.archive import Format
from producers.archive.importing import FAULTS, SKIP_REASONS
from producers.scenario import SCENARIOS, find_scenario, schema
from producers.scenario.doubts import doubts
from tocsin.cli.doctor import CHECKS
from tocsin.cli.main import COMMANDS, app
from tocsin.keys import Keys
from tocsin.settings import Settings, load_settings

DOCS = Path(__file__).parents[2] / "docs"
_SUFFIXES = {"counter": "_total", "info": "_info"}  # what the text format adds to a metric's name


def table(page: str, heading: str) -> list[list[str]]:
    """The cells of the table whose first column has this heading, without the backquotes."""
    rows: list[list[str]] = []
    inside = False
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        # A bar within a cell is written \|
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] if line.startswith("|") else []
        inside = bool(cells) and (inside or cells[0] == heading)
        if inside:
            rows.append([cell.removeprefix("`").removesuffix("`") for cell in cells])
    assert len(rows) > 2, f"docs/{page} has no table that begins with {heading!r}"
    return rows[2:]


def first_column(page: str, heading: str) -> list[str]:
    return [row[0] for row in table(page, heading)]


def metrics() -> list[Metric]:
    return list(Metrics().registry.collect())


def key_names() -> list[str]:
    """Every key, with its variable part as the documentation spells it."""
    keys, names = Keys("tocsin:"), []
    for name, member in vars(Keys).items():
        if isinstance(member, property):
            names.append(getattr(keys, name))
        elif inspect.isfunction(member) and not name.startswith("_"):
            _, parameter = inspect.signature(member).parameters
            names.append(f"{getattr(keys, name)(0).removesuffix('0')}<{parameter.removesuffix('_ms')}>")
    return names


def test_every_setting_is_documented_and_no_other() -> None:
    assert first_column("settings.md", "setting") == list(Settings.model_fields)


def test_the_documented_defaults_are_the_defaults() -> None:
    documented = {row[0]: row[1] for row in table("settings.md", "setting")}
    assert documented == {
        name: "" if field.default is None else str(field.default) for name, field in Settings.model_fields.items()
    }


def test_a_setting_is_documented_in_the_words_that_its_errors_use() -> None:
    for name, _, meaning in table("settings.md", "setting"):
        words = (Settings.model_fields[name].description or "").rstrip(".")
        assert meaning.replace("`", "").startswith(words), f"docs/settings.md, {name}: {words}"


def test_the_example_of_a_settings_file_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (DOCS / "settings.md").read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "tocsin.toml"
    path.write_text(example)
    monkeypatch.setenv("TOCSIN_CONFIG", str(path))
    assert load_settings().model_fields_set


def test_every_topic_is_documented_and_no_other() -> None:
    assert first_column("settings.md", "topic") == [topic.name for topic in load_settings(namespace="").topics]


def test_every_key_of_a_scenario_is_documented_as_it_is_read_and_no_other() -> None:
    sections = {
        "top": schema.TOP,
        "facts.NAME": schema.FACT.keys,
        "topics.NAME": schema.TOPIC.keys,
        "channels.NAME": schema.CHANNEL.keys,
        **{name: section.keys for name, section in schema.PARTS.items()},
        "flaws": schema.FLAWS.keys,
    }
    keys = [
        [name, key.name, key.kind.takes, "needed" if key.needed else key.default, key.meaning]
        for name, found in sections.items()
        for key in found
    ]
    keys = [[cell.removeprefix("`").removesuffix("`") for cell in row] for row in keys]
    assert table("scenarios.md", "section") == keys


def test_the_example_of_a_scenario_can_be_played(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "scenarios.md").read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "my.yaml"
    path.write_text(example, encoding="utf-8")
    scenario = find_scenario(str(path))
    assert list(doubts(scenario)) == []
    assert [event.evidence for event in scenario.truth() if event.kind == "outage"] == [("reports", "volume")]


def test_every_scenario_is_documented_and_no_other() -> None:
    assert first_column("scenarios.md", "scenario")[: len(SCENARIOS)] == list(SCENARIOS)


def test_every_metric_is_documented_and_no_other() -> None:
    exist = {f"{metric.name}{_SUFFIXES.get(metric.type, '')}" for metric in metrics()}
    documented = first_column("metrics.md", "metric")
    assert set(documented) == exist
    assert len(documented) == len(exist)


def test_the_documented_types_of_metrics_are_their_types() -> None:
    documented = {row[0]: row[1] for row in table("metrics.md", "metric")}
    assert documented == {f"{metric.name}{_SUFFIXES.get(metric.type, '')}": metric.type for metric in metrics()}


def test_every_redis_key_is_documented_and_no_other() -> None:
    assert sorted(first_column("redis.md", "key")) == sorted(key_names())


def test_every_command_is_documented_and_no_other() -> None:
    assert first_column("commands.md", "command") == [f"tocsin {name}" for name in COMMANDS]


def test_every_command_of_a_group_has_an_example() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    found = {name: get_group(app).get_command(None, name) for name in COMMANDS}
    groups = {name: command for name, command in found.items() if isinstance(command, TyperGroup)}
    assert groups
    for group, command in groups.items():
        for name in command.commands:
            assert f"    $ tocsin {group} {name}" in text, f"docs/commands.md: {group} {name} has no example"


def test_every_command_has_a_section_with_an_example() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (tocsin \w+)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    for name in first_column("commands.md", "command"):
        assert f"    $ {name}" in sections.get(name, ""), f"docs/commands.md: {name} has no example"


def test_the_glossary_is_in_alphabetical_order() -> None:
    words = first_column("glossary.md", "word")
    assert words == sorted(words)


def test_every_reason_to_skip_is_documented_and_no_other() -> None:
    documented = {row[0]: row[1] == "yes" for row in table("archives.md", "reason")}
    assert documented == {reason: reason in FAULTS for reason in SKIP_REASONS}


def test_every_format_of_archives_is_documented_and_no_other() -> None:
    assert first_column("archives.md", "format") == list(get_args(Format))


def test_every_check_of_the_doctor_is_documented_in_its_words_and_no_other() -> None:
    documented = {row[0]: row[1] for row in table("operations.md", "check")}
    assert documented == dict(CHECKS)
    assert all(row[2] for row in table("operations.md", "check"))
