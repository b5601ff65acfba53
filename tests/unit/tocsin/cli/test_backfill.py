"""``tocsin backfill``: what it writes, and what it says of what is wrong."""

from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from streams.crisis import SETTINGS, crisis
from streams.shown import told

from producers.archive.writing import ArchiveWriter
from producers.items import read_line
from tocsin.cli.backfill import backfill
from tocsin.cli.offline import count, open_offline
from tocsin.errors import ArchiveError
from tocsin.settings import load_settings
from tocsin.zones import UnclearTimeError

MINE = {f"TOCSIN_{name.upper()}": str(value) for name, value in SETTINGS.items()}


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("backfill") / "crisis.ndjson.zst"
    with ArchiveWriter(path, "for tests") as writer:
        for second in crisis():
            for line in second.lines:
                writer.write(read_line(line))
    return path


def test_it_writes_what_the_core_says_of_the_archive_the_same_bytes_each_time(run, archive, tmp_path) -> None:
    path = tmp_path / "history.om"
    first = run(backfill, str(archive), "-o", str(path), **MINE)
    assert first.exit_code == 0, first.output
    assert "promtool tsdb create-blocks-from openmetrics" in first.output
    settings = load_settings(**SETTINGS)
    stream, _ = open_offline(str(archive), 1, None)
    assert path.read_text() == told(count(stream, settings), settings.rules).text
    assert [child.name for child in tmp_path.iterdir()] == ["history.om"]


def test_a_cut_holds_what_happened_between_two_times_and_is_not_aware_of_the_rest(run, archive, tmp_path) -> None:
    path = tmp_path / "cut.om"
    cut = ("--from", "2009-06-14T17:30Z", "--to", "2009-06-14T17:40Z")
    result = run(backfill, str(archive), "-o", str(path), *cut, **MINE)
    assert result.exit_code == 0, result.output
    families = {family.name: family for family in text_string_to_metric_families(path.read_text())}
    times = [float(sample.timestamp) for sample in families["tocsin_series_posts"].samples]
    assert 1_245_000_600 <= min(times) < max(times) <= 1_245_001_205


@pytest.mark.parametrize("what", ["nowhere.ndjson", "empty.ndjson"])
def test_what_cannot_be_judged_is_named_and_leaves_no_file(run, tmp_path, what) -> None:
    (tmp_path / "empty.ndjson").write_bytes(b'{"heartbeat":"gateway","at":1245000000000,"channels":["sms"]}\n')
    before = tmp_path / "history.om"
    before.write_text("of yesterday")
    result = run(backfill, str(tmp_path / what), "-o", str(before))
    assert isinstance(result.exception, ArchiveError)
    assert what in str(result.exception)
    assert before.read_text() == "of yesterday"
    assert sorted(child.name for child in tmp_path.iterdir()) == ["empty.ndjson", "history.om"]


def test_an_archive_that_is_damaged_in_its_middle_is_named_by_the_process_that_reads_it(run, archive, tmp_path) -> None:
    path = tmp_path / "damaged.ndjson.zst"
    data = archive.read_bytes()
    path.write_bytes(data[: len(data) // 2] + b"\0" * 64 + data[len(data) // 2 + 64 :])
    result = run(backfill, str(path), "-o", str(tmp_path / "history.om"), **MINE)
    assert isinstance(result.exception, ArchiveError)
    assert "damaged.ndjson.zst" in str(result.exception)
    assert not (tmp_path / "history.om").exists()


def test_a_place_that_cannot_be_written_to_is_named(run, archive, tmp_path) -> None:
    result = run(backfill, str(archive), "-o", str(tmp_path / "none" / "history.om"), **MINE)
    assert isinstance(result.exception, ArchiveError)
    assert "history.om: cannot be written" in str(result.exception)


def test_times_between_which_nothing_lies_are_refused(run, archive, tmp_path) -> None:
    cut = ("--from", "2009-06-15", "--to", "2009-06-14")
    result = run(backfill, str(archive), "-o", str(tmp_path / "history.om"), *cut)
    assert isinstance(result.exception, UnclearTimeError)
