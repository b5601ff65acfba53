"""``tocsin backtest``: what would have been seen in an archive, and how that fares against what is true."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from producers.archive import Format
from producers.streams import Stream
from tocsin.backtest import Recorder, Run, held
from tocsin.cli.bounds import read_bounds
from tocsin.cli.files import replacing
from tocsin.cli.offline import judge_stream, open_offline
from tocsin.cli.show import print_incidents, print_json, stderr, stdout, utc
from tocsin.errors import ArchiveError, SettingsError
from tocsin.settings import Settings, load_settings
from tocsin.truth import Truth, TruthFile, read_truth

CHOICES = (
    "bucket_seconds",
    "allowed_lateness_seconds",
    "blind_after_seconds",
    "ahead_seconds",
    "false_page_days",
    "lexicon",
)
_MOST_WORDS = 20  # lines of what is wrong; the report has all of them


def backtest(  # noqa: PLR0913, PLR0917 - the options of a command
    stream: Annotated[str, typer.Argument(metavar="ARCHIVE_OR_SCENARIO", help="Path of an archive, or a scenario.")],
    truth: Annotated[
        Path | None, typer.Option(help="JSON file of what really happened; a scenario knows its own.")
    ] = None,
    versus: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Judge it again with this setting changed, and compare. Repeatable."),
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="Event time, such as 2009-06-15T18:30Z, or a date: its begin in UTC.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Likewise; what happened then is left out.")] = None,
    html: Annotated[Path | None, typer.Option(help="Report to write, with pictures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object instead; times in epoch ms.")] = False,
    seed: Annotated[int, typer.Option(help="Of a scenario's noise.")] = 1,
    fmt: Annotated[
        Format | None, typer.Option("--format", help="Format of an archive; guessed from its first lines.")
    ] = None,
) -> None:
    """Judge a whole archive without servers, as fast as the machine allows, and score it against the truth.

    The core is the pipeline's own: what is told here is what workers would have told of the same lines, to the byte.
    Recall is the share of what should have been told that was, precision the share of what was told that is so.

    Examples:
      tocsin backtest tehran-2009 --html report.html

      tocsin backtest june.ndjson.zst --truth june.json

      tocsin backtest june.ndjson.zst --truth june.json --versus false_page_days=30 --versus bucket_seconds=30
    """
    opened, settings = open_offline(stream, seed, fmt)
    opened = replace(opened, bounds=read_bounds(begin, end))
    told = _truth(truth, opened)
    if truth is not None and told is not None:
        settings = _advised(settings, told)
    events = None if told is None else _within(told.events, opened.bounds)
    other = _changed(settings, versus) if versus else None  # a mistake in it should not wait for the first run
    runs = [("as set", _run(opened, settings, events))]
    if versus and other:
        runs.append((", ".join(versus), _run(opened, other, events)))
    if html is not None:
        from tocsin.report import render  # noqa: PLC0415 - drawing takes half a second to import

        with replacing(html) as file:
            file.write(render(opened.name, runs, events).encode())
        stderr().print(f"{html}: the report", soft_wrap=True)
    if as_json:
        print_json({"stream": opened.name, "runs": [{"label": label, **run.to_record()} for label, run in runs]})
    else:
        _print(runs, events, stdout())


def _truth(path: Path | None, stream: Stream) -> TruthFile | None:
    if path is None:
        return stream.truth
    try:
        return read_truth(path.read_bytes(), str(path))
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror}") from error


def _within(events: Sequence[Truth], bounds: tuple[int | None, int | None]) -> tuple[Truth, ...]:
    """Leave out the events that do not reach into a cut."""
    begin, end = bounds
    return tuple(e for e in events if (begin is None or e.end > begin) and (end is None or e.begin < end))


def _advised(settings: Settings, truth: TruthFile) -> Settings:
    """Take the settings that belong to a truth, unless somebody has chosen others."""
    own = load_settings().model_fields_set
    return _with(settings, {name: value for name, value in truth.settings.items() if name not in own})


def _changed(settings: Settings, versus: Sequence[str]) -> Settings:
    """Change settings that matter to a judgement.

    Raises:
        SettingsError: When it is another, or is not spelt NAME=VALUE.
    """
    changes = {}
    for change in versus:
        name, equals, value = change.partition("=")
        if not equals or name not in CHOICES:
            raise SettingsError(f"--versus {change}: expected NAME=VALUE with one of {', '.join(CHOICES)}")
        changes[name] = value
    return _with(settings, changes)


def _with(settings: Settings, changes: dict[str, Any]) -> Settings:
    chosen = {name: getattr(settings, name) for name in CHOICES if name in settings.model_fields_set}
    return load_settings(**{**chosen, **changes})


def _run(stream: Stream, settings: Settings, events: tuple[Truth, ...] | None) -> Run:
    """Judge the stream once, and say how fast."""
    recorder = Recorder(settings.bucket_ms)
    began, spent = time.perf_counter(), time.process_time()
    verdict = judge_stream((stream, settings), stderr(), watch=lambda _, judgement: recorder.fold(judgement))
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    if not verdict.closed_through:
        raise ArchiveError(f"{stream.name}: nothing in it could be judged; is there any post in it?")
    totals = dict(verdict.judge.totals)
    run = Run(
        settings={name: getattr(settings, name) for name in CHOICES if getattr(settings, name) is not None},
        bucket_ms=settings.bucket_ms,
        digest=verdict.judge.digest,
        totals=totals,
        course=recorder.course,
        incidents=verdict.incidents,
        score=held(recorder, events, settings.bucket_ms),
    )
    posts = totals.get("posts", 0)
    stderr().print(
        f"{stream.name}: {posts:,} posts of {run.days:.1f} days judged in {seconds:.1f} s, {spent:.1f} of them on a "
        f"core ({posts / max(spent, 1e-9):,.0f} a second)",
        soft_wrap=True,
    )
    return run


def _print(runs: Sequence[tuple[str, Run]], events: Sequence[Truth] | None, console: Console) -> None:
    if len(runs) == 1 and runs[0][1].incidents:
        print_incidents(runs[0][1].incidents, console)
    table = Table("", box=None, pad_edge=False)
    for label, _ in runs:
        table.add_column(label, justify="right")
    for measure in runs[0][1].measures:
        values = (run.measures[measure] for _, run in runs)
        table.add_row(measure, *("–" if value is None else f"{value:,}" for value in values))
    table.add_row("digest", *(run.digest for _, run in runs))
    console.print(table)
    if events is not None:
        _print_events(runs, events, console)
    for label, run in runs:
        words = list(_wrong(run))
        for line in words[:_MOST_WORDS]:
            console.print(f"{label}: {line}", style="red", soft_wrap=True)
        if len(words) > _MOST_WORDS:
            console.print(f"{label}: and {len(words) - _MOST_WORDS} more; --html or --json has them all")


def _print_events(runs: Sequence[tuple[str, Run]], events: Sequence[Truth], console: Console) -> None:
    table = Table("event", "what", "begin", "end", box=None, pad_edge=False)
    for label, _ in runs:
        table.add_column(f"known after, {label}", justify="right")
    for event in events:
        delays = (run.score.delays.get(event.name) if run.score is not None else None for _, run in runs)
        said = (
            ("missed" if event.must else "need not") if buckets is None else f"{buckets * run.bucket_ms / 1000:,.0f} s"
            for buckets, (_, run) in zip(delays, runs, strict=True)
        )
        table.add_row(event.name, event.kind, utc(event.begin), utc(event.end), *said)
    console.print(table)


def _wrong(run: Run) -> Iterator[str]:
    if run.score is not None:
        yield from (f"missed: {words}" for words in run.score.missed)
        yield from (f"false: {incident}: {words}" for incident, words in run.score.false.items())
