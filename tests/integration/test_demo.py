"""The demo, as somebody meets Tocsin: one command, servers of its own, and nothing left behind."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from servers.pipeline import tocsin

JUNE = {"sms cut": 1_244_748_600_000, "maintenance": 1_245_186_000_000}


def descendants(pid: int) -> set[int]:
    """All processes below one."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found |= {int(entry.name)} | descendants(int(entry.name))
    return found


def test_the_demo_tells_the_sms_outage_a_burst_and_the_maintenance_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    arguments = ("--scenario", "tehran-2009", "--speed", "20000", "--for", "400", "--json")  # ends as soon as it can
    shown = tocsin("demo", *arguments, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    told = json.loads(shown.stdout)
    assert told["complete"]
    first = {(incident["kind"], incident["series"]): incident for incident in told["incidents"]}
    sms = first["outage", "channel=sms"]
    assert (sms["onset"], sms["planned"], sms["closed_at"], sms["pages"]) == (
        JUNE["sms cut"],
        "unannounced",
        None,
        True,
    )
    maintenance = first["outage", "channel=twitter"]
    assert (maintenance["onset"], maintenance["planned"], maintenance["pages"]) == (
        JUNE["maintenance"],
        "on_time",
        False,
    )
    assert ("burst", "keyword=protest") in first
    assert not [incident for incident in told["incidents"] if incident["kind"] == "blind"]
    assert list(tmp_path.iterdir()) == []

    offline = tocsin("incidents", "tehran-2009", "--digest")
    assert told["digest"] == offline.stdout.strip(), "the same stream, without servers"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_ends_cleanly_when_told_to(number: signal.Signals, tmp_path: Path) -> None:
    with tempfile.TemporaryFile() as output:
        command = [sys.executable, "-m", "tocsin", "demo", "--speed", "600"]
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        process = subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=output, stderr=output, start_new_session=True
        )
        time.sleep(8)
        below = descendants(process.pid)
        assert len(below) >= 3, "broker, store and worker"
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(20) == 0
        assert time.monotonic() - began < 15
        output.seek(0)
        words = output.read().decode()
    assert re.search(r"posts", words)
    assert "Traceback" not in words
    assert not [pid for pid in below if Path(f"/proc/{pid}").exists()]
    assert list(tmp_path.iterdir()) == []


def test_killing_the_demo_leaves_no_server_behind() -> None:
    command = [sys.executable, "-m", "tocsin", "demo", "--speed", "600", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(6)
    below = descendants(process.pid)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    while alive := [pid for pid in below if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.1)
    assert len(below) >= 3
