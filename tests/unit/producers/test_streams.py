import pytest

from producers.items import item_of
from producers.scenario import ScenarioError
from producers.streams import open_stream
from tocsin.clocks import Rules
from tocsin.errors import ArchiveError
from tocsin.posts import Heartbeat, Post

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)


def test_a_scenario_is_found_by_its_name():
    stream = open_stream("quiet-week")

    assert isinstance(next(stream.items(RULES)).line, Heartbeat)
    assert stream.settings["bucket_seconds"] == 60
    assert stream.size is None


def test_a_scenario_of_ones_own_is_found_by_its_path(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("use: calm\ndescription: Mine.\nlength: 1h\n")
    stream = open_stream(str(path))

    assert stream.name == "mine"
    assert stream.end - stream.begin == 3_600_000
    assert isinstance(next(stream.items(RULES)).line, Heartbeat)


def test_a_scenario_of_ones_own_that_is_missing_is_told_by_its_path():
    with pytest.raises(ScenarioError, match=r"nowhere.yaml: cannot be read"):
        open_stream("nowhere.yaml")


def test_an_archive_is_found_by_its_path_and_completed(tmp_path):
    path = tmp_path / "posts.ndjson"
    path.write_bytes(item_of(Post("1", 1_000, "s", "sms", "a", "hello")).raw)
    stream = open_stream(str(path))

    for _ in range(2):
        assert [type(item.line) for item in stream.items(RULES)] == [Heartbeat, Post, Heartbeat]
    assert stream.done() == stream.size


def test_what_is_neither_is_told_what_there_is():
    with pytest.raises(ArchiveError, match=r"tehran-2010.*quiet-week, tehran-2009"):
        open_stream("tehran-2010")
