"""``tocsin incidents``: what surged, fell silent or went dark; from Redis, or from an archive without any server."""

import time
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from dashboards.reader import Reader
from producers.archive import Format
from tocsin.cli.offline import judge_stream, open_offline
from tocsin.cli.show import (
    MARKS,
    open_reader,
    print_incidents,
    print_json,
    say_nothing_yet,
    sentence,
    stderr,
    stdout,
)
from tocsin.errors import UnavailableError
from tocsin.incidents import Incident, to_record

POLL_SECONDS = 0.5


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
        verdict = judge_stream(open_offline(stream, seed, fmt), stderr())
        found, word = verdict.incidents, verdict.judge.digest
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
