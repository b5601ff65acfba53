import sys
import threading
import time
from pathlib import Path

from tocsin.cli.worker import Supervisor


def script(tmp_path: Path, body: str) -> list[str]:
    file = tmp_path / "work.py"
    file.write_text(f"import pathlib, sys, time\nruns = pathlib.Path({str(tmp_path / 'runs')!r})\n{body}")
    return [sys.executable, str(file)]


COUNT = "n = len(runs.read_text()) if runs.exists() else 0\nruns.write_text('x' * (n + 1))\n"


def runs(tmp_path: Path) -> int:
    return len((tmp_path / "runs").read_text())


def test_a_worker_that_ends_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(script(tmp_path, COUNT + "sys.exit(2 if n else 1)"), restart=True, say=said.append)
    assert supervisor.run() == 2
    assert runs(tmp_path) == 2
    assert "exit code 1" in said[0]


def test_without_restart_its_exit_code_is_passed_on(tmp_path: Path) -> None:
    assert Supervisor(script(tmp_path, COUNT + "sys.exit(7)"), restart=False, say=print).run() == 7
    assert runs(tmp_path) == 1


def test_a_wrong_setting_is_not_tried_again(tmp_path: Path) -> None:
    assert Supervisor(script(tmp_path, COUNT + "sys.exit(2)"), restart=True, say=print).run() == 2
    assert runs(tmp_path) == 1


def test_told_to_stop_it_ends_the_worker_and_starts_no_other(tmp_path: Path) -> None:
    supervisor = Supervisor(script(tmp_path, COUNT + "time.sleep(60)"), restart=True, say=print)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    while not (tmp_path / "runs").exists():
        time.sleep(0.02)
    supervisor.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert runs(tmp_path) == 1
