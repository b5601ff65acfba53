import pytest
from typer.testing import CliRunner

from producers.scenario import SCENARIOS
from tocsin.cli.scenario import scenario
from tocsin.errors import TocsinError

MINE = "use: calm\ndescription: Mine.\nlength: 30h\ndrops: [{name: cut, channel: sms, begin: +26h, length: 1h}]\n"


def call(*arguments):
    result = CliRunner().invoke(scenario, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    return path


def test_the_list_names_every_scenario():
    output = call("list").stdout

    assert all(f" {name} " in output for name in SCENARIOS)


def test_a_scenario_is_shown_with_what_happens_what_is_true_and_who_says_so():
    output = call("show", "tehran-2009", "--set", "collapse=2009-06-13T17:48").stdout

    assert "2009-06-13T17:48Z  7h       network collapse        web falls to 10%" in output
    assert "outage, unannounced, reports and volume  channel=sms" in output
    assert "or 2009-06-13 17:48" in output
    assert "TOCSIN_BUCKET_SECONDS=60" in output


def test_a_sound_file_is_told_to_be_sound(mine):
    result = call("check", mine)

    assert result.stdout == ""
    assert "sound; 1 events" in result.stderr
    assert "doubts: 0" in result.stderr


def test_a_doubt_is_told(mine):
    mine.write_text(MINE.replace("channel: sms", "channel: smss"))
    result = call("check", mine)

    assert "cut: no channel is called smss; did you mean sms?" in result.stdout
    assert "doubts: 1" in result.stderr


def test_a_mistake_stops_the_check_with_exit_code_2(mine):
    mine.write_text(MINE.replace("length: 1h", "lenght: 1h"))
    with pytest.raises(TocsinError, match="did you mean length") as error:
        call("check", mine)
    assert error.value.exit_code == 2


def test_a_picture_is_drawn_in_the_format_of_its_name(mine, tmp_path):
    mine.write_text(MINE.replace("length: 30h", "length: 27h"))
    call("plot", mine, "-o", tmp_path / "mine.svg")

    assert (tmp_path / "mine.svg").read_bytes().startswith(b"<?xml")
    with pytest.raises(TocsinError, match=r"\.svg or \.png"):
        call("plot", mine, "-o", tmp_path / "mine.jpg")
