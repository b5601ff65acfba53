"""The command itself: runs the checks, prints what they find."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from tocsin.cli.doctor.checks import examine
from tocsin.cli.doctor.finding import Finding, Level
from tocsin.cli.show import print_json, stdout
from tocsin.settings import load_settings

_STYLES: dict[Level, tuple[str, str]] = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of findings.")] = False,
) -> None:
    """Check servers, topics, clocks, workers, lag, sources and what is stored; exit code 1 if anything fails.

    It writes nothing, and looks twice, a few seconds apart, to see what moves.

    Examples:
      tocsin doctor

      tocsin doctor --json | jq '.[] | select(.level != "ok")'
    """
    settings = load_settings()
    console, findings = stdout(), []
    for finding in examine(settings):
        findings.append(finding)
        if not as_json:
            _print(finding, console)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if any(finding.level == "fail" for finding in findings):
        raise typer.Exit(1)


def _print(finding: Finding, console: Console) -> None:
    symbol, style = _STYLES[finding.level]
    console.print(f"{symbol} {finding.level:4} {finding.check}: {finding.found}", style=style, soft_wrap=True)
    if finding.remedy:
        console.print(f"       {finding.remedy}", soft_wrap=True)
