"""``tocsin scenario``: what can be played, what happens in it, whether a file of one's own is sound, and a picture."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from producers.scenario import SCENARIOS, Scenario, find_scenario
from producers.scenario.doubts import doubts
from producers.scenario.expected import posts
from producers.scenario.happenings import happenings, spell_duration
from producers.scenario.parts import DAY_MS
from tocsin.cli.files import replacing
from tocsin.cli.generate import Seed, Set, given, recommended
from tocsin.cli.show import stderr, stdout, utc
from tocsin.errors import TocsinError
from tocsin.truth import Truth

FORMATS = ("svg", "png")
What = Annotated[str, typer.Argument(metavar="SCENARIO", help="Name of a scenario, or a .yaml file of your own.")]

scenario = typer.Typer(help="Show synthetic streams, check your own, and draw them.", no_args_is_help=True)


@scenario.command("list")
def list_scenarios() -> None:
    """List the scenarios that come with Tocsin.

    Examples:
      tocsin scenario list
    """
    table = Table("scenario", "days", "posts", "what happens", box=None)
    for name in SCENARIOS:
        found = find_scenario(name)
        table.add_row(name, f"{_days(found):.1f}", f"{posts(found):,}", found.description)
    stdout().print(table)


@scenario.command()
def show(what: What, set_: Set = []) -> None:  # noqa: B006 - Typer's way of an option that repeats
    """Tell what happens in a scenario, what is true of it, and who says so.

    Examples:
      tocsin scenario show tehran-2009

      tocsin scenario show tehran-2009 --set collapse=2009-06-13T17:48   # as Renesys dates it

      tocsin scenario show my.yaml
    """
    found, console = find_scenario(what, given(set_)), stdout()
    console.print(f"{found.name}: {found.description}", soft_wrap=True)
    lasts = f"{utc(found.begin)} to {utc(found.end)}, {_days(found):.1f} days, {posts(found):,} posts or so"
    console.print(f"{lasts}; local time is {found.zone}")
    console.print("Set the pipeline to: " + " ".join(recommended(found.settings)), soft_wrap=True)
    for table in (_happenings(found), _truth(found), _facts(found)):
        if table.row_count:
            console.print()
            console.print(table)


@scenario.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A .yaml file of your own, or a name.")],
    set_: Set = [],  # noqa: B006 - Typer's way of an option that repeats
) -> None:
    """Check a scenario's file: errors stop it, doubts are what you can hardly have meant.

    Examples:
      tocsin scenario check my.yaml && tocsin generate my.yaml -o my.ndjson.zst
    """
    found = find_scenario(file, given(set_))
    doubtful = list(doubts(found))
    for doubt in doubtful:
        stdout().print(f"{file}: {doubt}", soft_wrap=True)
    told = len(found.truth())
    stderr().print(f"{file}: sound; {told} events, {posts(found):,} posts or so; doubts: {len(doubtful)}")


@scenario.command()
def plot(
    what: What,
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to draw, .svg or .png.")],
    seed: Seed = 1,
    set_: Set = [],  # noqa: B006 - Typer's way of an option that repeats
) -> None:
    """Draw what comes on each channel, with what is true shaded.

    Examples:
      tocsin scenario plot slow-fade -o slow-fade.svg
    """
    fmt = output.suffix.removeprefix(".").lower()
    if fmt not in FORMATS:
        raise TocsinError(f"{output}: expected a name that ends in .svg or .png")
    found = find_scenario(what, given(set_))
    from producers.scenario.picture import draw  # noqa: PLC0415 - Matplotlib takes half a second

    console = stderr()
    with console.status(f"drawing {output}"):
        picture = draw(found, seed, fmt)
    with replacing(output) as file:
        file.write(picture)
    console.print(f"{output}: {found.name}, seed {seed}")


def _days(found: Scenario) -> float:
    return (found.end - found.begin) / DAY_MS


def _happenings(found: Scenario) -> Table:
    table = Table("from", "lasts", "event", "what happens", box=None)
    for one in happenings(found):
        lasts = "" if one.end is None else spell_duration(one.end - one.begin)
        table.add_row(utc(one.begin), lasts, one.name, one.words)
    return table


def _truth(found: Scenario) -> Table:
    table = Table("what must be told", "kind", "on", "may show besides", box=None)
    for event in found.truth():
        table.add_row(event.name, _kind(event), ", ".join(event.must), ", ".join(event.may))
    return table


def _kind(event: Truth) -> str:
    critical = "critical" if event.critical else None
    return ", ".join(filter(None, (event.kind, event.planned, " and ".join(event.evidence), critical)))


def _facts(found: Scenario) -> Table:
    table = Table("fact", "value", "what it counts", "who says so", box=None)
    for fact in found.facts.values():
        table.add_row(fact.name, fact.text, fact.unit, fact.source)
        for other in fact.alternatives:
            table.add_row("", f"or {other.value}", "", other.source)
    return table
