"""Half an hour under load: whether memory stays flat and the lag bounded, and whether every post is counted once.

    PYTHONPATH=.:tests python bench/soak.py --minutes 30 --rate 20000

It starts an Apache Kafka, a Redis, a worker and a producer, looks at them every ten seconds, and writes what it saw as
CSV. Exit code 1 if a bound of BOUNDS is broken. The broker keeps all that was written: 4.7 MB a second at this rate.
"""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec
from load import ROUND_SECONDS
from posts import SETTINGS
from redis import Redis
from rich.console import Console
from rich.table import Table
from servers.kafka import KafkaServer
from servers.redis import RedisServer
from servers.workers import Workers

from bench.peers.measure import cpu_of
from dashboards.reader import Reader
from tocsin.cli.children import with_parent
from tocsin.cli.topics import create_topics
from tocsin.partials import Partial
from tocsin.settings import load_settings

EVERY_SECONDS = 10
WARM_UP = 0.2  # share of the time; caches fill, and the first judgements are made
# Above these the soak has failed: what a worker and Redis may grow after the warm-up, by a fitted line over an hour,
# beyond what Redis is meant to keep; and how far the stored counts may be behind the clock.
WORKER_MIB_PER_HOUR, REDIS_MIB_PER_HOUR, LAG_SECONDS = 24.0, 48.0, 30.0
_JUDGED_SECONDS = 600  # a line through less than ten minutes tells nothing about an hour
_DRAIN_SECONDS = 120.0
_partials = msgspec.msgpack.Decoder(list[Partial])


@dataclass(frozen=True)
class Sample:
    """How things stood at one moment; memory is resident.

    What is of CPU is in cores, since the sample before; ``worker_starved`` is how many the worker could have used that
    others had: above a few hundredths the machine is too busy for the other figures to mean much.
    """

    seconds: int
    worker_mib: float
    redis_mib: float
    redis_used_mib: float
    kafka_mib: float
    worker_cpu: float
    worker_starved: float
    redis_cpu: float
    kafka_cpu: float
    uncommitted_records: int
    event_time_lag_seconds: float


class Soak:
    """A pipeline of its own under load.

    Args:
        stack: Ends everything.
        home: An empty folder.
        workers: How many.
    """

    def __init__(self, stack: ExitStack, home: Path, workers: int) -> None:
        for name in ("kafka", "redis"):
            (home / name).mkdir()
        self._kafka, self._redis = KafkaServer(home / "kafka"), RedisServer(home / "redis")
        for server in (self._kafka, self._redis):
            server.start()
            stack.callback(server.stop)
        self.settings = load_settings(
            kafka=self._kafka.bootstrap, redis=self._redis.url, posts_retention_hours=1, **SETTINGS
        )
        create_topics(self.settings)
        self.workers = Workers(workers, home, self.settings.environment())
        stack.callback(self.workers.stop)
        self._reader = stack.enter_context(Reader(self.settings.redis, self.settings.redis_prefix))
        self._admin = stack.enter_context(KafkaAdminClient(bootstrap_servers=self.settings.kafka))
        self._client = stack.enter_context(Redis.from_url(self.settings.redis))
        self._before: dict[str, tuple[float, float]] = {}

    def sample(self, seconds: float) -> Sample:
        """Look at everything."""
        pids = self.workers.pids
        return Sample(
            seconds=round(seconds),
            worker_mib=sum(map(rss_mib, pids)),
            redis_mib=rss_mib(self._redis.pid),
            redis_used_mib=round(int(self._client.info("memory")["used_memory"]) / 2**20, 1),
            kafka_mib=rss_mib(self._kafka.pid),
            worker_cpu=self._rate("worker", cpu_of(*pids)),
            worker_starved=self._rate("starved", sum(map(waited_for_cpu, pids))),
            redis_cpu=self._rate("redis", cpu_of(self._redis.pid)),
            kafka_cpu=self._rate("kafka", cpu_of(self._kafka.pid)),
            uncommitted_records=self._uncommitted(),
            event_time_lag_seconds=round(self.lag(), 1),
        )

    def lag(self) -> float:
        """Seconds from the end of the last closed bucket until now; 0 before there is one."""
        status = self._reader.status()
        return time.time() - status.closed_through / 1000 if status else 0.0

    def counted(self) -> int:
        """Posts in closed buckets."""
        status = self._reader.status()
        return status.totals.get("posts", 0) if status else 0

    def delays(self) -> list[float]:
        """Seconds from the end of each bucket, lateness included, until each partition's count of it was published."""
        settings, found = self.settings, []
        place = TopicPartition(settings.topics.tallies.name, 0)
        with KafkaConsumer(bootstrap_servers=settings.kafka, group_id=None) as consumer:
            consumer.assign([place])
            consumer.seek_to_beginning(place)
            end = consumer.end_offsets([place])[place]
            while consumer.position(place) < end:
                for record in consumer.poll(timeout_ms=1000).get(place, ()):
                    last = _partials.decode(record.value)[-1]
                    if last.buckets:  # what was over before the load began, the first heartbeats close
                        over = (last.through + 1) * settings.bucket_ms + settings.rules.lateness_ms
                        found.append(record.timestamp - over)
        # The last ones were closed by heartbeats from the future, which end the load.
        return sorted(delay / 1000 for delay in found if delay >= 0)

    def _rate(self, name: str, seconds: float) -> float:
        """Tell by how much a sum of seconds has grown, per second since it was last looked at."""
        now = time.monotonic()
        before, then = self._before.get(name, (seconds, now - 1))
        self._before[name] = seconds, now
        return round((seconds - before) / (now - then), 3)

    def _uncommitted(self) -> int:
        """Records that the group has not committed; those of open buckets are always among them."""
        topic = self.settings.topics.posts
        partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        ends = self._admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
        done = self._admin.list_group_offsets({self.settings.group: partitions})[self.settings.group]
        return sum(ends[tp].offset - max(0, done[tp].offset if tp in done else 0) for tp in partitions)


