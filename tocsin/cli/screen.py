"""What the demo shows: channels against what was expected of them, and the incidents, newest first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tocsin import wording
from tocsin.cli.show import MARKS
from tocsin.incidents import Incident
from tocsin.series import value_of
from tocsin.wording import clock, kind_of, tell

BARS = " ▁▂▃▄▅▆▇█"
SIGNS: Mapping[str, tuple[str, str]] = {"planned": (wording.SIGNS["planned"], "cyan")} | {
    str(kind): mark for kind, mark in MARKS.items()
}


@dataclass(frozen=True)
class Channel:
    """One line of the pulse.

    Attributes:
        name: Series.
        counts: Posts of the last buckets, the newest last.
        expected: Posts expected in the newest; None if unknown.
    """

    name: str
    counts: Sequence[int]
    expected: float | None = None


@dataclass(frozen=True)
class Shown:
    """Everything on one screen.

    Attributes:
        title: What is played.
        closed_at: Event time up to which all is counted, epoch ms; None before the first bucket.
        totals: As in Redis.
        pulse: Channels and the total.
        incidents: In their present state.
        notes: What else there is to say.
    """

    title: str
    closed_at: int | None = None
    totals: Mapping[str, int] = field(default_factory=dict)
    pulse: Sequence[Channel] = ()
    incidents: Sequence[Incident] = ()
    notes: str = ""


def sparkline(counts: Sequence[int]) -> str:
    """Draw counts as bars, the highest as a full block."""
    top = max(counts, default=0)
    return "".join(BARS[-(-n * (len(BARS) - 1) // top) if top else 0] for n in counts)


def render(shown: Shown, rows: int = 14) -> RenderableType:
    """Put the screen together.

    Args:
        shown: What is on it.
        rows: How many incidents at the most.
    """
    late, duplicates, rejected = (
        sum(n for name, n in shown.totals.items() if name.startswith(f"{kind}:"))
        for kind in ("late", "duplicates", "rejected")
    )
    posts = shown.totals.get("posts", 0)
    counted = f"   {posts:,} posts   {late:,} late   {duplicates:,} duplicates   {rejected:,} rejected"
    head = Text.assemble((clock(shown.closed_at), "bold"), counted)
    events = [incident for incident in shown.incidents if incident.kind != "term"]
    parts: list[RenderableType] = [head, _pulse(shown), _incidents(events, rows), _words(shown.incidents)]
    if shown.notes:
        parts.append(Text(shown.notes, style="dim"))
    return Panel(Group(*parts), title=shown.title, title_align="left", border_style="blue")


def _words(incidents: Sequence[Incident]) -> Text:
    """Name the words that are emerging, those of most people first."""
    lasting = [incident for incident in incidents if incident.kind == "term" and incident.closed_at is None]
    lasting.sort(key=lambda incident: (-incident.peak_authors, incident.series))
    words = ", ".join(f"{value_of(incident.series)} {incident.peak_authors}" for incident in lasting[:8])
    sign, colour = SIGNS["term"]
    return Text(f"{sign} new words and their authors: {words or 'none'}", style=colour if words else "dim")


def _pulse(shown: Shown) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    for column in ("channel", "last buckets"):
        table.add_column(column)
    for column in ("posts", "expected"):
        table.add_column(column, justify="right")
    table.add_column("")
    lasting = {incident.series: incident for incident in shown.incidents if incident.closed_at is None}
    for channel in shown.pulse:
        sign = Text()
        if channel.name in lasting:
            kind = kind_of(lasting[channel.name])
            sign = Text(f"{SIGNS[kind][0]} {kind}", style=SIGNS[kind][1])
        expected = "-" if channel.expected is None else f"{channel.expected:,.1f}"
        last = channel.counts[-1] if channel.counts else 0
        table.add_row(channel.name, sparkline(channel.counts), f"{last:,}", expected, sign)
    return table


def _incidents(incidents: Sequence[Incident], rows: int) -> Table:
    """List what lasts, then what is over, each the newest first; what a wider incident explains is only counted."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    for column in ("since", "what", "series", "why"):
        table.add_column(column, no_wrap=column != "why")
    explained = Counter(incident.parent for incident in incidents)
    first = sorted(
        (incident for incident in incidents if incident.parent is None),
        key=lambda incident: (incident.closed_at is not None, -incident.detected_at, incident.series),
    )
    for incident in first[:rows]:
        kind = kind_of(incident)
        sign, colour = SIGNS[kind]
        over = incident.closed_at is not None
        more = f" +{explained[incident.id]}" if explained[incident.id] else ""
        until = f", until {clock(incident.closed_at)[5:16]}" if over else ""
        table.add_row(
            clock(incident.onset)[5:16],
            f"{sign} {kind}",
            incident.series + more,
            tell(incident) + until,
            style="dim" if over else colour,
        )
    if not incidents:
        table.add_row("", "", "", "nothing out of the ordinary yet", style="dim")
    return table
