"""``tocsin status``: how far the stream has come, what was left out, and who still reports."""

from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dashboards.model import Status
from tocsin.cli.show import MARKS, open_reader, print_incidents, print_json, say_nothing_yet, stdout, utc
from tocsin.incidents import Incident, to_record
from tocsin.standing import State, alive
from tocsin.wording import duration

_LEFT_OUT = ("late", "duplicates", "rejected")


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; times in epoch ms.")] = False,
) -> None:
    """Tell how things stood when the last bucket closed. Times are event time, in UTC.

    Examples:
      tocsin status

      tocsin status --json | jq .totals
    """
    with open_reader() as reader:
        found = reader.status()
        lasting = [incident for incident in reader.incidents() if incident.closed_at is None]
        channels = reader.channels()
        if found is None:
            say_nothing_yet(reader)
        if as_json:
            print_json(_record(found, channels, lasting) if found else None)
        elif found is not None:
            show_status(found, channels, lasting, stdout())


def _record(found: Status, channels: dict[str, State], lasting: list[Incident]) -> dict[str, Any]:
    return {
        "closed_through": found.closed_through,
        "bucket_ms": found.bucket_ms,
        "digest": found.digest,
        "revisions": found.revisions,
        "unpublished": found.unpublished,
        "totals": found.totals,
        "sources": {name: msgspec.structs.asdict(source) for name, source in found.sources.items()},
        "channels": channels,
        "incidents": [to_record(incident) for incident in lasting],
    }


def show_status(found: Status, channels: dict[str, State], lasting: list[Incident], console: Console) -> None:
    """Print how things stand.

    Args:
        found: When the last bucket closed.
        channels: How each of them stands.
        lasting: The incidents that are open.
        console: To print on.
    """
    facts = Table.grid(padding=(0, 2))
    facts.add_row("closed through", utc(found.closed_through))
    facts.add_row("since", f"{utc(found.began)}, in {found.totals['buckets']:,} buckets of {duration(found.bucket_ms)}")
    facts.add_row("posts", f"{found.totals.get('posts', 0):,}")
    for kind in _LEFT_OUT:
        facts.add_row(kind, _sum(found.totals, kind))
    facts.add_row("sampled", f"{found.totals.get('sampled', 0):,} buckets, for they had too many different terms")
    facts.add_row("untold", f"{found.totals.get('untold', 0):,} words that were news, beside fifty others")
    facts.add_row("revisions", f"{found.revisions:,}, of which {found.unpublished:,} are not yet in Kafka")
    facts.add_row("digest", found.digest)
    console.print(facts)
    console.print()
    console.print(_sources(found))
    console.print()
    console.print(_standing(channels))
    console.print()
    if lasting:
        print_incidents(lasting, console)
    else:
        console.print("No incident lasts.")


def _standing(channels: dict[str, State]) -> Text:
    """Say which channels are alive, and what has become of the others."""
    standing = alive(channels)
    told = Text(f"{len(standing)} of {len(channels)} channels alive", "green" if len(standing) > 1 else "bold red")
    told.append(": " + ", ".join(standing) if standing else "")
    others = [f"{channel} is {state}" for channel, state in channels.items() if state != "alive"]
    return told.append("; " + ", ".join(others), "default") if others else told


def _sum(totals: dict[str, int], kind: str) -> str:
    parts = {name.partition(":")[2]: n for name, n in totals.items() if name.startswith(f"{kind}:")}
    listed = ", ".join(f"{name} {n:,}" for name, n in parts.items())
    return f"{sum(parts.values()):,}" + (f" ({listed})" if listed else "")


def _sources(found: Status) -> Table:
    """List the sources; the age of a clock is against the furthest, for event time knows no other now."""
    table = Table("source", "", "clock", "behind the furthest", "collects", box=None, pad_edge=False)
    furthest = max((source.at for source in found.sources.values()), default=0)
    symbol, colour = MARKS["blind"]
    for name, source in found.sources.items():
        state = Text(f"{symbol} blind", colour) if source.blind else Text("● alive", "green")
        behind = duration(furthest - source.at) if source.at < furthest else ""
        clock = utc(source.at) + (" (sends no heartbeats)" if source.implied else "")
        table.add_row(name, state, clock, behind, ", ".join(source.channels))
    return table
