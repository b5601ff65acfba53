"""The command ``tocsin``: one module per subcommand, put together here."""

import logging
import sys
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tocsin import __version__
from tocsin.cli.show import stderr
from tocsin.errors import TocsinError
from tocsin.logs import configure, is_json
from tocsin.settings import load_settings

# In the order in which they are told. Each is the function, or the group, of that name in the module of that name.
COMMANDS = (
    "demo",
    "generate",
    "convert",
    "replay",
    "record",
    "backtest",
    "backfill",
    "worker",
    "rebuild",
    "incidents",
    "counts",
    "top",
    "series",
    "status",
    "doctor",
    "live",
    "follow",
    "maintenance",
    "scenario",
)


class Commands(TyperGroup):
    """The subcommands, each of which is imported when somebody asks for it: all of them take a second."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given | {"commands": dict.fromkeys(COMMANDS)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a subcommand, or a group of them; None if there is none of that name."""
        if cmd_name in self.commands and not self.commands[cmd_name]:
            self.commands[cmd_name] = _load(cmd_name)
        return super().get_command(ctx, cmd_name)


def _load(name: str) -> Any:
    found, holder = getattr(import_module(f"tocsin.cli.{name}"), name), typer.Typer()
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name)(found)
    return typer.main.get_group(holder).commands[name]


app = typer.Typer(
    cls=Commands,
    help="The alarm bell of the crowd: it rings when people surge, and when they fall silent. Begin with: tocsin demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"tocsin {__version__}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that stand before a subcommand, and log for machines if the settings say so."""
    with suppress(TocsinError):  # a command that needs the settings says itself what is wrong with them
        settings = load_settings()
        if settings.log_format == "json":
            configure(settings)


def run() -> None:
    """Run the command line; what went wrong on purpose is said in one message, without a traceback."""
    try:
        app()
    except TocsinError as error:
        if is_json():
            logging.getLogger("tocsin").critical("%s", error)
            sys.exit(error.exit_code)
        stderr().print(f"tocsin: {error}", style="red")
        sys.exit(error.exit_code)
