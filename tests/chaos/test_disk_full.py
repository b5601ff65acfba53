"""The disk of an archive fills up: the recording waits, says so, and goes on at the very byte.

A limit on the size of files stands for the disk: it is refused as room is, needs no privileges, and can be lifted.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from servers.pipeline import offline, tocsin, until, write
from streams.noisy import Noisy

from producers.archive import open_archive
from producers.archive.manifest import read_manifest
from tocsin.settings import Settings

STREAM = Noisy(seed=12, seconds=180, rate=50.0)
ROOM = 64 * 1024  # bytes
UNLIMITED = resource.RLIM_INFINITY


def recording(settings: Settings, path: Path, words: Path) -> subprocess.Popen[bytes]:
    """Start a recording that finds no room behind the first bytes."""
    limited = f"import resource as r, runpy; r.setrlimit(r.RLIMIT_FSIZE, ({ROOM}, r.RLIM_INFINITY)); "
    command = [sys.executable, "-c", limited + "runpy.run_module('tocsin', run_name='__main__', alter_sys=True)"]
    with words.open("wb") as log:
        arguments = ["record", "-o", str(path), "--until-idle", "2"]
        return subprocess.Popen([*command, *arguments], env={**os.environ, **settings.environment()}, stderr=log)


@pytest.mark.parametrize(
    "name",
    ["recorded.ndjson", "recorded.ndjson.zst", pytest.param("recorded.ndjson.gz", marks=pytest.mark.nightly)],
)
def test_a_recording_goes_on_once_there_is_room_and_equals_the_undisturbed_one(
    name: str, deployment: Callable[..., Settings], tmp_path: Path
) -> None:
    settings, lines = deployment(), STREAM.lines()
    disturbed, quiet, words = tmp_path / name, tmp_path / f"quiet-{name}", tmp_path / "words.log"
    write(settings, lines)
    process = recording(settings, disturbed, words)
    try:
        until(lambda: words.read_bytes().count(b"waiting, and nothing is lost") >= 2, words.read_text)
        assert process.poll() is None
        assert f"{name}.part: File too large. Lift the limit" in words.read_text().replace("\n", " ")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))
        assert process.wait(60) == 0, words.read_text()
    finally:
        process.kill()
    assert tocsin("record", "-o", str(quiet), "--until-idle", "2", settings=settings).returncode == 0

    recorded = [item.raw for item in open_archive(disturbed)]
    assert recorded == [item.raw for item in open_archive(quiet)]
    assert offline(settings, recorded).judge.digest == offline(settings, lines).judge.digest
    assert read_manifest(disturbed).digest == read_manifest(quiet).digest


def test_whoever_will_not_wait_is_told_what_was_kept_and_can_record_it_all_again(
    deployment: Callable[..., Settings], tmp_path: Path
) -> None:
    settings, lines = deployment(), STREAM.lines()
    path, words = tmp_path / "recorded.ndjson", tmp_path / "words.log"
    write(settings, lines)
    process = recording(settings, path, words)
    try:
        until(lambda: b"waiting" in words.read_bytes(), words.read_text)
        process.terminate()
        assert process.wait(30) == 1
    finally:
        process.kill()
    said = words.read_text().replace("\n", " ")
    assert f"{path}: cannot be written: File too large. Lift the limit" in said
    assert f"{path}.part holds what was written before" in said
    assert "Traceback" not in said
    kept = path.with_name(f"{path.name}.part").read_bytes()
    assert tocsin("record", "-o", str(path), "--until-idle", "2", settings=settings).returncode == 0
    assert path.read_bytes().startswith(kept)
    assert offline(settings, [item.raw for item in open_archive(path)]).judge.digest == (
        offline(settings, lines).judge.digest
    )
