"""``tocsin backtest``, on archives of its own: scores, comparison, report."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from streams.crisis import SETTINGS, START, crisis

from producers.archive.writing import ArchiveWriter
from producers.items import read_line
from tocsin.cli.backtest import backtest
from tocsin.errors import ArchiveError, SettingsError
from tocsin.truth import Truth, TruthFile, write_truth

SECOND = 1000
CUT = (START + 4_005 * SECOND, START + 4_045 * SECOND)
MINE = {f"TOCSIN_{name.upper()}": str(value) for name, value in SETTINGS.items()}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("backtest") / "crisis.ndjson.zst"
    with ArchiveWriter(path, "for tests") as writer:
        for second in crisis():
            for line in second.lines:
                writer.write(read_line(line))
    return path


def truth_in(folder: Path, *events: Truth, settings=SETTINGS) -> Path:
    path = folder / "truth.json"
    path.write_bytes(write_truth(TruthFile(events, settings=settings)))
    return path


def record(run, *arguments, **env):
    result = run(backtest, *map(str, arguments), "--json", **env)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_it_scores_what_was_told_against_the_truth(run, archive, tmp_path) -> None:
    cut = Truth("the cut", "outage", ("channel=sms",), *CUT, critical=True)
    rally = Truth("a rally", "burst", ("channel=web",), *CUT)
    (found,) = record(run, archive, "--truth", truth_in(tmp_path, cut, rally))["runs"]

    assert found["missed"] == ["a rally: no burst of channel=web"]
    assert found["measures"]["recall"] == 0.5
    assert 0 < found["delays_buckets"]["the cut"] < 8
    false = {incident.split(":")[0] for incident in found["false"]}
    assert {"blind", "exposed", "backlog"} <= false, "these happened, but this truth does not know of them"
    assert 0 < found["measures"]["precision"] < 1


def test_the_settings_of_a_truth_are_advice_and_ones_own_win(run, archive, tmp_path) -> None:
    path = truth_in(tmp_path, settings={"bucket_seconds": 10})
    assert record(run, archive, "--truth", path)["runs"][0]["settings"]["bucket_seconds"] == 10
    own = record(run, archive, "--truth", path, TOCSIN_BUCKET_SECONDS="20")["runs"][0]
    assert own["settings"]["bucket_seconds"] == 20


def test_two_settings_are_compared_side_by_side(run, archive) -> None:
    first, second = record(run, archive, "--versus", "false_page_days=7", "--versus", "bucket_seconds=15", **MINE)[
        "runs"
    ]

    assert first["label"] == "as set"
    assert second["label"] == "false_page_days=7, bucket_seconds=15"
    assert {name for name in first["settings"] if first["settings"][name] != second["settings"][name]} == {
        "false_page_days",
        "bucket_seconds",
    }
    assert first["digest"] != second["digest"]
    assert first["totals"]["posts"] == second["totals"]["posts"]


def test_without_a_truth_it_tells_and_does_not_score(run, archive) -> None:
    (found,) = record(run, archive, **MINE)["runs"]
    assert "recall" not in found["measures"]
    assert {"outage", "blind"} <= {incident["kind"] for incident in found["incidents"]}


def test_a_scenario_knows_its_own_truth(run) -> None:
    result = run(backtest, "flapping")
    assert result.exit_code == 0, result.output
    words = " ".join(result.stdout.split())
    assert "recall 1.0" in words
    assert "flapping outage" in words


@pytest.mark.parametrize("change", ["false_page_days", "kafka=elsewhere:9092", "false_page_days=often"])
def test_what_cannot_be_compared_is_named(run, archive, change) -> None:
    result = run(backtest, str(archive), "--versus", change)
    assert isinstance(result.exception, SettingsError)
    assert change.split("=")[0].upper() in str(result.exception).upper()


def test_an_archive_without_posts_is_an_error_and_no_success(run, tmp_path) -> None:
    path = tmp_path / "empty.ndjson"
    path.write_bytes(b'{"heartbeat":"gateway","at":1245000000000,"channels":["sms"]}\n')
    result = run(backtest, str(path))
    assert isinstance(result.exception, ArchiveError)


def test_a_truth_that_is_missing_is_named(run, archive, tmp_path) -> None:
    result = run(backtest, str(archive), "--truth", str(tmp_path / "none.json"))
    assert isinstance(result.exception, ArchiveError)
    assert "none.json" in str(result.exception)


def test_the_report_is_one_file_that_asks_nobody_and_says_what_is_wrong(run, archive, tmp_path) -> None:
    hostile = Truth("<script>alert(1)</script>", "outage", ("channel=sms",), *CUT)
    missed = Truth("a rally", "burst", ("channel=web",), *CUT)
    path = tmp_path / "report.html"
    arguments = (archive, "--truth", truth_in(tmp_path, hostile, missed), "--html", path)
    record(run, *arguments)
    html = path.read_text("utf-8")

    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "a rally: no burst of channel=web" in html
    assert "http://" not in html
    assert "https://" not in html
    pictures = [part.split('"')[0] for part in html.split("data:image/svg+xml;base64,")[1:]]
    assert len(pictures) == 2
    assert all(b64decode(picture).startswith(b"<?xml") for picture in pictures)
    again = path.read_bytes()
    record(run, *arguments)
    assert path.read_bytes() == again


def test_a_part_is_judged_by_itself_and_against_what_lies_within(run, archive, tmp_path) -> None:
    cut = Truth("the cut", "outage", ("channel=sms",), *CUT)
    later = Truth("later", "outage", ("channel=sms",), CUT[1] + 3_600_000, CUT[1] + 3_700_000)
    path = truth_in(tmp_path, cut, later)
    end = "2009-06-14T18:28:00Z"  # half a minute after the cut
    (found,) = record(run, archive, "--truth", path, "--from", "2009-06-14T17:30:00Z", "--to", end)["runs"]

    assert list(found["delays_buckets"]) == ["the cut"]
    assert found["missed"] == []
    assert found["begin"] >= START + 9 * 60 * SECOND
    assert found["end"] <= CUT[1] + 60 * SECOND
    seconds = (found["end"] - found["begin"]) / SECOND
    assert 12 * seconds < found["totals"]["posts"] <= 16 * seconds
