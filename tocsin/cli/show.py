"""How the commands show things: times in UTC, durations, bars, incidents; and where they read them from."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Any, cast

import msgspec
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from dashboards.reader import Reader
from tocsin.incidents import Incident, Kind
from tocsin.logs import Lines, is_json
from tocsin.series import REPORT, dimension_of, value_of
from tocsin.settings import load_settings
from tocsin.wording import SIGNS, duration, printable

MINUTE_MS, SECOND_MS = 60_000, 1000
_COLOURS = {"burst": "yellow", "outage": "red", "blind": "magenta", "backlog": "blue", "exposed": "red", "term": "cyan"}
MARKS: dict[str, tuple[str, str]] = {kind: (SIGNS[kind], colour) for kind, colour in _COLOURS.items()}

WORDS = 12  # new words that are named below the incidents; the others are only counted
_WIDE = 200  # columns, where nobody's window limits them: whoever reads a pipe wants a line for each row
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class SafeConsole(Console):
    """A console on which no text of others moves the cursor, changes a colour or writes from right to left."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Make a string ready to be shown."""
        return super().render_str(printable(text), **options)


def stdout() -> Console:
    """Open a console on stdout; as wide as needed where that is not a terminal."""
    console = SafeConsole(highlight=False, markup=False)
    return console if console.is_terminal else SafeConsole(highlight=False, markup=False, width=_WIDE)


