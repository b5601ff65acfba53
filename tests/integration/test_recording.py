"""What passes through Apache Kafka, recorded and played again, leads to the same incidents."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.kafka import KafkaServer
from servers.pipeline import messages, offline, tocsin, until, write
from streams.crisis import SETTINGS, crisis
from streams.noisy import Noisy

from producers.archive import open_archive
from producers.archive.manifest import read_manifest
from producers.items import read_line
from tocsin.cli.topics import create_topics
from tocsin.judge import Judge
from tocsin.lexicon import default_lexicon
from tocsin.merge import Merger
from tocsin.posts import Heartbeat, Post
from tocsin.settings import Settings, load_settings
from tocsin.tally import PartitionTally

PARTITIONS = 3


@pytest.fixture
def settings(kafka: KafkaServer, namespace: str) -> Settings:
    settings: Settings = load_settings(namespace=namespace, kafka=kafka.bootstrap, partitions=PARTITIONS, **SETTINGS)
    create_topics(settings)
    return settings


def record(settings: Settings, path: Path, *options: str) -> str:
    done = tocsin("record", "-o", str(path), *(options or ("--until-idle", "1")), settings=settings)
    assert done.returncode == 0, done.stderr
    return done.stderr


def lines_of(path: Path) -> list[bytes]:
    return [item.raw for item in open_archive(path)]


def values(settings: Settings) -> Iterator[bytes]:
    for partition in range(PARTITIONS):
        yield from (value for _, value in messages(settings, settings.topics.posts.name, partition))


def digest_of_topic(settings: Settings) -> str:
    """What the pipeline would say of the topic."""
    lexicon = default_lexicon()
    merger, judge = Merger(PARTITIONS, ignored=lexicon.match), Judge(settings.rules, settings.false_page_days)
    for partition in range(PARTITIONS):
        tally = PartitionTally(partition, settings.rules, lexicon)
        for _, value in messages(settings, settings.topics.posts.name, partition):
            for partial in tally.fold(value).partials:
                for closed in merger.add(partial):
                    judge.fold(closed)
    return judge.digest


def posts_in(lines: list[bytes]) -> Counter[bytes]:
    return Counter(line for line in lines if not read_line(line).is_control)


def test_a_recording_says_to_the_byte_what_the_stream_said(settings: Settings, tmp_path: Path) -> None:
    archive, recorded = tmp_path / "crisis.ndjson", tmp_path / "recorded.ndjson.zst"
    lines = [line for second in crisis() for line in second.lines]
    lines[1000:1000] = [
        b"{broken",
        b'{"id":"x","at":1,"source":"s","channel":"c","author":"a","text":"\xff"}',
        b"{broken",
    ]
    archive.write_bytes(b"\n".join(lines) + b"\n")
    assert tocsin("replay", str(archive), settings=settings).returncode == 0
    said = record(settings, recorded)

    assert posts_in(lines_of(recorded)) == posts_in(lines)
    digest = offline(settings, lines).judge.digest
    assert digest_of_topic(settings) == digest
    assert offline(settings, lines_of(recorded)).judge.digest == digest
    assert tocsin("incidents", str(recorded), "--digest", settings=settings).stdout.strip() == digest
    manifest = read_manifest(recorded)
    assert manifest is not None
    assert f"{settings.topics.posts.name}, offsets by partition 0: 0 to " in manifest.origin
    assert manifest.unusable == 3
    assert "different orders" not in said
    assert recorded.stat().st_mode & 0o077 == 0


def test_several_producers_at_once_lose_nothing_and_keep_their_counts(settings: Settings, tmp_path: Path) -> None:
    """Each has sources of its own, and their heartbeats meet in another order in each partition."""
    parts: dict[str, list[bytes]] = {"gateway": [], "stream": [], "crawler": []}
    for second in crisis():
        for line in second.lines:
            said = read_line(line).line
            if isinstance(said, Heartbeat):
                parts[said.heartbeat].append(line)
            else:
                parts[said.source if isinstance(said, Post) else "stream"].append(line)
    writers = [threading.Thread(target=write, args=(settings, part)) for part in parts.values()]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    recorded = tmp_path / "recorded.ndjson.gz"
    record(settings, recorded)
    lines = lines_of(recorded)

    written, read = posts_in([line for part in parts.values() for line in part]), posts_in(lines)
    lost, added = written - read, read - written
    assert not lost, f"{lost.total()} lines, such as {next(iter(lost))!r}"
    assert not added, f"{added.total()} lines, such as {next(iter(added))!r}"
    heard = [line for line in lines if isinstance(read_line(line).line, Heartbeat)]
    for source, part in parts.items():
        mine = [line for line in part if isinstance(read_line(line).line, Heartbeat)]
        assert [line for line in heard if read_line(line).line.heartbeat == source] == mine


def test_a_recording_that_is_interrupted_is_whole(settings: Settings, tmp_path: Path) -> None:
    stream = Noisy(seed=5, seconds=200, rate=20.0)
    recorded = tmp_path / "recorded.ndjson"
    environment = {**os.environ, **settings.environment()}
    command = [sys.executable, "-m", "tocsin", "record", "-o", str(recorded)]
    recording = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    part = recorded.with_name("recorded.ndjson.part")
    write(settings, stream.lines())
    until(lambda: part.exists() and part.stat().st_size > 1000, lambda: "nothing was recorded", seconds=30)
    time.sleep(1)
    recording.send_signal(signal.SIGINT)
    _, said = recording.communicate(timeout=30)

    assert recording.returncode == 0, said
    assert Counter(lines_of(recorded)) == Counter(stream.lines())
    assert read_manifest(recorded) is not None
    assert not part.exists()


def test_a_loop_goes_on_from_round_to_round_until_it_is_interrupted(settings: Settings, tmp_path: Path) -> None:
    stream = Noisy(seed=3, seconds=100, rate=10.0, crawler_dead=(0, 0))
    archive, recorded = tmp_path / "short.ndjson", tmp_path / "recorded.ndjson"
    archive.write_bytes(b"\n".join(stream.lines()) + b"\n")
    environment = {**os.environ, **settings.environment()}
    command = [sys.executable, "-m", "tocsin", "replay", str(archive), "--loop", "--speed", "100"]
    playing = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    until(lambda: any(b'.3","at"' in value for value in values(settings)), lambda: "no third round", seconds=60)
    playing.send_signal(signal.SIGINT)
    _, said = playing.communicate(timeout=30)
    assert playing.returncode == 0, said
    record(settings, recorded)
    lines = [read_line(line) for line in lines_of(recorded)]

    rounds = {item.line.id.partition(".")[2] for item in lines if isinstance(item.line, Post)}
    assert {"", "2", "3"} <= rounds
    whole = offline(settings, [item.raw for item in lines])
    once = offline(settings, stream.lines())
    assert whole.judge.totals["posts"] > 2 * once.judge.totals["posts"]
    clocks: dict[str, int] = {}
    for item in lines:
        if isinstance(item.line, Heartbeat):
            clocks[item.line.heartbeat] = max(item.line.at, clocks.get(item.line.heartbeat, 0))
    assert len(clocks) == 4
    assert max(clocks.values()) - min(clocks.values()) <= settings.rules.blind_ms
