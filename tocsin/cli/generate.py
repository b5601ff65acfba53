"""``tocsin generate``: writes a scenario to a file, and what is true about it to another."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from producers.scenario import SCENARIOS, Scenario
from tocsin.cli.files import replacing
from tocsin.errors import TocsinError
from tocsin.settings import ENV_PREFIX
from tocsin.truth import TruthFile, write_truth


def generate(
    scenario: Annotated[str | None, typer.Argument(help="Name of a scenario; see --list.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Archive to write, NDJSON; gzipped if it ends in .gz.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws other noise around the same events.")] = 1,
    truth: Annotated[Path | None, typer.Option(help="JSON file for what really happens in it.")] = None,
    broken: Annotated[float | None, typer.Option(min=0, max=1, help="Share of unusable lines.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the scenarios.")] = False,
) -> None:
    """Write a synthetic stream with known events, the same bytes for the same seed everywhere.

    Examples:
      tocsin generate --list

      tocsin generate tehran-2009 -o june.ndjson.gz --truth june.json

      tocsin generate quiet-week -o quiet.ndjson --seed 7
    """
    console = Console(stderr=True, highlight=False, markup=False)
    if list_:
        Console().print(_table())
        return
    if scenario is None or output is None:
        raise TocsinError("which scenario, and into which file? tocsin generate tehran-2009 -o june.ndjson")
    chosen = _find(scenario)
    if broken is not None:
        chosen = replace(chosen, flaws=replace(chosen.flaws, broken=broken))
    with console.status(f"writing {output}"):
        count = _write(chosen, seed, output)
    console.print(f"{output}: {count:,} lines of {chosen.name}, seed {seed}")
    if truth is not None:
        _write_truth(chosen, seed, truth)
        console.print(f"{truth}: what really happens in it")
    console.print("Set the pipeline to: " + " ".join(recommended(chosen.settings)), soft_wrap=True)


def recommended(settings: Mapping[str, int]) -> Iterator[str]:
    """Spell recommended settings as environment variables."""
    return (f"{ENV_PREFIX}{name.upper()}={value}" for name, value in settings.items())


def _find(name: str) -> Scenario:
    if name not in SCENARIOS:
        raise TocsinError(f"{name}: no such scenario; there are: {', '.join(SCENARIOS)}")
    return SCENARIOS[name]()


def _table() -> Table:
    table = Table("scenario", "what happens", box=None)
    for name, make in SCENARIOS.items():
        table.add_row(name, make().description)
    return table


def _write(scenario: Scenario, seed: int, path: Path) -> int:
    count = 0
    with replacing(path) as file:
        for item in scenario.lines(seed):
            file.write(item.raw + b"\n")
            count += 1
    return count


def _write_truth(scenario: Scenario, seed: int, path: Path) -> None:
    truth = TruthFile(tuple(scenario.truth(seed)), scenario.name, seed, scenario.settings)
    with replacing(path) as file:
        file.write(write_truth(truth))
