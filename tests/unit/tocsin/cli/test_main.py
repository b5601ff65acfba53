import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tocsin.cli.main import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    said = CliRunner().invoke(app, [name, "--help"], prog_name="tocsin")

    assert said.exit_code == 0
    assert f"tocsin {name} [OPTIONS]" in said.output


def test_the_help_tells_all_commands_in_their_order():
    said = CliRunner().invoke(app, ["--help"]).output

    places = [said.index(f"\u2502 {name} ") for name in COMMANDS]
    assert places == sorted(places)


def test_whoever_mistypes_a_command_is_told_which_was_meant():
    said = CliRunner().invoke(app, ["stauts"])

    assert said.exit_code == 2
    assert "Did you mean 'status'?" in said.output


def test_a_command_does_not_wait_for_what_the_others_need():
    code = "import sys; from tocsin.cli.main import app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()

    assert "tocsin.cli.main" in loaded
    assert not {f"tocsin.cli.{name}" for name in COMMANDS} & set(loaded)
