"""The commands that make and play streams, as far as they go without a broker."""

import gzip
import json
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from producers.scenario import SCENARIOS
from producers.scenario.parts import HOUR_MS
from producers.streams import open_stream
from tocsin.cli.generate import generate
from tocsin.cli.replay import parse_speed, replay
from tocsin.errors import TocsinError

runner = CliRunner()


@pytest.fixture
def an_hour(monkeypatch):
    """Make quiet-week an hour long."""
    quiet = SCENARIOS["quiet-week"]()
    short = replace(quiet, end=quiet.begin + HOUR_MS)
    monkeypatch.setitem(SCENARIOS, "quiet-week", lambda *_: short)
    return short


def call(command, *arguments):
    app = typer.Typer()
    app.command()(command)
    result = runner.invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_an_archive_holds_the_lines_of_the_scenario(an_hour, tmp_path):
    path = tmp_path / "quiet.ndjson"
    call(generate, "quiet-week", "-o", path, "--seed", 3)

    assert path.read_bytes().splitlines() == [item.raw for item in an_hour.lines(3)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["quiet.ndjson", "quiet.ndjson.manifest.json"]


@pytest.mark.usefixtures("an_hour")
def test_a_gzipped_archive_is_the_same_bytes_each_time_and_can_be_played(tmp_path):
    one, two = tmp_path / "one.ndjson.gz", tmp_path / "two.ndjson.gz"
    call(generate, "quiet-week", "-o", one)
    call(generate, "quiet-week", "-o", two)

    assert one.read_bytes() == two.read_bytes()
    lines = gzip.decompress(one.read_bytes()).splitlines()
    quiet = SCENARIOS["quiet-week"]()
    assert [item.raw for item in open_stream(str(one)).items(quiet.rules)] == lines


def test_the_truth_says_what_the_pipeline_should_be_set_to(tmp_path, monkeypatch):
    june = SCENARIOS["tehran-2009"]()
    monkeypatch.setitem(SCENARIOS, "tehran-2009", lambda *_: replace(june, channels=(), notices=()))
    path = tmp_path / "june.json"
    call(generate, "tehran-2009", "-o", tmp_path / "june.ndjson", "--truth", path)
    truth = json.loads(path.read_text())

    assert truth["settings"] == dict(june.settings)
    assert {event["kind"] for event in truth["events"]} == {"burst", "outage"}


def test_no_line_is_broken_when_none_is_asked_for(an_hour, tmp_path):
    path = tmp_path / "quiet.ndjson"
    call(generate, "quiet-week", "-o", path, "--broken", 0)

    assert all(item.line is not None for item in open_stream(str(path)).items(an_hour.rules))


def test_another_fact_may_be_chosen(tmp_path):
    path = tmp_path / "june.json"
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "use: calm\ndescription: A cut.\nlength: 4h\nfacts: {cut: {value: +1h, source: synthetic}}\n"
        "drops: [{name: the cut, channel: sms, begin: $cut, length: 1h}]\n"
    )
    begins = []
    for option in ((), ("--set", "cut=+2h")):
        call(generate, mine, "-o", tmp_path / "mine.ndjson.zst", "--truth", path, *option)
        begins.append(json.loads(path.read_text())["events"][0]["begin"])

    assert begins[1] - begins[0] == HOUR_MS


@pytest.mark.parametrize("pair", ["cut", "=3", "cut="])
def test_a_fact_is_given_with_its_value(pair, tmp_path):
    with pytest.raises(TocsinError, match="FACT=VALUE"):
        call(generate, "flapping", "-o", tmp_path / "x", "--set", pair)


def test_an_unknown_scenario_is_told_which_one_was_meant(tmp_path):
    with pytest.raises(TocsinError, match="tehran-2009"):
        call(generate, "tehran-2010", "-o", tmp_path / "x")


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(TocsinError, match="nowhere"):
        call(generate, "quiet-week", "-o", tmp_path / "nowhere" / "x.ndjson")


@pytest.mark.parametrize(("speed", "factor"), [("max", None), ("1", 1), ("60x", 60), ("0.5", 0.5)])
def test_speeds_are_numbers_or_max(speed, factor):
    assert parse_speed(speed) == factor


@pytest.mark.parametrize("speed", ["0", "-1", "inf", "nan", "fast"])
def test_other_speeds_are_refused(speed):
    with pytest.raises(TocsinError, match="--speed"):
        parse_speed(speed)


def test_a_cut_without_anything_in_it_is_refused():
    with pytest.raises(TocsinError, match="nothing lies between"):
        call(replay, "quiet-week", "--from", "2009-06-15", "--to", "2009-06-14T23:00Z")


def test_what_has_no_posts_cannot_be_looped_which_is_said_before_a_broker_is_looked_for():
    with pytest.raises(TocsinError, match=r"quiet-week: no posts"):
        call(replay, "quiet-week", "--loop", "--from", "2019-06-15")


def test_what_cannot_be_played_is_refused_before_a_broker_is_looked_for():
    with pytest.raises(TocsinError, match="no such archive"):
        call(replay, "tehran-2010")
