"""``tocsin top``: which series stand out just now, and which words."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from dashboards.model import Status, Surge
from dashboards.reader import Reader
from tocsin.cli.show import (
    bar,
    open_reader,
    parent_series,
    print_json,
    say_nothing_yet,
    stderr,
    stdout,
    utc,
)
from tocsin.incidents import Incident, to_record
from tocsin.series import value_of
from tocsin.wording import duration


def top(
    last: Annotated[int, typer.Option(min=1, max=1000, help="Over how many closed buckets.")] = 12,
    most: Annotated[int, typer.Option("--series", min=1, help="How many series to show.")] = 20,
    terms: Annotated[
        bool, typer.Option("--terms", help="Show the words that have just become news instead, by their score.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Rank the series by how far the newest buckets lie above what was expected.

    The rank is by standard deviations, so that 3 posts instead of 0.3 do not outrank 900 instead of 300. It is a look,
    not an alarm: what rings is in tocsin incidents.

    With --terms it lists words, in no keyword group, that at least five people use now and hardly anybody did before.

    Examples:
      tocsin top

      tocsin top --last 60 --json | jq '.[0]'

      tocsin top --terms
    """
    with open_reader() as reader:
        status = reader.status()
        if terms:
            _show_terms(reader, status, most, as_json=as_json)
            return
        surges = reader.surges(last)[:most] if status else []
        if status is None:
            say_nothing_yet(reader)
        if as_json:
            print_json([{**asdict(surge), "ratio": surge.ratio} for surge in surges])
        elif status is not None:
            span = duration(last * status.bucket_ms)
            stdout().print(f"The {span} up to {utc(status.closed_through)}")
            stdout().print(_table(surges))


def _show_terms(reader: Reader, status: Status | None, most: int, *, as_json: bool) -> None:
    """Show the emergent terms that last, the one with the highest score first."""
    found = [i for i in reader.incidents() if i.kind == "term" and i.closed_at is None]
    found = sorted(found, key=lambda incident: (-incident.score, incident.series))[:most]
    if status is None:
        say_nothing_yet(reader)
    if as_json:
        print_json([to_record(incident) for incident in found])
    elif found:
        stdout().print(_terms_table(found))
    elif status is not None:
        stderr().print(f"No word is news at {utc(status.closed_through)}.")


def _terms_table(incidents: list[Incident]) -> Table:
    table = Table("term", "since", box=None, pad_edge=False)
    for title in ("authors", "expected", "most at a time", "score"):
        table.add_column(title, justify="right")
    table.add_column("parent")
    for incident in incidents:
        numbers = (f"{incident.observed:,}", f"{incident.expected:,.1f}", f"{incident.peak_authors:,}")
        score = f"{incident.score:,.1f}"
        table.add_row(value_of(incident.series), utc(incident.onset), *numbers, score, parent_series(incident))
    return table


def _table(surges: list[Surge]) -> Table:
    table = Table("series", box=None, pad_edge=False)
    for title in ("posts", "expected", "ratio", "deviations"):
        table.add_column(title, justify="right")
    table.add_column("")
    most = max((surge.deviations for surge in surges), default=0.0)
    for surge in surges:
        ratio = "" if surge.ratio is None else f"{surge.ratio:,.2f}"
        drawn = bar(surge.deviations, most)
        table.add_row(
            surge.series, f"{surge.posts:,}", f"{surge.expected:,.1f}", ratio, f"{surge.deviations:+,.1f}", drawn
        )
    return table
