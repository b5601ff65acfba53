"""The fuzzer finds nothing; the seed is fixed, so that a finding can be looked at."""

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")


def fuzz(inputs: int, seed: int) -> str:
    command = [sys.executable, str(RUN), "--inputs", str(inputs), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=4 * 3600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_fifty_thousand_spoilt_inputs_crash_nothing_hang_nothing_and_fill_nothing() -> None:
    assert "50,000 inputs" in fuzz(50_000, seed=2)


@pytest.mark.nightly
def test_ten_million_spoilt_inputs_crash_nothing_hang_nothing_and_fill_nothing() -> None:
    assert "10,000,000 inputs" in fuzz(10_000_000, seed=1)
