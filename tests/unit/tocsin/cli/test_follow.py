from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tocsin.cli.main import app
from tocsin.errors import TocsinError

KEY = {"TOCSIN_AUTHOR_KEY": "a key that is only for tests"}


def run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=KEY if env is None else env).invoke(app, ["follow", *arguments])


def refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    error = run(*arguments, env=env).exception
    assert isinstance(error, TocsinError), error
    return str(error)


@pytest.fixture
def output(tmp_path: Path) -> str:
    return str(tmp_path / "posts.ndjson")


def test_without_a_key_for_pseudonyms_nothing_is_collected(output: str) -> None:
    assert "TOCSIN_AUTHOR_KEY" in refused("jetstream", "-o", output, env={"TOCSIN_AUTHOR_KEY": ""})


def test_a_keyword_that_is_no_group_is_refused_with_those_that_are(output: str) -> None:
    said = refused("jetstream", "-o", output, "--keyword", "weather")
    assert "weather" in said
    assert "protest" in said


def test_what_an_earlier_run_has_written_is_never_overwritten(tmp_path: Path) -> None:
    for name in ("posts.ndjson", "other.ndjson.part"):
        (tmp_path / name).write_text("precious")
        path = str(tmp_path / name.removesuffix(".part"))
        assert "choose another name" in refused("jetstream", "-o", path)
        assert (tmp_path / name).read_text() == "precious"


def test_an_address_or_dictionary_that_is_none_is_refused(tmp_path: Path, output: str) -> None:
    assert "--instance" in refused("jetstream", "-o", output, "--instance", "jetstream.example")
    assert "--dictionary" in refused("jetstream", "-o", output, "--dictionary", str(tmp_path / "none"))
    (tmp_path / "text").write_text("this is no dictionary")
    assert "--dictionary" in refused("jetstream", "-o", output, "--dictionary", str(tmp_path / "text"))
    assert "--tag" in refused("mastodon", "--server", "https://x", "--stream", "hashtag", "-o", output)


def test_a_name_that_no_series_can_have_is_refused(output: str) -> None:
    assert "--source" in refused("jetstream", "-o", output, "--source", "My Collector")


def test_the_token_is_no_option() -> None:
    assert "TOCSIN_MASTODON_TOKEN" in run("mastodon", "--help").output
    assert "--token" not in run("mastodon", "--help").output
