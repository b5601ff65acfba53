"""``tocsin incidents``: what surged, fell silent or went dark; from Redis, or from an archive without any server."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dashboards.reader import Reader
from producers.archive import Format
from producers.streams import Stream, open_stream
from tocsin.cli.generate import recommended
from tocsin.cli.show import (
    MARKS,
    open_reader,
    print_incidents,
    print_json,
    say_nothing_yet,
    sentence,
    stderr,
    stdout,
    utc,
)
from tocsin.errors import UnavailableError
from tocsin.incidents import Incident, to_record
from tocsin.lexicon import default_lexicon, lexicon_from_file
from tocsin.offline import Offline
from tocsin.posts import MAX_LINES
from tocsin.settings import Settings, load_settings

POLL_SECONDS = 0.5

Observe = Callable[[int], None]


def incidents(
    stream: Annotated[
        str | None,
        typer.Argument(metavar="ARCHIVE_OR_SCENARIO", help="Judge this, without any server, instead of reading Redis."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of records; times in epoch ms.")] = False,
    digest: Annotated[
        bool, typer.Option("--digest", help="Print only the digest of all counts and incidents.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with each change as it comes, until Ctrl-C.")] = False,
    seed: Annotated[int, typer.Option(help="Of a scenario's noise.")] = 1,
    fmt: Annotated[
        Format | None, typer.Option("--format", help="Format of an archive; guessed from its first lines.")
    ] = None,
) -> None:
    """List incidents: what surged (▲ burst), fell silent (▼ outage), cannot be known (◌ blind), or is news (◆ term).

    Without an argument they come from Redis, where workers put them. With a path or a scenario the same code reads
    that, as fast as it can, and says to the byte what the workers would have said: compare the digests.

    Examples:
      tocsin incidents

      tocsin incidents --follow --json | jq .series

      tocsin incidents tehran-2009

      tocsin incidents june.ndjson.gz --digest
    """
    if digest and (as_json or follow):
        raise typer.BadParameter(
            "prints one word and ends: it goes neither with --json nor with --follow", param_hint="--digest"
        )
    if stream is not None:
        if follow:
            raise typer.BadParameter("follows what workers store, and an archive has an end", param_hint="--follow")
        found, word = _judge(open_offline(stream, seed, fmt), stderr())
    else:
        with open_reader() as reader:
            status = reader.status()
            if status is None:
                say_nothing_yet(reader)
            if follow:
                _follow(reader, as_json=as_json)
                return
            found, word = reader.incidents(), status.digest if status else ""
    _print(found, word, as_json=as_json, digest=digest)


def _print(found: list[Incident], word: str, *, as_json: bool, digest: bool) -> None:
    if digest:
        if word:
            typer.echo(word)
    elif as_json:
        print_json([to_record(incident) for incident in found])
    elif found:
        print_incidents(found, stdout())
    elif word:
        stderr().print("No incident: all is as it was expected to be.")


def _follow(reader: Reader, *, as_json: bool) -> None:
    console = stdout()
    try:
        for incident in follow_log(reader, time.sleep, stderr().print):
            if as_json:
                print_json(to_record(incident))
            else:
                console.print(sentence(incident), style=MARKS[incident.kind][1], soft_wrap=True)
    except KeyboardInterrupt:
        return


def follow_log(reader: Reader, sleep: Callable[[float], None], say: Callable[[str], None]) -> Iterator[Incident]:
    """Yield the incidents that last, and from then on each revision as it comes, for ever.

    Args:
        reader: Asked every half second. Should Redis go away later on, it is asked again until it comes back.
        sleep: Waits for seconds.
        say: Told when Redis goes away.
    """
    status = reader.status()
    number = status.revisions if status else 0
    lasting = [incident for incident in reader.incidents() if incident.closed_at is None]
    yield from lasting
    shown = {(incident.id, incident.revision) for incident in lasting}
    away = False
    while True:
        try:
            revisions = reader.revisions(number)
            away = False
        except UnavailableError as error:
            if not away:
                say(f"{error}. Waiting for it")
            revisions, away = [], True
        number += len(revisions)
        yield from (revision for revision in revisions if (revision.id, revision.revision) not in shown)
        sleep(POLL_SECONDS)


def open_offline(what: str, seed: int, fmt: Format | None) -> tuple[Stream, Settings]:
    """Find an archive or scenario, and the settings to judge it by: one's own, then those that it recommends."""
    own = load_settings()
    key = own.author_key.get_secret_value() if own.author_key else None
    stream = open_stream(what, author_key=key, seed=seed, fmt=fmt)
    advised = {name: value for name, value in stream.settings.items() if name not in own.model_fields_set}
    return stream, load_settings(**advised)


def _judge(opened: tuple[Stream, Settings], console: Console) -> tuple[list[Incident], str]:
    """Judge a stream from its beginning to its end.

    Returns:
        The last state of each incident by onset, and the digest.
    """
    stream, settings = opened
    lexicon = lexicon_from_file(settings.lexicon) if settings.lexicon else default_lexicon()
    offline = Offline(settings.rules, lexicon, settings.false_page_days)
    if stream.settings:
        console.print("Judged with: " + " ".join(recommended({n: getattr(settings, n) for n in stream.settings})))
    found: dict[str, Incident] = {}
    lines = (item.raw for item in stream.items(settings.rules))
    with _progress(stream, console) as observe:
        while part := list(islice(lines, MAX_LINES)):
            for judgement in offline.fold(b"\n".join(part)):
                found.update({incident.id: incident for incident in judgement.revisions})
                observe(judgement.closed.bucket * settings.bucket_ms)
    for remark in stream.remarks():
        console.print(remark)
    # Those that last have gone on counting since their last revision.
    found.update({incident.id: incident for incident in offline.judge.lasting})
    ordered = sorted(found.values(), key=lambda incident: (incident.onset, incident.id))
    return ordered, offline.judge.digest


@contextmanager
def _progress(stream: Stream, console: Console) -> Iterator[Observe]:
    """Show how far a judgement has come, where somebody may see it; in bytes of an archive, in time of a scenario."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        span = stream.end - stream.begin if stream.begin is not None and stream.end is not None else None
        task = progress.add_task(stream.name, total=stream.size or span, said="")

        def observe(at: int) -> None:
            done = stream.done() if stream.size is not None else at - (stream.begin or 0)
            progress.update(task, completed=done, said=utc(at))

        yield observe
