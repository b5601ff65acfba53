"""A worker that comes back to a million posts: it reads them all, counts each once, and its memory stays bounded."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from servers.disturbed import closed_now, outcome_of, undisturbed
from servers.memory import resident
from servers.pipeline import until, write
from servers.workers import Workers
from streams.noisy import Noisy

from tocsin.settings import Settings

STREAM = Noisy(seed=16, seconds=1000, rate=1_000.0)
MOST_BYTES = 1 << 30


@pytest.mark.nightly
def test_a_million_posts_of_lag_are_worked_off_to_the_byte(
    deployment: Callable[..., Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, lines = deployment(), STREAM.lines()
    blocks = (b"\n".join(lines[begin : begin + 500]) for begin in range(0, len(lines), 500))
    expected = undisturbed(settings, blocks)
    assert len(lines) > 950_000
    write(settings, lines)
    began = time.monotonic()
    workers, most = Workers(1, tmp_path, settings.environment()), 0

    def all_closed() -> bool:
        nonlocal most
        most = max(most, resident(workers.pids[0]))
        return closed_now(settings) >= expected.closed

    try:
        until(all_closed, workers.logs, seconds=900)
        took = time.monotonic() - began
        assert workers.alive()
        assert outcome_of(settings, expected.buckets) == expected
    finally:
        workers.stop()
    with capsys.disabled():
        print(f"\n{len(lines):,} lines of lag: {took:.0f} s, at the most {most / 2**20:.0f} MiB of memory")  # noqa: T201
    assert most < MOST_BYTES
