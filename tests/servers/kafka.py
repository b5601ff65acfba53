"""A real Apache Kafka: one node, broker and controller at once (KRaft), on loopback."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from servers.jars import kafka_jars
from servers.missing import MissingError

from tocsin.cli.children import LOOPBACK, Child, Command, free_port

_START_SECONDS = 60.0
_ATTEMPTS = 3
_JAVA_17 = 17
_CLUSTER = "dG9jc2luLXRlc3RzLW5vMQ"  # any 16 bytes in base64
_JVM = (
    *("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC"),
    *("-XX:TieredStopAtLevel=1", "-Xshare:auto"),  # the quick compiler alone: a test broker lives for minutes
    *("-Djava.net.preferIPv4Stack=true", "-Djava.awt.headless=true", "-Dlog4j2.level=WARN"),
)
_CONFIG = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
controller.listener.names=CONTROLLER
listeners={protocol}://{host}:{broker},CONTROLLER://{host}:{controller}
advertised.listeners={protocol}://{host}:{broker}
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=4194304
{more}
"""


class KafkaServer:
    """An Apache Kafka that can be stopped, killed and started again on the same data and port.

    Args:
        home: An empty folder of its own, for data and configuration.

    Attributes:
        bootstrap: Its address, ``127.0.0.1:port``.
    """

    # What a broker with a lock on its door says otherwise; see servers.secure.
    protocol = "PLAINTEXT"
    more = ""
    format_options: tuple[str, ...] = ()

    def __init__(self, home: Path) -> None:
        self._home = home
        self._config = home / "server.properties"
        self._java = _java()
        self._classpath = f"{kafka_jars()}/*"
        self._child: Child | None = None
        self._port = 0

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    @property
    def admin_options(self) -> dict[str, Any]:
        """How kafka-python connects as one who may do everything."""
        return {"bootstrap_servers": self.bootstrap}

    @property
    def pid(self) -> int:
        assert self._child is not None, "the broker is not running"
        return self._child.pid

    def start(self) -> None:
        """Start the broker, and wait until it answers.

        Raises:
            RuntimeError: With the end of its log, when it does not.
        """
        assert self._child is None, "the broker is running"
        attempts = _ATTEMPTS if not self._port else 1  # clients know the port once it has run
        for attempt in range(1, attempts + 1):
            if not self._config.exists():
                self._format()
            child = Child(Command("Apache Kafka", self.argv("kafka.Kafka", str(self._config)), self._port, self._home))
            if child.wait_listening(_START_SECONDS) and _answers(child, self.admin_options):
                self._child = child
                return
            words = child.log_tail()
            child.kill()
            if attempt == attempts:
                raise RuntimeError(f"Apache Kafka did not start:\n{words}")
            self._config.unlink()  # somebody may have taken one of its ports: take others

    def stop(self) -> None:
        """End the broker in an orderly way (SIGTERM). Does nothing if it does not run."""
        self._end(lambda child: child.stop(grace_s=20.0))

    def kill(self) -> None:
        """End the broker as a crash would (SIGKILL). Does nothing if it does not run."""
        self._end(Child.kill)

    def _end(self, how: Callable[[Child], None]) -> None:
        child, self._child = self._child, None
        if child is not None:
            how(child)

    def argv(self, main: str, *arguments: str) -> list[str]:
        """Spell a call of one of Kafka's own programs."""
        return [self._java, *_JVM, "-cp", self._classpath, main, *arguments]

    def _format(self) -> None:
        self._port, controller = free_port(), free_port()
        data = self._home / "data"
        shutil.rmtree(data, ignore_errors=True)
        text = _CONFIG.format(
            host=LOOPBACK,
            protocol=self.protocol,
            broker=self._port,
            controller=controller,
            data=data,
            more=self.more,
        )
        self._config.write_text(text, encoding="utf-8")
        argv = self.argv("kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(self._config))
        argv += self.format_options
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=_START_SECONDS)
        if done.returncode:
            raise RuntimeError(f"Kafka's data folder cannot be laid out:\n{done.stdout}{done.stderr}")


def _java() -> str:
    java = shutil.which("java")
    remedy = "install Java 17 or later (Debian: apt-get install openjdk-17-jre-headless) and put java on the PATH"
    if java is None:
        raise MissingError(f"Java is missing: {remedy}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=30).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < _JAVA_17:
        raise MissingError(f"{java} is too old for Kafka ({said.splitlines()[:1]}): {remedy}")
    return java


def _answers(child: Child, options: dict[str, Any]) -> bool:
    """Wait until the broker serves metadata: it listens long before."""
    deadline = time.monotonic() + _START_SECONDS
    while child.alive() and time.monotonic() < deadline:
        try:
            admin = KafkaAdminClient(**options)
        except (KafkaError, OSError):
            time.sleep(0.05)
            continue
        try:
            if admin.describe_cluster()["brokers"]:
                return True
        except (KafkaError, OSError):
            time.sleep(0.05)
        finally:
            admin.close()
    return False
