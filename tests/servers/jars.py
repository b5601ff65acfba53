"""Apache Kafka from its Maven artifact, fetched once per machine and shared by all runs."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from servers.missing import MissingError

KAFKA_VERSION = "4.1.0"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
# The log4j binding of Kafka's own distribution: without it the broker would say nothing when it fails.
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tocsin</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version>
    </dependency>
  </dependencies>
</project>
"""


def kafka_jars() -> Path:
    """The folder of the broker's jars, which is filled the first time.

    Raises:
        MissingError: When it must be filled and Maven is missing, or fails.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tocsin"
    jars = cache / f"kafka-{KAFKA_VERSION}"
    if jars.is_dir():
        return jars
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"kafka-{KAFKA_VERSION}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # runs at the same time: one fetches, the others wait
        if not jars.is_dir():
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingError("Maven is missing: install it (Debian: apt-get install maven) and put mvn on the PATH")
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=jars.parent) as scratch:
        pom, libs = Path(scratch, "pom.xml"), Path(scratch, "libs")
        pom.write_text(_POM, encoding="utf-8")
        argv = [maven, "-q", "-B", "-ntp", "--strict-checksums", "-f", str(pom), _COPY]
        argv += ["-DincludeScope=runtime", f"-DoutputDirectory={libs}"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise MissingError(f"Maven cannot fetch Kafka {KAFKA_VERSION}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        libs.rename(jars)  # whole or not at all
