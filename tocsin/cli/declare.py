"""``tocsin maintenance declare``, ``move`` and ``cancel``: notices that nobody can misread."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Annotated

import typer
from rich.table import Table

from producers.broker import connect
from producers.items import item_of
from tocsin.cli.show import open_reader, stderr, stdout, utc
from tocsin.errors import TocsinError
from tocsin.local_time import Span, Wanted, read_duration, read_moment
from tocsin.maintenance import Window
from tocsin.posts import Notice
from tocsin.readings import read_window
from tocsin.series import is_value
from tocsin.settings import load_settings
from tocsin.wall_clock import Fold, local, offset_minutes, spell_local
from tocsin.wording import duration
from tocsin.zones import UTC_NAME, UnclearTimeError, spell_offset, zone_of

When = Annotated[str, typer.Argument(help='Such as "2009-06-16 14:00-15:00", or ISO 8601: 2009-06-16T21:00Z.')]
Id = Annotated[str, typer.Argument(metavar="ID", help="Of the window; see tocsin maintenance list.")]
Length = Annotated[
    str | None, typer.Option("--duration", help="Such as 90m, 1h or 1h30m, where WHEN has no end; at most 7d.")
]
Zone = Annotated[
    str | None, typer.Option(help="IANA name of the zone whose clock WHEN is read from; never PST or the like.")
]
Audience = Annotated[list[str] | None, typer.Option(help="Say the window in this zone too; as often as you like.")]
At = Annotated[
    str | None,
    typer.Option(
        help="When the notice is made, such as 2009-06-15T18:00Z. Now by default: a replay wants its own time."
    ),
]
Day = Annotated[str | None, typer.Option("--date", help="YYYY-MM-DD, where WHEN has no date.")]
Which = Annotated[Fold | None, typer.Option(help="Which one is meant, where clocks go back and show a time twice.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")]


_ID_CHANNEL = 17  # characters of a channel: with a date and a time, an id has at most 32


@dataclass(frozen=True)
class _Said:
    """What was said of a window on the command line."""

    when: str
    length: str | None
    zone: str | None
    audience: Sequence[str]
    at: str | None
    day: str | None
    fold: Fold | None
    dry: bool


def declare(  # noqa: PLR0913, PLR0917  # the options of a command
    channel: Annotated[str, typer.Argument(help="That will be interrupted, such as twitter.")],
    when: When,
    length: Length = None,
    zone: Zone = None,
    audience: Audience = None,
    window: Annotated[
        str | None, typer.Option("--id", help="Name of the window; by default its channel and beginning.")
    ] = None,
    at: At = None,
    day: Day = None,
    fold: Which = None,
    dry: Dry = False,
) -> None:
    """Declare a maintenance window of a channel: its silence in that window wakes nobody.

    A time is taken only if nobody can misread it. Otherwise every reading is spelt out, and nothing is written; the
    exit code is 2. The notice goes to Kafka, behind the posts that were written before it.

    Examples:
      tocsin maintenance declare twitter "2009-06-16 14:00-15:00" --zone America/Los_Angeles --audience Asia/Tehran

      tocsin maintenance declare sms 2009-06-16T21:00Z --duration 90m --id upgrade --dry-run

      tocsin maintenance declare twitter "2-3p PST (1:30a in Iran)" --date 2009-06-16    # refused, and explained
    """
    for what, name in (("a channel", channel), ("an id", window)):
        if name is not None and not is_value(name):  # the notice would become a dead letter, and nobody would know
            raise TocsinError(f'"{name}": {what} is at most 32 of a-z 0-9 . _ -, such as twitter')
    said = _Said(when, length, zone, audience or (), at, day, fold, dry)
    now = _at(at)
    rest = f" --id {window}" if window else ""
    span = _span(said, now, f"tocsin maintenance declare {channel}", rest)
    name = window or f"{channel[:_ID_CHANNEL]}-{local(span.begin, UTC):%Y%m%dt%H%Mz}"
    _write(Notice("maintenance", name, channel, span.begin, span.end, now, "declared"), said)


def move(  # noqa: PLR0913, PLR0917  # the options of a command
    window: Id,
    when: When,
    length: Length = None,
    zone: Zone = None,
    audience: Audience = None,
    at: At = None,
    day: Day = None,
    fold: Which = None,
    dry: Dry = False,
) -> None:
    """Move a declared window to another time. Its channel is looked up in Redis.

    Examples:
      tocsin maintenance move upgrade "2009-06-17 01:30" --duration 1h --zone Asia/Tehran
    """
    said = _Said(when, length, zone, audience or (), at, day, fold, dry)
    now = _at(at)
    span = _span(said, now, f"tocsin maintenance move {shlex.quote(window)}", "")
    known = _find(window, now)
    _write(Notice("maintenance", window, known.channel, span.begin, span.end, now, "moved"), said)


def cancel(window: Id, zone: Zone = None, audience: Audience = None, at: At = None, dry: Dry = False) -> None:
    """Cancel a declared window: from then on a silence of its channel pages as any other.

    Examples:
      tocsin maintenance cancel upgrade
    """
    said = _Said("", None, zone, audience or (), at, None, None, dry)
    now = _at(at)
    known = _find(window, now)
    if known.state == "cancelled":
        raise TocsinError(f"{window}: cancelled already, at {utc(known.at)}")
    _write(Notice("maintenance", window, known.channel, known.begin, known.end, now, "cancelled"), said)


def _at(at: str | None) -> int:
    return time.time_ns() // 1_000_000 if at is None else read_moment(at)


def _span(said: _Said, now: int, command: str, rest: str) -> Span:
    """Read the window, or raise with the whole command that would be accepted."""
    for zone in said.audience:
        zone_of(zone)
    length_ms = None if said.length is None else read_duration(said.length)
    wanted = Wanted(said.zone, length_ms, said.fold, _day(said.day))
    try:
        return read_window(said.when, wanted, local(now, zone_of(said.zone or UTC_NAME)).date())
    except UnclearTimeError as error:
        if not error.accepted:
            raise
        rest += "".join(f" --audience {zone}" for zone in said.audience)
        rest += f" --at {said.at}" if said.at else ""
        rest += " --dry-run" if said.dry else ""
        commands = [f"  {command} {arguments}{rest}" for arguments in error.accepted]
        raise UnclearTimeError("\n".join([str(error), *commands]), error.accepted) from None


def _day(spelt: str | None) -> date | None:
    try:
        return None if spelt is None else date.fromisoformat(spelt)
    except ValueError:
        raise UnclearTimeError(f"--date {spelt}: expected a date of the calendar, YYYY-MM-DD") from None


def _find(window: str, at: int) -> Window:
    """Look a window up in Redis, and make sure that a notice made now would hold."""
    with open_reader() as reader:
        known = {found.id: found for found in reader.windows()}
    if window not in known:
        ids = ", ".join(sorted(known)) or "none yet. Is a worker running (tocsin worker)? It must have read the notice"
        raise TocsinError(f"{window}: no such window. Known are: {ids}")
    if at < known[window].at:
        raise TocsinError(
            f"{window}: its newest notice is of {utc(known[window].at)}, and one of {utc(at)} would change nothing. "
            "Say --at with a later time: for a replay, the time of the stream"
        )
    return known[window]


def _write(notice: Notice, said: _Said) -> None:
    """Write a notice to every partition, unless this is only a rehearsal; and say what it says."""
    settings = load_settings()
    if notice.begin < notice.at and notice.state != "cancelled":
        stderr().print(f"Warning: it begins before its notice is made, at {utc(notice.at)}. A replay wants --at")
    if not said.dry:
        with connect(settings.broker, settings.topics.posts, on_wait=stderr().print) as writer:
            writer.write(item_of(settings.trust.sign(notice)))
    console = stdout()
    length = duration(notice.end - notice.begin)
    console.print(f"{notice.channel}: {notice.id} {notice.state} at {utc(notice.at)}, {length} of maintenance")
    console.print(_clocks(notice, list(dict.fromkeys([UTC_NAME, *([said.zone] if said.zone else []), *said.audience]))))
    written = f"Written to {settings.topics.posts.name}, partitions: {settings.partitions}"
    console.print("Nothing was written: this is a rehearsal" if said.dry else written)


def _clocks(notice: Notice, names: list[str]) -> Table:
    """Spell a window by the clock of each zone."""
    table = Table("zone", "from", "to", "", box=None, pad_edge=False)
    for name in names:
        zone = zone_of(name)
        offsets = [spell_offset(offset_minutes(at, zone)) for at in (notice.begin, notice.end)]
        changed = f"the clocks change within it, to {offsets[1]}" if offsets[0] != offsets[1] else ""
        shown = [spell_local(at, zone) for at in (notice.begin, notice.end)]
        table.add_row(
            name, *shown, "; ".join(part for part in (offsets[0] if name != UTC_NAME else "", changed) if part)
        )
    return table
