"""A full disk is the real one here: ``/dev/full`` takes no byte, and says so as a disk does."""

import errno
import os
from pathlib import Path

import pytest

from producers.archive.room import PatientFile, unwritable


def test_what_finds_no_room_is_written_whole_once_there_is_some(tmp_path):
    target, told, waits = tmp_path / "target", [], []
    descriptor = os.open("/dev/full", os.O_WRONLY)

    def on_full(words):
        told.append(words)
        if len(told) == 3:
            with target.open("wb") as roomy:
                os.dup2(roomy.fileno(), descriptor)
        return True

    with PatientFile(descriptor, Path("june.ndjson"), on_full, sleep=waits.append) as file:
        assert file.write(b"posts") == 5
    assert target.read_bytes() == b"posts"
    assert waits == [0.5, 1.0, 2.0]
    assert all(words.startswith("june.ndjson: No space left on device. Make room there") for words in told)


@pytest.mark.parametrize("on_full", [None, lambda _: False])
def test_whoever_does_not_wish_to_wait_hears_of_it_at_once(on_full):
    file = PatientFile(os.open("/dev/full", os.O_WRONLY), Path("june.ndjson"), on_full)
    with file, pytest.raises(OSError, match="No space left"):
        file.write(b"posts")


def test_other_faults_are_not_waited_for(tmp_path):
    (tmp_path / "old").touch()
    file = PatientFile(os.open(tmp_path / "old", os.O_RDONLY), tmp_path / "old", lambda _: True)
    with file, pytest.raises(OSError, match="Bad file descriptor"):
        file.write(b"posts")


def test_an_error_names_the_file_the_remedy_and_what_is_left(tmp_path):
    path, part = tmp_path / "june.ndjson", tmp_path / "june.ndjson.part"
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert "holds what was written" not in str(unwritable(path, full, part))
    part.touch()
    said = str(unwritable(path, full, part))
    assert said.startswith(f"{path}: cannot be written: No space left on device. Make room there")
    assert said.endswith(f"{part} holds what was written before")
