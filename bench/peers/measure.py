"""Runs one consumer after the other on the same records, and measures the processor time of its process.

Each starts on the first records alone. Once it has stored the first bucket it is warm, and rests; what it uses then is
taken off. The clock runs from the first of the other records until the last bucket is stored.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from struct import Struct

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import NewTopic
from redis import Redis
from servers.kafka import KafkaServer
from servers.redis import RedisServer
from servers.workers import Workers

from bench.peers.digest import of_partials, of_redis
from bench.peers.job import STATE, Order
from bench.peers.shapes import Record, Shape
from tocsin.cli.children import with_parent
from tocsin.cli.topics import create_topics
from tocsin.partials import Partial
from tocsin.settings import Settings

REPOSITORY = Path(__file__).parents[2]
_START_SECONDS, _IDLE_SECONDS, _MOST_SECONDS = 90.0, 3.0, 240.0
_POLL_SECONDS = 0.01

_head = Struct("<IH").pack  # of a record in a file for fill.py
_published = msgspec.msgpack.Decoder(list[Partial])


class FailedError(Exception):
    """A consumer did not do its work; says why."""


@dataclass(frozen=True)
class Measured:
    """What one consumer took.

    Attributes:
        cpu: Seconds per million posts, user and system, of the process and its children.
        rate: Posts per second by the clock, the machine shared with the broker and the producer.
        digest: Of what it counted.
    """

    cpu: float
    rate: float
    digest: str


@contextmanager
def servers() -> Iterator[tuple[Path, str, str]]:
    """Start Kafka and Redis; yields a folder for what is written, and their addresses."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        for name in ("kafka", "redis"):
            (home / name).mkdir()
        kafka, redis = KafkaServer(home / "kafka"), RedisServer(home / "redis")
        for server in (kafka, redis):
            server.start()
            stack.callback(server.stop)
        yield home, kafka.bootstrap, redis.url


@dataclass(frozen=True)
class Bench:
    """Where all of them work.

    Attributes:
        settings: Of Tocsin: the servers, and the rules.
        python: Interpreter of the peers.
        home: A folder for what they write.
    """

    settings: Settings
    python: Path
    home: Path

    def tocsin(self, shape: Shape, number: int, count: int = 1) -> Measured:
        """Measure Tocsin's workers; arguments as for :meth:`peer`, and how many there are."""
        settings = self.settings.model_copy(update={"namespace": f"bench-{number}"})
        create_topics(settings)
        home = self.home / f"tocsin-{number}"
        home.mkdir()
        workers = Workers(count, home, settings.environment())
        try:
            cpu, rate = self._run(shape, settings.topics.posts.name, f"{settings.redis_prefix}state", *workers.pids)
        finally:
            workers.stop()
        return Measured(cpu, rate, of_partials(self._tallies(settings.topics.tallies.name)).digest)

    def peer(self, module: str, shape: Shape, number: int) -> Measured:
        """Measure one of the others.

        Args:
            module: Its file.
            shape: What to read.
            number: Makes its topic, and is never used twice.

        Raises:
            FailedError: When it ends, or does not come to the end.
        """
        topic, rules = f"{module}-{number}", self.settings.rules
        with KafkaAdminClient(bootstrap_servers=self.settings.kafka) as admin:
            admin.create_topics([NewTopic(topic, 1, 1)])
        order = Order(
            self.settings.kafka,
            topic,
            self.settings.redis_url,
            rules.bucket_ms,
            rules.lateness_ms,
            rules.blind_ms,
            rules.ahead_ms,
        )
        with Redis.from_url(self.settings.redis_url) as redis:
            redis.flushdb()
            with self._running(f"bench.peers.{module}", msgspec.json.encode(order).decode()) as process:
                cpu, rate = self._run(shape, topic, STATE, process)
            return Measured(cpu, rate, of_redis(redis).digest)

    @contextmanager
    def _running(self, module: str, order: str) -> Iterator[int]:
        log = self.home / f"{module}.log"
        env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        with log.open("wb") as out:
            process = subprocess.Popen(
                with_parent([str(self.python), "-m", module, order]),
                env={**env, "PYTHONPATH": str(REPOSITORY)},
                cwd=self.home,
                stdout=out,
                stderr=out,
            )
        try:
            yield process.pid
        except FailedError as error:
            words = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise FailedError(": ".join([str(error), *words])) from error
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _run(self, shape: Shape, topic: str, state: str, *pids: int) -> tuple[float, float]:
        """Feed consumers that have started: their CPU seconds per million posts, and posts per second."""
        first = min(number for number, _ in shape.counted.series)
        with Redis.from_url(self.settings.redis_url) as redis:

            def closed() -> int:
                return int(redis.hget(state, "closed") or -1)

            self._fill(topic, shape.records[: shape.warm])
            _wait(lambda: closed() >= first, pids, _START_SECONDS, "did not store the first bucket")
            time.sleep(1)
            before, began = cpu_of(*pids), time.monotonic()
            time.sleep(_IDLE_SECONDS)
            idle = (cpu_of(*pids) - before) / (time.monotonic() - began)
            path = self._framed(shape.records[shape.warm :])
            before, began = cpu_of(*pids), time.monotonic()
            with subprocess.Popen(self._filling(topic, path)) as filling:
                _wait(lambda: closed() >= shape.counted.closed, pids, _MOST_SECONDS, "did not store the last bucket")
                wall, after = time.monotonic() - began, cpu_of(*pids)
            assert filling.returncode == 0, "the records could not be written"
        return (after - before - idle * wall) * 1e6 / shape.posts, shape.posts / wall

    def _fill(self, topic: str, records: list[Record]) -> None:
        subprocess.run(self._filling(topic, self._framed(records)), check=True)

    def _framed(self, records: list[Record]) -> Path:
        """Write records to a file."""
        path = self.home / "records"
        path.write_bytes(b"".join(_head(len(value), partition) + value for partition, value in records))
        return path

    def _filling(self, topic: str, path: Path) -> list[str]:
        fill = str(REPOSITORY / "bench" / "peers" / "fill.py")
        return with_parent([str(self.python), fill, self.settings.kafka, topic, str(path)])

    def _tallies(self, topic: str) -> list[Partial]:
        """Read the partials that a worker has published; one that came twice counts once."""
        where = TopicPartition(topic, 0)
        found: dict[tuple[int, int], Partial] = {}
        with KafkaConsumer(bootstrap_servers=self.settings.kafka, enable_auto_commit=False) as consumer:
            consumer.assign([where])
            consumer.seek_to_beginning(where)
            end = consumer.end_offsets([where])[where]
            while consumer.position(where) < end:
                for records in consumer.poll(timeout_ms=1000).values():
                    for record in records:
                        for partial in _published.decode(record.value):
                            found[partial.partition, partial.first] = partial
        return list(found.values())


def _wait(done: Callable[[], bool], pids: Sequence[int], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if not all(map(_alive, pids)):
            raise FailedError("it ended")
        if time.monotonic() > deadline:
            raise FailedError(otherwise)
        time.sleep(_POLL_SECONDS)


def _alive(pid: int) -> bool:
    return _fields(pid)[0] not in "ZX"


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


def cpu_of(*pids: int) -> float:
    """CPU seconds that processes and their children have used so far, user and system."""
    seconds = 0.0
    for pid in pids:
        own = sum(map(int, _fields(pid)[11:15]))  # with that of children that have ended
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        children = {int(child) for path in tasks for child in path.read_text(encoding="ascii").split()}
        seconds += own / os.sysconf("SC_CLK_TCK") + cpu_of(*children)
    return seconds
