"""``tocsin top``: which series stand out just now."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from dashboards.model import Surge
from tocsin.cli.show import bar, duration, open_reader, print_json, say_nothing_yet, stdout, utc


def top(
    last: Annotated[int, typer.Option(min=1, max=1000, help="Over how many closed buckets.")] = 12,
    most: Annotated[int, typer.Option("--series", min=1, help="How many series to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Rank the series by how far the newest buckets lie above what was expected.

    The rank is by standard deviations, so that 3 posts instead of 0.3 do not outrank 900 instead of 300. It is a look,
    not an alarm: what rings is in tocsin incidents.

    Examples:
      tocsin top

      tocsin top --last 60 --json | jq '.[0]'
    """
    with open_reader() as reader:
        status = reader.status()
        surges = reader.surges(last)[:most] if status else []
        if status is None:
            say_nothing_yet(reader)
        if as_json:
            print_json([{**asdict(surge), "ratio": surge.ratio} for surge in surges])
        elif status is not None:
            span = duration(last * status.bucket_ms)
            stdout().print(f"The {span} up to {utc(status.closed_through)}")
            stdout().print(_table(surges))


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
