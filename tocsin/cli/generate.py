"""``tocsin generate``: writes a scenario to an archive, and what is true about it to another file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from producers.archive.manifest import Manifest
from producers.archive.writing import ArchiveWriter
from producers.scenario import Scenario, find_scenario
from tocsin.cli.files import replacing
from tocsin.cli.show import stderr
from tocsin.errors import TocsinError
from tocsin.posts import Heartbeat
from tocsin.settings import ENV_PREFIX
from tocsin.truth import TruthFile, write_truth

Seed = Annotated[int, typer.Option(help="Draws other noise around the same events.")]
Set = Annotated[
    list[str], typer.Option("--set", metavar="FACT=VALUE", help="Replaces a fact of the scenario. May be repeated.")
]


def generate(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario, or a .yaml file; see: tocsin scenario list.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Archive to write, NDJSON; packed if it ends in .zst or .gz.")
    ],
    seed: Seed = 1,
    set_: Set = [],  # noqa: B006 - Typer's way of an option that repeats
    truth: Annotated[Path | None, typer.Option(help="JSON file for what really happens in it.")] = None,
    broken: Annotated[float | None, typer.Option(min=0, max=1, help="Share of unusable lines.")] = None,
) -> None:
    """Write a synthetic stream with known events, the same bytes for the same seed everywhere.

    Examples:
      tocsin generate tehran-2009 -o june.ndjson.zst --truth june.json

      tocsin generate tehran-2009 -o june.ndjson.zst --set collapse=2009-06-13T17:48 --set volume=2.3

      tocsin generate my.yaml -o my.ndjson --seed 7
    """
    console = stderr()
    chosen = find_scenario(scenario, given(set_))
    if broken is not None:
        chosen = replace(chosen, flaws=replace(chosen.flaws, broken=broken))
    manifest = _write(chosen, seed, output, console)
    console.print(f"{output}: {manifest.lines:,} lines of {chosen.name}, seed {seed}")
    if truth is not None:
        with replacing(truth) as file:
            file.write(write_truth(TruthFile(tuple(chosen.truth(seed)), chosen.name, seed, chosen.settings)))
        console.print(f"{truth}: what really happens in it")
    console.print("Set the pipeline to: " + " ".join(recommended(chosen.settings)))


def recommended(settings: Mapping[str, int]) -> Iterator[str]:
    """Spell recommended settings as environment variables."""
    return (f"{ENV_PREFIX}{name.upper()}={value}" for name, value in settings.items())


def given(pairs: Sequence[str]) -> dict[str, str]:
    """Read facts as they are given on the command line.

    Raises:
        TocsinError: When one is not NAME=VALUE.
    """
    facts: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals or not value:
            raise TocsinError(f"--set {pair}: expected FACT=VALUE; tocsin scenario show lists the facts")
        facts[name] = value
    return facts


def _write(scenario: Scenario, seed: int, path: Path, console: Console) -> Manifest:
    """Write the archive, with a bar where somebody may see it."""
    origin = f"The scenario {scenario.name}, seed {seed}: synthetic posts."
    with (
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
        ArchiveWriter(path, origin) as archive,
    ):
        task = progress.add_task(path.name, total=scenario.end - scenario.begin)
        for item in scenario.lines(seed):
            archive.write(item)
            if isinstance(item.line, Heartbeat):
                progress.update(task, completed=item.line.at - scenario.begin)
        return archive.close()
