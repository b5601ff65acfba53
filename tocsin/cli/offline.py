"""Judging an archive or a scenario without servers, for every command that can do so."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from producers.archive import Format
from producers.streams import Stream, open_stream
from tocsin.cli.generate import recommended
from tocsin.cli.show import utc
from tocsin.errors import ArchiveError
from tocsin.incidents import Incident
from tocsin.judge import Judge, Judgement
from tocsin.lexicon import default_lexicon, lexicon_from_file
from tocsin.merge import ClosedBucket
from tocsin.offline import Counting
from tocsin.settings import Settings, load_settings

Observe = Callable[[int], None]
Watch = Callable[[Judge, Judgement], None]


@dataclass(frozen=True)
class Verdict:
    """What came of a stream.

    Attributes:
        judge: As it stands at the end.
        incidents: The last state of each, by onset.
        closed_through: Event time up to which every bucket was judged, epoch ms.
    """

    judge: Judge
    incidents: list[Incident]
    closed_through: int


def open_offline(what: str, seed: int, fmt: Format | None) -> tuple[Stream, Settings]:
    """Find an archive or scenario, and the settings to judge it by: one's own, then those that it recommends."""
    own = load_settings()
    key = own.author_key.get_secret_value() if own.author_key else None
    stream = open_stream(what, author_key=key, seed=seed, fmt=fmt)
    advised = {name: value for name, value in stream.settings.items() if name not in own.model_fields_set}
    return stream, load_settings(**advised)


def judge_stream(
    opened: tuple[Stream, Settings],
    console: Console,
    *,
    until: int | None = None,
    watch: Watch | None = None,
    counted: Iterable[ClosedBucket] | None = None,
) -> Verdict:
    """Judge a stream from its beginning.

    Args:
        opened: The stream, and the settings to judge it by.
        console: Where progress and remarks go.
        until: Event time, epoch ms: the last bucket is the last that ends by then. By default, the whole stream.
        watch: Told of each judgement.
        counted: Its buckets, where somebody else counts them; see :mod:`tocsin.cli.ahead`.

    Raises:
        ArchiveError: When nothing can be judged up to ``until``.
    """
    stream, settings = opened
    if stream.settings:
        console.print("Judged with: " + " ".join(recommended({n: getattr(settings, n) for n in stream.settings})))
    judge = Judge(settings.rules, settings.false_page_days)
    found: dict[str, Incident] = {}
    end = 0
    with _progress(stream, console, until) as observe:
        for judgement in _judgements(judge, counted or count(stream, settings), settings.bucket_ms, until):
            found.update({incident.id: incident for incident in judgement.revisions})
            end = (judgement.closed.bucket + 1) * settings.bucket_ms
            observe(end)
            if watch is not None:
                watch(judge, judgement)
    if until is None:
        for remark in stream.remarks():
            console.print(remark)
    elif not end:
        raise ArchiveError(f"{stream.name}: nothing of it is before {utc(until)}; choose a later --until")
    # Those that last have gone on counting since their last revision.
    found.update({incident.id: incident for incident in judge.lasting})
    ordered = sorted(found.values(), key=lambda incident: (incident.onset, incident.id))
    return Verdict(judge, ordered, end)


def count(stream: Stream, settings: Settings) -> Iterator[ClosedBucket]:
    """Count a stream from its beginning, bucket by bucket."""
    lexicon = lexicon_from_file(settings.lexicon) if settings.lexicon else default_lexicon()
    counting = Counting(settings.rules, lexicon)
    for value, parts in stream.records(settings.rules):
        yield from counting.fold(value, parts)


def _judgements(
    judge: Judge, counted: Iterable[ClosedBucket], bucket_ms: int, until: int | None
) -> Iterator[Judgement]:
    """Judge bucket by bucket, and stop before the first that ends after ``until``.

    That one must not even be folded, or the judge would know of it.
    """
    for closed in counted:
        if until is not None and (closed.bucket + 1) * bucket_ms > until:
            return
        yield judge.fold(closed)
        if until is not None and (closed.bucket + 2) * bucket_ms > until:
            return  # it need not be waited for


@contextmanager
def _progress(stream: Stream, console: Console, until: int | None) -> Iterator[Observe]:
    """Show how far a judgement has come, where somebody may see it; in bytes of an archive, in time of a scenario."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        end = stream.end if until is None or stream.end is None else min(until, stream.end)
        span = end - stream.begin if stream.begin is not None and end is not None else None
        task = progress.add_task(stream.name, total=stream.size or span, said="")

        def observe(at: int) -> None:
            done = stream.done() if stream.size is not None else at - (stream.begin or 0)
            progress.update(task, completed=done, said=utc(at))

        yield observe
