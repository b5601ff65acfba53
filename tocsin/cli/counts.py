"""``tocsin counts``: what was counted of a series, and what was expected."""

import difflib
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from dashboards.model import Band, By, Point, Status
from dashboards.reader import Reader
from tocsin import series as names
from tocsin.cli.show import MARKS, bar, open_reader, print_json, say_nothing_yet, stdout, utc
from tocsin.errors import TocsinError

MOST = 100_000
_LISTED = 40  # names that an error may list


def counts(
    series: Annotated[
        str | None,
        typer.Argument(help="Such as posts, channel=sms or authors:channel=sms; without it, all are listed."),
    ] = None,
    by: Annotated[
        By | None, typer.Option(help="Resolution: minute by default, bucket for authors. Buckets show expectations.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=MOST, help="How many.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; times in epoch ms.")] = False,
) -> None:
    """Show the rolling counts of a series. Times are event time, in UTC.

    A minus stands where nothing is stored: before the beginning, or after the time for which counts are kept.

    Examples:
      tocsin counts

      tocsin counts channel=sms --by bucket --last 60

      tocsin counts 'channel=sms|region=tehran' --by hour --json

      tocsin counts authors:channel=sms --by bucket    # distinct authors instead of posts
    """
    with open_reader() as reader:
        status = reader.status()
        if status is None:
            say_nothing_yet(reader)
            if as_json:
                print_json(None if series else {})
        elif series is None:
            _list(reader.series(), status, as_json=as_json)
        else:
            chosen = by or ("bucket" if series.startswith(names.AUTHORS) else "minute")
            _check(series, chosen, status, reader.series())
            _show(reader, status, series, chosen, last, as_json=as_json)


def _list(known: dict[str, int], status: Status, *, as_json: bool) -> None:
    if as_json:
        print_json(known)
        return
    table = Table("series", "last seen", box=None, pad_edge=False)
    for name, at in known.items():
        table.add_row(name, utc(at, status.bucket_ms))
    stdout().print(table)


def _check(series: str, by: By, status: Status, known: dict[str, int]) -> None:
    """Make sure that a series can be shown, and say what can where it cannot."""
    base = series.removeprefix(names.AUTHORS)
    if base not in known:
        near = difflib.get_close_matches(base, known, n=3)
        guess = f" Did you mean {' or '.join(near)}?" if near else ""
        listed = ", ".join(list(known)[:_LISTED])
        more = f" and {len(known) - _LISTED:,} more: see tocsin counts" if len(known) > _LISTED else ""
        raise TocsinError(f"{series}: no such series has been counted.{guess} Known are: {listed}{more}")
    if base != series and status.step(by) != status.bucket_ms:
        raise TocsinError(
            f"{series} --by {by}: distinct authors are counted in each bucket, and cannot be added up, since one "
            f"person may write in several. Ask for them with --by bucket ({status.bucket_ms // 1000} s)"
        )


def _show(reader: Reader, status: Status, series: str, by: By, last: int, *, as_json: bool) -> None:
    points = reader.last_counts(series, by, last)
    bands: dict[int, Band] = {}
    if points and status.step(by) == status.bucket_ms:
        bands = reader.bands(series, points[0].at, points[-1].at + 1)
    if as_json:
        print_json(
            {"series": series, "step_ms": status.step(by), "points": [_record(p, bands.get(p.at)) for p in points]}
        )
    else:
        stdout().print(_table(series, points, bands, status.step(by)))


def _record(point: Point, band: Band | None) -> dict[str, Any]:
    told = {"expected": band.expected, "lower": band.lower, "upper": band.upper} if band else {}
    return {"at": point.at, "posts": point.posts, "whole": point.whole, **told}


def _table(series: str, points: list[Point], bands: dict[int, Band], step_ms: int) -> Table:
    table = Table("time (UTC)", box=None, pad_edge=False)
    table.add_column("authors" if series.startswith(names.AUTHORS) else "posts", justify="right")
    table.add_column("")
    if bands:
        table.add_column("expected (from to)", no_wrap=True)
    most = max((point.posts or 0 for point in points), default=0)
    for point in points:
        count = "-" if point.posts is None else f"{point.posts:,}"
        drawn = bar(point.posts or 0, most) + ("" if point.whole else " so far")
        table.add_row(utc(point.at, step_ms), count, drawn, *([_expected(point, bands.get(point.at))] if bands else []))
    return table


def _expected(point: Point, band: Band | None) -> Text:
    """Spell a band, and mark what lies outside."""
    if band is None:
        return Text("")
    said = f"{band.expected:,.1f} ({band.lower:,.1f} to {band.upper:,.1f})"
    if point.posts is not None and not band.lower <= point.posts <= band.upper:
        symbol, colour = MARKS["burst" if point.posts > band.upper else "outage"]
        return Text(f"{said} {symbol}", style=colour)
    return Text(said)
