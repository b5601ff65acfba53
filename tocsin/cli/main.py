"""The command ``tocsin``: one module per subcommand, put together here."""

import logging
import sys
from contextlib import suppress
from typing import Annotated

import typer

from tocsin import __version__
from tocsin.cli.backfill import backfill
from tocsin.cli.backtest import backtest
from tocsin.cli.convert import convert
from tocsin.cli.counts import counts
from tocsin.cli.demo import demo
from tocsin.cli.doctor import doctor
from tocsin.cli.follow import follow
from tocsin.cli.generate import generate
from tocsin.cli.incidents import incidents
from tocsin.cli.live import live
from tocsin.cli.maintenance import maintenance
from tocsin.cli.rebuild import rebuild
from tocsin.cli.record import record
from tocsin.cli.replay import replay
from tocsin.cli.scenario import scenario
from tocsin.cli.series import series
from tocsin.cli.show import stderr
from tocsin.cli.status import status
from tocsin.cli.top import top
from tocsin.cli.worker import worker
from tocsin.errors import TocsinError
from tocsin.logs import configure, is_json
from tocsin.settings import load_settings

app = typer.Typer(
    help="The alarm bell of the crowd: it rings when people surge, and when they fall silent. Begin with: tocsin demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (
    demo,
    generate,
    convert,
    replay,
    record,
    backtest,
    backfill,
    worker,
    rebuild,
    incidents,
    counts,
    top,
    series,
    status,
    doctor,
    live,
):
    app.command()(command)
app.add_typer(follow, name="follow")
app.add_typer(maintenance, name="maintenance")
app.add_typer(scenario, name="scenario")


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