def stderr() -> Console:
    """Open a console on stderr, for what is not the answer itself; or on the log, where that is for machines."""
    if is_json():
        return Console(
            file=cast("IO[str]", Lines(logging.getLogger("tocsin"))), markup=False, soft_wrap=True, width=_WIDE
        )
    return SafeConsole(stderr=True, highlight=False, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print pure JSON on stdout, on one line for each element of a list, without colours."""
    if isinstance(value, list) and value:
        typer.echo("[" + ",\n ".join(_json(part) for part in value) + "]")
    else:
        typer.echo(_json(value))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def open_reader() -> Reader:
    """Open what the settings say, for reading."""
    settings = load_settings()
    return Reader(settings.redis_url, settings.redis_prefix)


def say_nothing_yet(reader: Reader) -> None:
    """Tell, on stderr, what to start when nothing is stored yet."""
    stderr().print(
        f"Redis at {reader.address} answers, but no bucket has been closed yet. Start a worker (tocsin worker) and "
        "give it something to count (tocsin replay tehran-2009), or see all of it at once: tocsin demo"
    )


def utc(at: int, precision_ms: int = 1) -> str:
    """Spell a time as ISO 8601 in UTC, such as ``2009-06-11T19:30Z``.

    Args:
        at: Epoch ms.
        precision_ms: For a column of multiples of this, which are then spelt alike; by default as short as is exact.
    """
    time = datetime.fromtimestamp(at // SECOND_MS, UTC)
    if at % SECOND_MS:
        return time.strftime("%Y-%m-%dT%H:%M:%S") + f".{at % SECOND_MS:03d}Z"
    if at % MINUTE_MS or (precision_ms > 1 and precision_ms % MINUTE_MS):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ")
    return time.strftime("%Y-%m-%dT%H:%MZ")


def bar(value: float, most: float, width: int = 20) -> str:
    """Draw a value as a bar, to an eighth of a column; whatever is above zero shows."""
    if value <= 0 or most <= 0:
        return ""
    eighths = max(1, round(min(value / most, 1.0) * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def kind_mark(kind: Kind) -> Text:
    """Spell a kind with its symbol and colour."""
    symbol, colour = MARKS[kind]
    return Text(f"{symbol} {kind}", style=colour)


def parent_series(incident: Incident) -> str:
    """Name the wider series that explains an incident; empty if none does."""
    return incident.parent.split(":", 1)[1].rsplit(":", 1)[0] if incident.parent else ""


_UNCOUNTED = ("blind", "exposed")

_COLUMNS: tuple[tuple[str, Callable[[Incident], str]], ...] = (
    ("onset", lambda incident: utc(incident.onset)),
    ("end", lambda incident: "lasts" if incident.closed_at is None else utc(incident.closed_at)),
    ("delay", lambda incident: duration(incident.detected_at - incident.onset)),
    ("expected", lambda incident: "" if incident.kind in _UNCOUNTED else f"{incident.expected:,.0f}"),
    ("observed", lambda incident: "" if incident.kind in _UNCOUNTED else f"{incident.observed:,}"),
    ("lost", lambda incident: f"{incident.lost:,}" if incident.cut else ""),
    ("reports", lambda incident: f"{incident.reports:,}" if "reports" in incident.evidence else ""),
    ("planned", lambda incident: incident.planned or ""),
    ("severity", lambda incident: incident.severity),
    ("parent", parent_series),
    ("rev", lambda incident: str(incident.revision)),
)
_NUMBERS = {"delay", "expected", "observed", "lost", "reports", "rev"}


def print_incidents(incidents: Iterable[Incident], console: Console) -> None:
    """Print incidents, one in a row; as sentences where the window is too narrow. New words share one line below."""
    told = list(incidents)
    incidents = [incident for incident in told if incident.kind != "term"]
    _print_events(incidents, console)
    words = Counter[str]()
    for incident in told:
        if incident.kind == "term":
            words[value_of(incident.series)] = max(words[value_of(incident.series)], incident.peak_authors)
    if words:
        first = ", ".join(f"{word} {authors}" for word, authors in words.most_common(WORDS))
        more = f" and {len(words) - WORDS:,} more" if len(words) > WORDS else ""
        console.print(
            f"{MARKS['term'][0]} new words and most authors at a time: {first}{more} (all of them: --json)",
            style=MARKS["term"][1],
        )


def _print_events(incidents: list[Incident], console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("kind", "series", *(title for title, _ in _COLUMNS)):
        table.add_column(title, justify="right" if title in _NUMBERS else "left", no_wrap=True)
    for incident in incidents:
        table.add_row(kind_mark(incident.kind), incident.series, *(spell(incident) for _, spell in _COLUMNS))
    needed = Measurement.get(console, console.options.update(width=_WIDE), table).maximum
    if needed <= console.width:
        console.print(table)
        return
    for incident in incidents:
        console.print(sentence(incident), style=MARKS[incident.kind][1])


def sentence(incident: Incident) -> str:
    """Say in a line what a revision tells."""
    began = f"{MARKS[incident.kind][0]} {incident.kind} {incident.series} since {utc(incident.onset)}"
    if incident.closed_at is not None:
        news = f"over at {utc(incident.closed_at)}"
    elif incident.revision == 1:
        news = f"known after {duration(incident.detected_at - incident.onset)}"
    else:
        news = "lasts"
    return "; ".join(part for part in (f"{began}: {news}", *_reasons(incident)) if part)


def _reasons(incident: Incident) -> Iterator[str]:
    """Say what a revision rests on, and what follows from it."""
    people = incident.kind == "term" or dimension_of(incident.series) == REPORT
    if incident.kind not in _UNCOUNTED:
        unit = "people" if people else "posts"
        yield f"{incident.observed:,} {unit}, {incident.expected:,.0f} expected"
    if "reports" in incident.evidence:
        yield f"{incident.reports:,} posts report it" + ("" if incident.cut else ", and nothing else tells of it")
    if incident.kind == "blind" and incident.channels:
        yield f"nobody sees what it brings of {', '.join(incident.channels)}"
    if incident.kind == "exposed":
        yield f"maintenance is declared on the last channel: {', '.join(incident.channels)} cannot be heard"
    elif incident.severity == "critical":
        yield f"only {incident.standing[0]} is left" if incident.standing else "no channel is left"
    yield (incident.planned or "").replace("_", " ")
    yield f"part of {parent_series(incident)}" if incident.parent else ""