def rss_mib(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def waited_for_cpu(pid: int) -> float:
    """Seconds that the main thread of a process was ready to run, and had to wait for a core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


def slope(samples: list[Sample], name: str) -> float:
    """MiB an hour by which something grew, by the line of least squares."""
    line = statistics.linear_regression([s.seconds for s in samples], [getattr(s, name) for s in samples])
    return line.slope * 3600


def watch(soak: Soak, asked: Sequence[str], path: Path, console: Console) -> tuple[list[Sample], dict[str, float]]:
    """Let the producer write, and look.

    Args:
        soak: What is looked at.
        asked: Arguments of the producer.
        path: Where to write what was seen.
        console: For the user.

    Returns:
        What was seen, and what the producer said at its end.
    """
    command = [sys.executable, str(Path(__file__).with_name("load.py")), *asked]
    environment = {**os.environ, **soak.settings.environment()}
    samples: list[Sample] = []
    with (
        subprocess.Popen(with_parent(command), env=environment, stdout=subprocess.PIPE, text=True) as load,
        path.open("w", newline="", encoding="utf-8") as file,
    ):
        assert load.stdout is not None
        console.print(f"making a round of posts, and then: {' '.join(asked)}")
        assert load.stdout.readline() == "ready\n", "the producer did not start"
        table = csv.DictWriter(file, [field.name for field in fields(Sample)])
        table.writeheader()
        began = time.monotonic()
        while load.poll() is None:
            time.sleep(EVERY_SECONDS - (time.monotonic() - began) % EVERY_SECONDS)
            if load.poll() is None and soak.workers.alive():
                samples.append(soak.sample(time.monotonic() - began))
                table.writerow(asdict(samples[-1]))
                file.flush()
            if not soak.workers.alive():
                load.terminate()
                raise SystemExit(f"a worker ended:\n{soak.workers.logs()[-2000:]}")
        return samples, json.loads(load.stdout.read())


def percentile(ordered: Sequence[float], share: int) -> float:
    """Look up below what a share in percent of some ordered numbers lies."""
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def drain(soak: Soak, posts: int) -> int:
    """Wait until all posts are counted, or none has been for a while; returns how many were."""
    deadline = time.monotonic() + _DRAIN_SECONDS
    while soak.counted() < posts and time.monotonic() < deadline:
        time.sleep(0.5)
    return soak.counted()


def report(samples: list[Sample], console: Console) -> list[str]:
    """Print what was seen, and tell which bounds are broken."""
    warm = samples[int(len(samples) * WARM_UP) :]
    table = Table(title=f"after {warm[0].seconds} s of warm-up, until {warm[-1].seconds} s")
    for column in ("", "at first", "at the end", "least", "most", "an hour"):
        table.add_column(column, justify="left" if not column else "right")
    for field in fields(Sample)[1:]:
        values = [getattr(sample, field.name) for sample in warm]
        grown = f"{slope(warm, field.name):+,.1f}" if field.name.endswith("mib") else ""
        shown = (f"{value:,.2f}" for value in (values[0], values[-1], min(values), max(values)))
        table.add_row(field.name.replace("_", " "), *shown, grown)
    console.print(table)
    limits = [("event-time lag, seconds", max(sample.event_time_lag_seconds for sample in warm), LAG_SECONDS)]
    if warm[-1].seconds - warm[0].seconds >= _JUDGED_SECONDS:
        limits += [
            ("memory of the worker, MiB an hour", slope(warm, "worker_mib"), WORKER_MIB_PER_HOUR),
            ("memory of Redis, MiB an hour", slope(warm, "redis_mib"), REDIS_MIB_PER_HOUR),
        ]
    else:
        console.print("Too short to judge memory: let it run for a quarter of an hour at least")
    return [f"{name}: {value:.1f}, at most {limit:g}" for name, value, limit in limits if value > limit]


def main() -> None:
    """Run the soak; exit code 1 if it has failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=int, default=20_000, help="posts a second")
    parser.add_argument("--round", type=int, default=ROUND_SECONDS, help="seconds until texts come again")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--csv", type=Path, default=Path("soak.csv"), help="where to write what was seen")
    asked = parser.parse_args()
    console = Console(highlight=False)
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="tocsin-soak-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        soak = Soak(stack, home, asked.workers)
        load = [f"--rate={asked.rate}", f"--seconds={int(asked.minutes * 60)}", f"--round={asked.round}"]
        samples, said = watch(soak, load, asked.csv, console)
        counted = drain(soak, int(said["posts"]))
        delays = soak.delays()
        broken = report(samples, console)
    console.print(f"{int(said['posts']):,} posts written, the latest {said['worst_seconds']} s after its time")
    console.print(f"{counted:,} counted")
    for share in (50, 99, 100):
        console.print(f"published after the end of a bucket, {share}% within: {percentile(delays, share):.2f} s")
    if counted != said["posts"]:
        broken.append(f"posts: {said['posts']} written, {counted} counted")
    for line in broken:
        console.print(f"FAILED: {line}", style="red")
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
