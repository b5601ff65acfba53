"""``tocsin maintenance list`` and ``review``: which windows are known, and what became of them."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from producers.archive import Format
from tocsin.advice import difference as differ
from tocsin.advice import spell_difference
from tocsin.aftermath import Aftermath, aftermath, spell_fate
from tocsin.cli.show import print_json, stderr, stdout, utc
from tocsin.cli.situation import Announcement, AsJson, Fmt, Seed, Stream, Until, View, Zones, view
from tocsin.errors import TocsinError
from tocsin.outlook import Forecast
from tocsin.wall_clock import spell_local
from tocsin.wording import duration
from tocsin.zones import city_of, zone_of

_NONE_YET = "No window is known. Declare one: tocsin maintenance declare --help"


def list_windows(
    stream: Stream = None,
    zones: Zones = None,
    until: Until = None,
    as_json: AsJson = False,
    seed: Seed = 1,
    fmt: Fmt = None,
) -> None:
    """List the windows that were declared, and what became of them.

    Examples:
      tocsin maintenance list --zone Asia/Tehran

      tocsin maintenance list tehran-2009 --json | jq '.[0].fate'
    """
    clocks = [zone_of(zone) for zone in zones or ()]
    seen = _seen(stream, until, seed, fmt, as_json=as_json)
    if seen is None:
        return
    found = [aftermath(window, seen.situation.incidents, seen.situation.at) for window in seen.situation.windows]
    if as_json:
        print_json([_record(one, seen) for one in found])
    elif found:
        stdout().print(_table(found, clocks, seen.situation.at))
    else:
        stderr().print(_NONE_YET)


def review(  # noqa: PLR0913, PLR0917  # the options of a command
    stream: Stream = None,
    window: Annotated[str | None, typer.Option("--id", help="Only this window.")] = None,
    zones: Zones = None,
    until: Until = None,
    as_json: AsJson = False,
    seed: Seed = 1,
    fmt: Fmt = None,
) -> None:
    """Tell, window by window, what was foretold, what came, and what it cost.

    An archive remembers every notice, and what looked best when it was made; Redis keeps the newest notice alone.

    Examples:
      tocsin maintenance review

      tocsin maintenance review tehran-2009 --id upgrade-june-2009 --zone Asia/Tehran
    """
    clocks = [zone_of(zone) for zone in zones or ()]
    seen = _seen(stream, until, seed, fmt, as_json=as_json)
    if seen is None:
        return
    known = {one.id: one for one in seen.situation.windows}
    if window is not None and window not in known:
        raise TocsinError(f"{window}: no such window. Known are: {', '.join(sorted(known)) or 'none yet'}")
    chosen = [known[window]] if window is not None else list(known.values())
    found = [aftermath(one, seen.situation.incidents, seen.situation.at) for one in chosen]
    if as_json:
        print_json([_record(one, seen) for one in found])
        return
    if not found:
        stderr().print(_NONE_YET)
    for one in found:
        _print(one, seen, clocks, stdout())


def _seen(stream: str | None, until: str | None, seed: int, fmt: Format | None, *, as_json: bool) -> View | None:
    """See how things stand; where nothing is known yet, JSON is an empty list."""
    seen = view(stream, until, seed, fmt)
    if seen is None and as_json:
        print_json([])
    return seen


def _record(found: Aftermath, seen: View) -> dict[str, Any]:
    window = found.window
    return {
        "id": window.id,
        "channel": window.channel,
        "state": window.state,
        "begin": window.begin,
        "end": window.end,
        "at": window.at,
        "forecast": _plain(window.forecast),
        "fate": spell_fate(found, seen.situation.at),
        "interruptions": [
            {
                "id": part.outage.id,
                "onset": part.outage.onset,
                "closed_at": part.outage.closed_at,
                "planned": part.outage.planned,
                "lost": part.outage.lost,
                "early_ms": part.early_ms,
                "overrun_ms": part.overrun_ms,
                "overrun_lost": part.overrun_lost,
            }
            for part in found.interruptions
        ],
        "interrupted_ms": found.interrupted_ms,
        "lost": found.lost,
        "foretold": None if found.foretold is None else round(found.foretold, 1),
        "announcements": [_announced(one) for one in seen.announcements.get(window.id, ())],
    }


def _announced(one: Announcement) -> dict[str, Any]:
    window, best = one.window, one.best
    return {
        "at": window.at,
        "state": window.state,
        "begin": window.begin,
        "end": window.end,
        "forecast": _plain(window.forecast),
        "best": None if best is None else {"begin": best.begin, "end": best.end, "forecast": _plain(best.forecast)},
    }


def _plain(forecast: Forecast | None) -> Any:
    return None if forecast is None else {k: round(v, 1) for k, v in msgspec.structs.asdict(forecast).items()}


def _table(found: Sequence[Aftermath], clocks: Sequence[tzinfo], now: int) -> Table:
    names = (city_of(str(clock)) for clock in clocks)
    table = Table("window", "channel", "state", "begins (UTC)", *names, "length", "fate", box=None, pad_edge=False)
    table.add_column("silent for", justify="right")
    table.add_column("lost", justify="right")
    for one in found:
        window = one.window
        shown = (spell_local(window.begin, clock) for clock in (UTC, *clocks))
        came = (duration(one.interrupted_ms), f"{one.lost:,}") if one.interruptions else ("", "")
        length = duration(window.end - window.begin)
        table.add_row(window.id, window.channel, window.state, *shown, length, spell_fate(one, now), *came)
    return table


def _print(found: Aftermath, seen: View, clocks: Sequence[tzinfo], console: Console) -> None:
    window = found.window
    console.print(f"{window.id} ({window.channel}): {spell_fate(found, seen.situation.at)}")
    told = seen.announcements.get(window.id) or [Announcement(window, None)]
    for one in told:
        for line in _lines(one, clocks):
            console.print(f"  {line}", soft_wrap=True)
    for line in _costs(found):
        console.print(f"  {line}", soft_wrap=True)


def _lines(one: Announcement, clocks: Sequence[tzinfo]) -> list[str]:
    """Say what a notice announced, what was foretold of it, and what would have been better."""
    window, best = one.window, one.best
    here = "".join(f" ({spell_local(window.begin, clock)} in {city_of(str(clock))})" for clock in clocks)
    lines = [f"{window.state} at {utc(window.at)}: {utc(window.begin)} to {utc(window.end)}{here}"]
    if window.forecast is None:
        return lines
    lines.append(f"  foretold: {_spell(window.forecast)}")
    if best is not None:
        compared = spell_difference(differ(window.forecast, best.forecast))
        lines.append(
            f"  best as it looked then: {utc(best.begin)}, {_spell(best.forecast)}. The announced one: {compared}"
        )
    return lines


def _spell(forecast: Forecast) -> str:
    return (
        f"{forecast.posts:,.0f} posts ({forecast.low:,.0f} to {forecast.high:,.0f}) of {forecast.authors:,.0f} authors"
    )


def _costs(found: Aftermath) -> list[str]:
    """Say what came, against what was foretold for so long an interruption."""
    lines = []
    for part in found.interruptions:
        outage = part.outage
        end = "lasts" if outage.closed_at is None else utc(outage.closed_at)
        kind = (outage.planned or "unannounced").replace("_", " ")
        lines.append(
            f"silent from {utc(outage.onset)} to {end}, {duration(part.length_ms)}, {kind}: lost {outage.lost:,} posts"
        )
    if found.interruptions and found.foretold is not None:
        lines.append(f"foretold for so long: {found.foretold:,.0f} posts")
    if found.overrun_ms:
        share = found.overrun_lost / found.lost if found.lost else 0.0
        lines.append(
            f"overran by {duration(found.overrun_ms)}: {found.overrun_lost:,} of the lost posts ({share:.0%}), if they "
            "were lost evenly"
        )
    return lines
