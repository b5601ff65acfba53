"""What a backtest says is what the live pipeline says: at any speed, with any number of workers and partitions."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path

import pytest
from redis import Redis
from servers.kafka import KafkaServer
from servers.pipeline import digest, tocsin, until
from servers.workers import Workers
from streams.crisis import SETTINGS, crisis

from producers.archive.pacing import Pacer
from producers.archive.replay import replay
from producers.archive.writing import ArchiveWriter
from producers.broker import connect
from producers.items import Item, read_line
from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings

EXPECTED = {
    ("outage", "channel=sms", "unannounced", ("reports", "volume"), "critical"),
    ("outage", "channel=twitter", "on_time", ("volume",), "info"),
    ("blind", "source=crawler", None, (), "warning"),
    ("exposed", "channel=twitter", None, (), "critical"),
    ("backlog", "backlog=sms", None, (), "info"),
    ("burst", "report=sms", None, (), "info"),  # the reports came first, and became a part of the outage
}


@dataclass(frozen=True)
class Deployment:
    """Workers, and the archive that is played to them."""

    speed: str
    workers: int
    settings: Settings
    home: Path

    def play(self, archive: Path) -> None:
        """Play it; as it happened, an hour of calm goes in a moment, and only the crisis takes its time."""
        if self.speed != "1":
            played = tocsin("replay", str(archive), "--speed", self.speed, settings=self.settings)
            assert not played.returncode, played.stderr
            return
        with connect(self.settings.broker, self.settings.topics.posts) as writer:
            for in_crisis, seconds in groupby(crisis(), key=lambda second: second.in_crisis):
                pacer = Pacer(1.0 if in_crisis else None, self.settings.rules.ahead_ms, idle=writer.poll)
                replay(items(line for second in seconds for line in second.lines), writer, pacer)

    def run(self, archive: Path, redis: Redis, expected: str) -> None:
        """Play the archive until the workers have said what a backtest says."""
        create_topics(self.settings)
        self.home.mkdir()
        running = Workers(self.workers, self.home, self.settings.environment())
        try:
            self.play(archive)
            until(lambda: digest(redis, self.settings) == expected, running.logs)
        finally:
            running.stop()


def items(lines: Iterator[bytes]) -> Iterator[Item]:
    return map(read_line, lines)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speeds") / "crisis.ndjson.zst"
    with ArchiveWriter(path, "a crisis, for tests") as writer:
        for item in items(line for second in crisis() for line in second.lines):
            writer.write(item)
    return path


# The speeds that mostly wait can wait together.
@pytest.mark.parametrize(
    "speeds", [("max",), ("60", "1")], ids=["at full speed", "at 60 times and at the speed of life"]
)
def test_a_backtest_says_what_workers_say(
    speeds: tuple[str, ...],
    archive: Path,
    kafka: KafkaServer,
    redis_url: str,
    redis: Redis,
    tmp_path: Path,
    namespace: str,
) -> None:
    chosen = {"kafka": kafka.bootstrap, "redis": redis_url, **SETTINGS}
    backtest = tocsin("backtest", str(archive), "--json", settings=load_settings(**SETTINGS))
    (run,) = json.loads(backtest.stdout)["runs"]
    deployments = [
        Deployment(
            speed,
            workers,
            load_settings(namespace=f"{namespace}-{speed}-{workers}-{partitions}", partitions=partitions, **chosen),
            tmp_path / f"{speed}-{workers}-{partitions}",
        )
        for speed, workers, partitions in product(speeds, (1, 3), (2, 8))
    ]
    with ThreadPoolExecutor(1 if speeds == ("max",) else len(deployments)) as pool:
        for done in [pool.submit(each.run, archive, redis, run["digest"]) for each in deployments]:
            done.result()
    for each in deployments:
        assert_verdicts(each.settings)


def assert_verdicts(settings: Settings) -> None:
    told = json.loads(tocsin("incidents", "--json", settings=settings).stdout)
    events = [incident for incident in told if incident["kind"] != "term"]
    assert len(events) == len(EXPECTED)
    found = {(i["kind"], i["series"], i["planned"], tuple(i["evidence"]), i["severity"]) for i in events}
    assert found == EXPECTED
    assert all(incident["closed_at"] is not None for incident in events)
    channels = json.loads(tocsin("status", "--json", settings=settings).stdout)["channels"]
    assert channels == {"sms": "alive", "twitter": "alive", "web": "alive"}
