"""``tocsin follow``: collectors of live sources."""

from pathlib import Path
from typing import Annotated

import typer

from producers.live import jetstream_events, mastodon_events
from producers.live.follower import Plan
from producers.live.jetstream import INSTANCES, Jetstream
from producers.live.mastodon import MastodonStream
from producers.live.mastodon_place import Kind, Place
from producers.pseudonyms import Pseudonyms
from tocsin.cli.collecting import Asked, collect, steady_clock
from tocsin.errors import SettingsError
from tocsin.series import is_value
from tocsin.settings import Settings, load_settings

follow = typer.Typer(
    help="Collect what people post right now, with heartbeats that tell the truth and a report of every gap.",
    no_args_is_help=True,
)

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write an archive (.zst, .gz or plain), rather than to Kafka."),
]
StateFile = Annotated[
    Path | None,
    typer.Option("--state", help="Where to keep how far it has come; the next run goes on from there."),
]
Report = Annotated[Path | None, typer.Option(help="Add each gap, and a summary, to this file; JSON Lines.")]
Keyword = Annotated[list[str] | None, typer.Option(help="Only posts of this keyword group of the lexicon; repeatable.")]
Lang = Annotated[list[str] | None, typer.Option(help="Only posts in this language, such as fa; repeatable.")]
For = Annotated[str | None, typer.Option("--for", help="End after so long, such as 90m or 1h; by default at Ctrl-C.")]
Source = Annotated[str, typer.Option(help="Name of this collector; two that run at a time want two names.")]
Json = Annotated[bool, typer.Option("--json", help="At the end, print the summary as JSON on stdout.")]

_HEARTBEAT_MS = 1_000
_MEMORY_MS = 3_600_000


@follow.command()
def jetstream(  # noqa: PLR0913, PLR0917  # the options of a command
    output: Output = None,
    state: StateFile = None,
    report: Report = None,
    instance: Annotated[
        list[str] | None, typer.Option(help="Address of a server; repeatable: the next one when one fails.")
    ] = None,
    dictionary: Annotated[
        Path | None, typer.Option(help="The servers' zstandard dictionary; asks for compression, half the bytes.")
    ] = None,
    keyword: Keyword = None,
    lang: Lang = None,
    length: For = None,
    source: Source = jetstream_events.SOURCE,
    as_json: Json = False,
) -> None:
    """Follow Bluesky, by way of Jetstream: every public post of the network.

    It resumes where it broke off, writes nothing twice, and says of each gap whether the server told afterwards what
    was missed. Authors become pseudonyms under TOCSIN_AUTHOR_KEY before anything is written.

    Examples:
      tocsin follow jetstream --state jetstream.state                 # into Kafka, until Ctrl-C

      tocsin follow jetstream -o bluesky.ndjson.zst --for 1h --lang fa --report gaps.jsonl

      tocsin follow jetstream --instance wss://jetstream.example/subscribe --dictionary zstd_dictionary
    """
    settings = load_settings()
    asked = Asked(output, state, report, tuple(keyword or ()), tuple(lang or ()), length, as_json)
    events = jetstream_events.JetstreamEvents(_pseudonyms(settings), _named(source))
    now = steady_clock()
    servers = Jetstream(instance or INSTANCES, events, now, dictionary=_read(dictionary))
    plan = Plan(
        source=source,
        channel=jetstream_events.CHANNEL,
        allowance_ms=1_000,
        heartbeat_ms=_HEARTBEAT_MS,
        memory_ms=_MEMORY_MS,
        tolerance_ms=1_000,
        blind_ms=settings.rules.blind_ms,
    )
    collect(servers, plan, asked, settings, now)


@follow.command()
def mastodon(  # noqa: PLR0913, PLR0917  # the options of a command
    server: Annotated[str, typer.Option(help="Address of a server, such as https://mastodon.example.")],
    output: Output = None,
    state: StateFile = None,
    report: Report = None,
    stream: Annotated[Kind, typer.Option(help="What of it: all that it sees, its own people, or a tag.")] = "public",
    tag: Annotated[str, typer.Option(help="With --stream hashtag: which, without #.")] = "",
    keyword: Keyword = None,
    lang: Lang = None,
    length: For = None,
    source: Source = mastodon_events.SOURCE,
    as_json: Json = False,
) -> None:
    """Follow the public posts that one Mastodon server sees.

    After a gap what was missed is fetched from its timeline, as far as the server gives it. The access token is the
    setting TOCSIN_MASTODON_TOKEN; most servers want one.

    Examples:
      TOCSIN_MASTODON_TOKEN=... tocsin follow mastodon --server https://mastodon.example --state mastodon.state

      tocsin follow mastodon --server https://mastodon.example --stream hashtag --tag iranelection -o tag.ndjson.zst
    """
    settings = load_settings()
    asked = Asked(output, state, report, tuple(keyword or ()), tuple(lang or ()), length, as_json)
    token = settings.mastodon_token.get_secret_value() if settings.mastodon_token else None
    events = mastodon_events.MastodonEvents(_pseudonyms(settings), _named(source))
    now = steady_clock()
    place = MastodonStream(Place(server, stream, tag, token), events, now)
    plan = Plan(
        source=source,
        channel=mastodon_events.CHANNEL,
        allowance_ms=10_000,  # until then a status of another server should have come
        heartbeat_ms=_HEARTBEAT_MS,
        memory_ms=_MEMORY_MS,
        tolerance_ms=0,
        blind_ms=settings.rules.blind_ms,
    )
    collect(place, plan, asked, settings, now)


def _named(source: str) -> str:
    """Make sure that a collector's name can name a series."""
    if not is_value(source):
        raise SettingsError(f"--source {source}: expected at most 32 of a-z 0-9 . _ -")
    return source


def _pseudonyms(settings: Settings) -> Pseudonyms:
    return Pseudonyms(settings.author_key.get_secret_value() if settings.author_key else None)


def _read(path: Path | None) -> bytes | None:
    try:
        return None if path is None else path.read_bytes()
    except OSError as error:
        raise SettingsError(f"--dictionary {path}: cannot be read: {error.strerror}") from error
