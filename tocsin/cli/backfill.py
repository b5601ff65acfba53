"""``tocsin backfill``: the whole history of an archive for Prometheus, each sample at its own date."""

import shlex
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from producers.archive import Format
from tocsin.backfill import History
from tocsin.cli.ahead import Source, counting_ahead
from tocsin.cli.bounds import read_bounds
from tocsin.cli.files import replacing
from tocsin.cli.offline import judge_stream
from tocsin.cli.runs import Runs
from tocsin.cli.show import stderr, utc
from tocsin.errors import ArchiveError
from tocsin.judge import Judge, Judgement

_WAITING = 200_000  # lines that are kept in memory


def backfill(
    stream: Annotated[str, typer.Argument(metavar="ARCHIVE_OR_SCENARIO", help="Path of an archive, or a scenario.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="OpenMetrics text to write.")],
    begin: Annotated[
        str | None, typer.Option("--from", help="Event time, such as 2009-06-15T18:30Z, or a date: its begin in UTC.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Likewise; what happened then is left out.")] = None,
    seed: Annotated[int, typer.Option(help="Of a scenario's noise.")] = 1,
    fmt: Annotated[
        Format | None, typer.Option("--format", help="Format of an archive; guessed from its first lines.")
    ] = None,
) -> None:
    """Write the gauges that a worker would have shown, at event time, for Prometheus to take in.

    The archive goes through the pipeline's own core, without servers. The same dashboards then show it at its own
    dates: posts against what was expected, incidents, channels, maintenance, blind sources. It holds no counters.

    Prometheus makes blocks of it with:

      promtool tsdb create-blocks-from openmetrics --max-block-duration=240h history.om data/

    and keeps them with --storage.tsdb.path=data --storage.tsdb.retention.time=100y. See docs/history.md.

    Examples:
      tocsin backfill tehran-2009 -o history.om

      tocsin backfill june.ndjson.zst -o history.om --from 2009-06-12 --to 2009-06-17
    """
    began = time.perf_counter()
    with (
        replacing(output) as file,
        closing(Runs(output.parent)) as runs,
        counting_ahead(Source(stream, seed, fmt, read_bounds(begin, end))) as (opened, settings, counted),
    ):
        history = History(settings.rules)

        def watch(judge: Judge, judgement: Judgement) -> None:
            history.fold(judge, judgement)
            if history.waiting >= _WAITING:
                runs.add(history.take())

        verdict = judge_stream((opened, settings), stderr(), watch=watch, counted=counted)
        if not verdict.closed_through:
            raise ArchiveError(f"{opened.name}: nothing in it could be judged; is there any post in it?")
        runs.add(history.take())
        for text in runs.whole():
            file.write(text)
    first = verdict.closed_through - verdict.judge.totals["buckets"] * settings.bucket_ms
    stderr().print(
        f"{output}: {runs.samples:,} samples of {verdict.judge.totals['posts']:,} posts, {utc(first)} to "
        f"{utc(verdict.closed_through)}, in {time.perf_counter() - began:.1f} s. Make blocks of it with:\n"
        f"promtool tsdb create-blocks-from openmetrics --max-block-duration=240h {shlex.quote(str(output))} data/",
        soft_wrap=True,
        markup=False,
    )
