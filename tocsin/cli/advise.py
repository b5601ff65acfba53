"""``tocsin maintenance advise``: the hour that hurts least."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Annotated, Any

import typer
from msgspec import structs
from rich.console import Console
from rich.table import Table

from tocsin import advice
from tocsin.advice import Difference, Start
from tocsin.cli.hours import draw_hours
from tocsin.cli.show import print_json, stderr, stdout, utc
from tocsin.cli.situation import AsJson, Fmt, Seed, Stream, Until, View, Zones, view
from tocsin.errors import TocsinError
from tocsin.local_time import read_duration, read_moment
from tocsin.maintenance import Window
from tocsin.outlook import Forecast, Outlook
from tocsin.wall_clock import spell_local
from tocsin.wording import duration
from tocsin.zones import city_of, zone_of

SHOWN = 5


@dataclass(frozen=True)
class _Weighed:
    """A declared window, held against the best of its length."""

    window: Window
    forecast: Forecast
    best: Start
    difference: Difference


@dataclass(frozen=True)
class _Advice:
    """What is to be shown."""

    channel: str
    outlook: Outlook
    best: list[Start]
    worst: Start
    weighed: list[_Weighed]
    cautions: list[str]


def advise(  # noqa: PLR0913, PLR0917  # the options of a command
    channel: Annotated[str, typer.Option(help="That is to be interrupted.")],
    stream: Stream = None,
    length: Annotated[str, typer.Option("--duration", help="Such as 90m, 1h or 1h30m.")] = "1h",
    horizon: Annotated[str, typer.Option(help="How far to look ahead, at most 7d.")] = "3d",
    zones: Zones = None,
    step: Annotated[str, typer.Option(help="Between two starts.")] = "30m",
    earliest: Annotated[
        str | None, typer.Option("--from", help="Earliest start, such as 2009-06-16T06:00Z; by default, now.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Hold declared windows against this start, such as 2009-06-16T21:00Z, not the best."),
    ] = None,
    until: Until = None,
    as_json: AsJson = False,
    seed: Seed = 1,
    fmt: Fmt = None,
) -> None:
    """Rank the hours in which an interruption of a channel would silence the fewest posts, and the fewest people.

    What is foretold comes from what people wrote in the last days, calm ones above all, and from the present level.
    Each figure has an interval that should hold four times in five. Now is event time: how far the stream has come.

    Examples:
      tocsin maintenance advise --channel twitter --duration 1h --zone Asia/Tehran

      tocsin maintenance advise --channel sms --duration 90m --horizon 7d --step 1h --json | jq '.best[0]'

      tocsin maintenance advise tehran-2009 --channel twitter --until 2009-06-15T18:30Z --zone Asia/Tehran
    """
    clocks = [zone_of(zone) for zone in zones or ()]
    length_ms, horizon_ms, step_ms = read_duration(length), read_duration(horizon), read_duration(step)
    begin = None if earliest is None else read_moment(earliest)
    rival = None if against is None else read_moment(against)
    seen = view(stream, until, seed, fmt)
    if seen is None:
        if as_json:
            print_json(None)
        return
    begin = seen.situation.at if begin is None else begin
    outlook = _outlook(seen, channel)
    candidates = _candidates(outlook, range(begin, begin + horizon_ms, step_ms), length_ms)
    given = _Advice(
        channel,
        outlook,
        advice.best(candidates, SHOWN),
        advice.worst(candidates),
        _weigh(seen, outlook, rival, range(begin, begin + horizon_ms, step_ms)),
        advice.cautions(channel, seen.situation, outlook),
    )
    if as_json:
        print_json(_record(given, seen.situation.at))
    else:
        _print(given, clocks, range(begin, begin + horizon_ms), stdout())


def _outlook(seen: View, channel: str) -> Outlook:
    outlook = seen.outlook(channel)
    if outlook is not None:
        return outlook
    if channel not in seen.situation.channels:
        known = ", ".join(seen.situation.channels) or "none yet"
        raise TocsinError(f"{channel}: no such channel has been counted. Known are: {known}")
    raise TocsinError(f"{channel}: too little is known of it to foretell anything; count it for a day or two first")


def _candidates(outlook: Outlook, horizon: range, length_ms: int) -> list[Start]:
    """List the windows of a length within a horizon; there must be one."""
    span_ms = horizon.stop - horizon.start
    if found := advice.starts(outlook, horizon.start, span_ms, length_ms, horizon.step):
        return found
    raise TocsinError(
        f"no window of {duration(length_ms)} lies within {duration(span_ms)} from {utc(horizon.start)} and within the "
        f"week from {utc(outlook.begin)} that is foretold. Choose a longer --horizon, or another --from"
    )


def _weigh(seen: View, outlook: Outlook, rival: int | None, horizon: range) -> list[_Weighed]:
    """Hold each window that is declared on the channel against the best of its own length, or against a given start."""
    weighed = []
    for window in advice.declared_on(seen.situation, outlook.channel):
        length_ms = window.end - window.begin
        forecast = outlook.window(window.begin, window.end) or window.forecast
        if rival is None:
            found = advice.starts(outlook, horizon.start, horizon.stop - horizon.start, length_ms, horizon.step)
        else:
            found = advice.starts(outlook, rival, length_ms, length_ms, 1)
        best = advice.best(found, 1)
        if forecast is not None and best:
            weighed.append(_Weighed(window, forecast, best[0], advice.difference(forecast, best[0].forecast)))
        elif rival is not None:
            raise TocsinError(
                f"--against {utc(rival)}: outside of the week that is foretold, from {utc(outlook.begin)}"
            )
    return weighed


def _record(given: _Advice, at: int) -> dict[str, Any]:
    return {
        "channel": given.channel,
        "at": at,
        "history_days": given.outlook.days,
        "best": [_start(start) for start in given.best],
        "worst": _start(given.worst),
        "declared": [
            {
                **_window(one.window, one.forecast),
                "against": _start(one.best),
                "more_posts": round(one.difference.posts, 1),
                "times": None if one.difference.times is None else round(one.difference.times, 2),
                "sure": one.difference.sure,
            }
            for one in given.weighed
        ],
        "cautions": given.cautions,
    }


def _start(start: Start) -> dict[str, Any]:
    return {"begin": start.begin, "end": start.end, **_forecast(start.forecast)}


def _window(window: Window, forecast: Forecast) -> dict[str, Any]:
    return {"id": window.id, "begin": window.begin, "end": window.end, **_forecast(forecast)}


def _forecast(forecast: Forecast) -> dict[str, float]:
    return {name: round(figure, 1) for name, figure in structs.asdict(forecast).items()}


def _print(given: _Advice, clocks: Sequence[tzinfo], horizon: range, console: Console) -> None:
    windows = [one.window for one in given.weighed]
    length = duration(given.best[0].end - given.best[0].begin)
    console.print(
        f"What {given.channel} is expected to carry, by half hours. 1 is the best start for {length}; = is declared."
    )
    for line in draw_hours(given.outlook, horizon, given.best, windows, clocks):
        console.print(line)
    console.print()
    console.print(_table(given, clocks))
    for one in given.weighed:
        best = f"{utc(one.best.begin)} to {utc(one.best.end)}"
        console.print(
            f"{one.window.id}, declared for {utc(one.window.begin)} to {utc(one.window.end)}, against {best}: "
            f"{advice.spell_difference(one.difference)}",
            soft_wrap=True,
        )
    for caution in given.cautions:
        stderr().print(f"! {caution}", style="yellow")


def _table(given: _Advice, clocks: Sequence[tzinfo]) -> Table:
    """List the best, the worst and what is declared, with every clock beside UTC."""
    table = Table("", "begins (UTC)", *(city_of(str(clock)) for clock in clocks), box=None, pad_edge=False)
    for title in ("posts", "80% within", "authors"):
        table.add_column(title, justify="right")
    rows = [(str(number), start.begin, start.forecast) for number, start in enumerate(given.best, 1)]
    rows.append(("worst", given.worst.begin, given.worst.forecast))
    rows += [(f"= {one.window.id}", one.window.begin, one.forecast) for one in given.weighed]
    for name, begin, forecast in rows:
        figures = (f"{forecast.posts:,.0f}", f"{forecast.low:,.0f} to {forecast.high:,.0f}", f"{forecast.authors:,.0f}")
        table.add_row(name, *(spell_local(begin, clock) for clock in (UTC, *clocks)), *figures)
    return table
