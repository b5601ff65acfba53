"""``tocsin series``: scores any series of counts, without servers."""

import gzip
import io
import re
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import track

from tocsin.cli.files import replacing
from tocsin.cli.show import stderr
from tocsin.counts_csv import Columns, Row, read_counts, write_scores
from tocsin.detect.scores import ALARM, Scores
from tocsin.errors import ArchiveError, TocsinError
from tocsin.grid import LEAST_MS, WIDEST_MS, Grid, choose_grid
from tocsin.rating import Rated, Rating
from tocsin.settings import load_settings
from tocsin.wording import duration

Gaps = Literal["unobserved", "zero"]
_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONG = 5000  # rows; fewer are done before a bar could be read
FORMATS = ("png", "svg")


def series(  # noqa: PLR0913, PLR0917  # the options of a command
    counts: Annotated[str, typer.Argument(metavar="COUNTS.csv", help="CSV, also .csv.gz; - reads stdin.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV to write instead of stdout; gzipped if it ends in .gz.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Picture to draw, .png or .svg.")] = None,
    bucket: Annotated[
        str | None,
        typer.Option(
            help="Width of a bucket, such as 30s, 5m, 1h; by default what mostly lies between the first rows."
        ),
    ] = None,
    gaps: Annotated[
        Gaps,
        typer.Option(
            help="What a bucket without rows means. unobserved: nobody knows, for the silence of a collector is not "
            "the silence of the crowd. zero: nobody wrote, and the file leaves out empty buckets."
        ),
    ] = "unobserved",
    time_column: Annotated[str, typer.Option(help="Column of times.")] = Columns.time,
    value_column: Annotated[str, typer.Option(help="Column of counts.")] = Columns.value,
    days: Annotated[
        int | None,
        typer.Option(
            min=1, max=36_500, help="One false alarm in so many days; by default the setting false_page_days."
        ),
    ] = None,
) -> None:
    """Score a series of counts of your own: how surely is each one part of a burst, or of an outage?

    Each row comes back with what was expected of it, the bounds of what is ordinary, and two scores between 0 and 1.
    From 0.5 on it is an alarm. A score depends on its row and the rows before, never on later ones.

    Times are ISO 8601, or seconds or milliseconds since 1970; without a zone they are taken for UTC. Counts are
    numbers from 0 on; an empty one means that nobody looked. Rows of one bucket add up.

    Examples:
      tocsin series mentions.csv -o scores.csv --plot mentions.png

      tocsin series hashtag.csv.gz --value-column count --gaps zero --bucket 5m

      zcat counts.csv.gz | tocsin series - | awk -F, '$6 >= 0.5'   # the bursts
    """
    console = stderr()
    width_ms = None if bucket is None else parse_width(bucket)
    fmt = None if plot is None else _format(plot)
    budget = load_settings().false_page_days if days is None else days
    name = "stdin" if counts == "-" else counts
    rows = _read(counts, name, Columns(time_column, value_column))
    grid = choose_grid(rows, name, width_ms, zero=gaps == "zero")
    rating = Rating(grid, Scores(grid.bucket_ms, budget), zero=gaps == "zero")
    rated = _rate(rows, rating, console)
    _write(write_scores((one.row, one.scored) for one in rated if one.row is not None), output)
    if plot is not None and fmt is not None:
        _draw(rated, grid, Path(name).name, plot, fmt)
    for remark in _remarks(rows, rated, rating, grid, gaps):
        console.print(f"{name}: {remark}")


def parse_width(text: str) -> int:
    """Read the width of a bucket, such as ``5m``, to milliseconds.

    Raises:
        TocsinError: When it is no such thing, or is not from a second to a day.
    """
    found = re.fullmatch(r"([0-9]+)([smhd])", text)
    width_ms = int(found[1]) * _UNITS_MS[found[2]] if found else 0
    if not LEAST_MS <= width_ms <= WIDEST_MS:
        raise TocsinError(f"--bucket {text}: expected a width from 1s to 1d, such as 30s, 5m or 1h")
    return width_ms


def _format(plot: Path) -> str:
    fmt = plot.suffix.removeprefix(".").lower()
    if fmt not in FORMATS:
        raise TocsinError(
            f"--plot {plot}: expected a name that ends in {' or '.join(f'.{known}' for known in FORMATS)}"
        )
    return fmt


def _read(counts: str, name: str, columns: Columns) -> list[Row]:
    try:
        data = sys.stdin.buffer.read() if counts == "-" else Path(counts).read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        text = data.decode("utf-8-sig")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ArchiveError(f"{name}: not whole gzip: {error}") from error
    except OSError as error:
        raise ArchiveError(f"{name}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ArchiveError(f"{name} line {line}: expected UTF-8, got byte 0x{data[error.start]:02x}") from error
    return read_counts(io.StringIO(text, newline=""), name, columns)


def _rate(rows: Sequence[Row], rating: Rating, console: Console) -> list[Rated]:
    quiet = len(rows) < _LONG or not console.is_terminal
    shown = track(rows, "scoring", console=console, transient=True, disable=quiet)
    return [rated for row in shown for rated in rating.fold(row)]


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    with replacing(output) as file:
        file.write(text.encode())


def _whole(rated: Sequence[Rated]) -> list[Rated]:
    """Take what holds of each bucket: the last that was said about it."""
    return list({one.bucket: one for one in rated}.values())


def _draw(rated: Sequence[Rated], grid: Grid, name: str, plot: Path, fmt: str) -> None:
    from tocsin.plot import draw  # noqa: PLC0415 - Matplotlib takes half a second, which no other command should

    picture = draw(_whole(rated), grid, name, fmt)
    with replacing(plot) as file:
        file.write(picture)


def _remarks(rows: Sequence[Row], rated: Sequence[Rated], rating: Rating, grid: Grid, gaps: Gaps) -> list[str]:
    """Say what was made of the file, where that might surprise."""
    width = duration(grid.bucket_ms)
    whole = _whole(rated)
    bursts, outages = (_runs(whole, side) for side in (lambda one: one.scored.burst, lambda one: one.scored.outage))
    told = [f"rows: {len(rows):,}, in buckets of {width}; from {ALARM:g} on, bursts: {bursts:,}, outages: {outages:,}"]
    if rounded := sum(row.rounded for row in rows):
        told.append(f"values with a fraction, rounded to the nearest whole number: {rounded:,}")
    if empty := sum(row.value is None for row in rows):
        told.append(f"empty values, taken for unobserved: {empty:,}")
    if rating.late:
        told.append(f"rows of a bucket that was over (not counted; they repeat the row before): {rating.late:,}")
    if rating.missing:
        other = "unobserved, if nobody looked" if gaps == "zero" else "zero, if the file leaves out empty buckets"
        told.append(
            f"missing buckets, taken for {gaps}: {rating.missing:,} (gaps: {rating.gaps:,}). Choose --gaps {other}"
        )
    return told


def _runs(whole: Sequence[Rated], side: Callable[[Rated], float]) -> int:
    """Count the runs of buckets with a score that rings."""
    ringing = [side(one) >= ALARM for one in whole]
    return sum(now and not before for before, now in zip([False, *ringing], ringing, strict=False))
