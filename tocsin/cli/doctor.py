"""``tocsin doctor``: looks at everything that a deployment leans on, and says what to do about it."""

import importlib
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from typing import Annotated, Any, Literal

import typer
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError
from rich.console import Console

from dashboards.model import Status
from dashboards.reader import Reader
from producers.broker import check_partitions, open_admin, partitions_on, patiently
from tocsin.cli.show import print_json, stdout
from tocsin.errors import TocsinError
from tocsin.keys import VERSION
from tocsin.lexicon import default_lexicon, lexicon_from_file
from tocsin.settings import Settings, load_settings
from tocsin.topics import Topic

Level = Literal["ok", "warn", "fail"]
_STYLES: dict[Level, tuple[str, str]] = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}
_ANOTHER_PORT = "Choose another TOCSIN_METRICS_PORT, or 0 for a free one"
_SECONDS = 2.0  # for a worker on the same machine to answer
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to knock when a worker listens everywhere


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        level: Whether it is as it should be, may become a trouble, or keeps Tocsin from working.
        check: What was looked at.
        found: What was found.
        remedy: What to do about it.
    """

    level: Level
    check: str
    found: str
    remedy: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of findings.")] = False,
) -> None:
    """Check Kafka, Redis, compiled parts and the metrics port against the settings; exit code 1 if anything fails.

    Examples:
      tocsin doctor

      tocsin doctor --json | jq '.[] | select(.level != "ok")'
    """
    settings = load_settings()
    console, findings = stdout(), []
    for finding in examine(settings):
        findings.append(finding)
        if not as_json:
            _print(finding, console)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if any(finding.level == "fail" for finding in findings):
        raise typer.Exit(1)


def _print(finding: Finding, console: Console) -> None:
    symbol, style = _STYLES[finding.level]
    console.print(f"{symbol} {finding.level:4} {finding.check}: {finding.found}", style=style, soft_wrap=True)
    if finding.remedy:
        console.print(f"       {finding.remedy}", soft_wrap=True)


def examine(settings: Settings) -> Iterator[Finding]:
    """Run all checks, one after the other; those of a server that does not answer are left out."""
    yield from _examine_parts()
    lexicon, finding = _examine_lexicon(settings)
    yield finding
    yield from _examine_kafka(settings)
    yield from _examine_redis(settings, lexicon)
    yield _examine_port(settings)


def _examine_parts() -> Iterator[Finding]:
    for module, check, remedy in (
        ("crc32c", "crc32c", "Without it Kafka's checksums take a hundred times as long: pip install crc32c"),
        (
            "faust._cython.streams",
            "Faust's compiled part",
            "Workers refuse to start without it: pip install --force-reinstall --only-binary :all: faust-streaming",
        ),
    ):
        try:
            importlib.import_module(module)
        except ImportError as error:
            yield Finding("fail", check, str(error), remedy)
        else:
            yield Finding("ok", check, "loaded")


def _examine_lexicon(settings: Settings) -> tuple[str | None, Finding]:
    """Load the keyword groups; returns their digest, None if they cannot be loaded."""
    name = str(settings.lexicon or "built in")
    try:
        lexicon = lexicon_from_file(settings.lexicon) if settings.lexicon else default_lexicon()
    except TocsinError as error:
        return None, Finding("fail", "lexicon", str(error))
    return lexicon.digest, Finding("ok", "lexicon", f"{name}: {len(lexicon.series)} groups")


def _examine_kafka(settings: Settings) -> Iterator[Finding]:
    def attempt() -> list[Finding]:
        with open_admin(settings.broker) as admin:
            return [
                Finding("ok", "Kafka", f"{settings.kafka} answers"),
                *(_examine_topic(admin, topic) for topic in settings.topics),
                *_examine_lag(admin, settings),
            ]

    try:
        yield from patiently(attempt, settings.broker, patience_seconds=0)
    except TocsinError as error:
        yield Finding("fail", "Kafka", str(error))
    except KafkaError as error:
        yield Finding("fail", "Kafka", f"{settings.kafka} refused: {error or type(error).__name__}")


def _examine_topic(admin: KafkaAdminClient, topic: Topic) -> Finding:
    check = f"topic {topic.name}"
    found = partitions_on(admin, topic.name)
    if found is None:
        return Finding("warn", check, "does not exist yet", "tocsin worker and tocsin replay create it")
    try:
        check_partitions(topic, found)
    except TocsinError as error:
        return Finding("fail", check, str(error))
    return Finding("ok", check, f"{found} partition{'s' if found > 1 else ''}")


def _examine_lag(admin: KafkaAdminClient, settings: Settings) -> Iterator[Finding]:
    """Tell how many records of each partition the group has not committed; those of open buckets always remain."""
    topic = settings.topics.posts.name
    partitions = [TopicPartition(topic, n) for n in range(partitions_on(admin, topic) or 0)]
    if not partitions:
        return
    check = f"group {settings.group}"
    ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    try:
        done = admin.list_group_offsets({settings.group: partitions})[settings.group]
    except KafkaError as error:  # a broker that has never seen a group takes a moment to be able to answer
        yield Finding("warn", check, f"cannot be read: {error or type(error).__name__}", "Ask again in a few seconds")
        return
    if all(committed.offset < 0 for committed in done.values()):
        if any(end.offset for end in ends.values()):
            yield Finding("warn", check, "has never committed, but there are posts", "Start a worker: tocsin worker")
        return
    lag = {tp.partition: max(0, ends[tp].offset - max(0, done[tp].offset)) for tp in partitions if tp in done}
    listed = ", ".join(f"{partition}: {records:,}" for partition, records in sorted(lag.items()))
    yield Finding("ok", check, f"records not committed, by partition: {listed}")


def _examine_redis(settings: Settings, lexicon: str | None) -> Iterator[Finding]:
    try:
        with Reader(settings.redis_url, settings.redis_prefix) as reader:
            info = reader.server()
            yield Finding("ok", "Redis", f"{reader.address} answers: {_product(info)}")
            yield _examine_eviction(info)
            yield _examine_persistence(info)
            yield from _examine_stored(reader.status(), reader.keys.state, settings, lexicon)
    except TocsinError as error:
        yield Finding("fail", "Redis", str(error))


def _product(info: dict[str, Any]) -> str:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info.get('redis_version', 'of an unknown version')}"


def _examine_eviction(info: dict[str, Any]) -> Finding:
    policy, limit = info.get("maxmemory_policy", "unknown"), int(info.get("maxmemory", 0))
    used = f"{int(info.get('used_memory', 0)) / 2**20:,.0f} MiB used, " + (
        f"at most {limit / 2**20:,.0f} MiB" if limit else "no limit"
    )
    if policy == "noeviction":
        return Finding("ok", "Redis memory", f"{policy}; {used}")
    return Finding(
        "fail" if limit else "warn",
        "Redis memory",
        f"{policy}; {used}: when it is full, Redis drops counts that it has acknowledged",
        "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf",
    )


def _examine_persistence(info: dict[str, Any]) -> Finding:
    if int(info.get("aof_enabled", 0)):
        return Finding("ok", "Redis append-only file", "on")
    return Finding(
        "warn",
        "Redis append-only file",
        "off: what Redis holds is gone after a crash, and posts are not read a second time",
        "redis-cli CONFIG SET appendonly yes, and the same in redis.conf",
    )


def _examine_stored(stored: Status | None, key: str, settings: Settings, lexicon: str | None) -> Iterator[Finding]:
    """Compare what is stored with what a worker of these settings would write; it would refuse to go on otherwise."""
    if stored is None:
        yield Finding("ok", "stored counts", "none yet")
        return
    compared = (
        ("version", stored.version, VERSION, "use the release that wrote it"),
        ("bucket_ms", stored.bucket_ms, settings.bucket_ms, f"TOCSIN_BUCKET_SECONDS={stored.bucket_ms // 1000}"),
        ("partitions", stored.partitions, settings.partitions, f"TOCSIN_PARTITIONS={stored.partitions}"),
        ("lexicon", stored.lexicon, lexicon or stored.lexicon, "TOCSIN_LEXICON: go back to the file that was used"),
    )
    for name, theirs, ours, remedy in compared:
        if theirs != ours:
            yield Finding(
                "fail",
                "stored counts",
                f"{key} was written with {name} = {theirs}, these settings say {ours}",
                f"{remedy}; or choose another TOCSIN_NAMESPACE",
            )
    if all(theirs == ours for _, theirs, ours, _ in compared):
        yield Finding("ok", "stored counts", "fit these settings")


def _examine_port(settings: Settings) -> Finding:
    """See whether a worker answers on the metrics port, or could listen there."""
    host, port = settings.metrics_host, settings.metrics_port
    check, where = "metrics port", f"{host}:{port}"
    if not port:
        return Finding("ok", check, "each worker takes a free one")
    try:
        with closing(HTTPConnection(_ANY.get(host, host), port, timeout=_SECONDS)) as connection:
            connection.request("GET", "/health/ready")
            answer = connection.getresponse()
            said = answer.read(200).decode(errors="replace").strip()
    except ConnectionRefusedError:
        return _examine_free_port(host, port)
    except (OSError, HTTPException) as error:
        return Finding("fail", check, f"{where} is not Tocsin's: {error or type(error).__name__}", _ANOTHER_PORT)
    if answer.status == 200:
        return Finding("ok", check, f"a worker answers on {where}, and is ready")
    if answer.status == 503:
        return Finding("warn", check, f"a worker answers on {where}, and is not ready: {said}", "Wait, or see its log")
    return Finding("fail", check, f"something else answers on {where}", _ANOTHER_PORT)


def _examine_free_port(host: str, port: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return Finding("fail", "metrics port", f"{host}:{port} cannot be used: {error.strerror}", _ANOTHER_PORT)
    return Finding("ok", "metrics port", f"{host}:{port} is free; no worker runs there")
