"""``tocsin maintenance``: windows that are declared, advised on, and reviewed."""

import typer

from tocsin.cli.advise import advise
from tocsin.cli.declare import cancel, declare, move
from tocsin.cli.review import list_windows, review

maintenance = typer.Typer(
    help="Declare maintenance, find the hour that hurts least, and see what it cost.", no_args_is_help=True
)
for command in (declare, move, cancel, advise, review):
    maintenance.command()(command)
maintenance.command("list")(list_windows)
