"""Feeds spoilt inputs to everything that reads what others wrote, on all cores.

``python tests/fuzz/run.py --inputs 10_000_000 --seed 1``. The same seed gives the same inputs; each block of a thousand
can be run alone (``--block``), which is how a crash is looked at. Fails on any exception that a target does not name,
on an input that takes more than a second of processor time, and on memory that grows.
"""

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from mutate import mutate
from targets import targets

BLOCK = 1000
SLOWEST_SECONDS = 1.0
GROWTH_BYTES = 150 * 1024**2  # of a process, after the first fifth of its blocks
PAGE = os.sysconf("SC_PAGE_SIZE")


class Block(NamedTuple):
    """What came of a block."""

    number: int
    runs: Counter[str]
    crashes: list[str]
    slowest: tuple[float, str]
    process: int
    memory: int


def inputs(seed: int, block: int) -> Iterator[tuple[str, bytes]]:
    """Make up the inputs of a block: the target of each, and the bytes."""
    rnd, found = Random(f"{seed}:{block}"), _TARGETS
    names = rnd.choices(list(found), [target.weight for target in found.values()], k=BLOCK)
    for name in names:
        seeds = found[name].seeds
        yield name, mutate(rnd.choice(seeds), rnd.choice(seeds), rnd)


def run(task: tuple[int, int]) -> Block:
    """Run one block."""
    seed, number = task
    runs: Counter[str] = Counter()
    crashes: list[str] = []
    slowest = (0.0, "")
    for name, raw in inputs(seed, number):
        runs[name] += 1
        began = time.process_time()
        try:
            _TARGETS[name].run(raw)
        except Exception:  # noqa: BLE001 - every one is a finding
            crashes.append(f"{name}, block {number}: {raw[:300]!r}\n{traceback.format_exc()}")
        slowest = max(slowest, (time.process_time() - began, f"{name}, block {number}: {raw[:300]!r}"))
    memory = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE
    return Block(number, runs, crashes, slowest, os.getpid(), memory)


def _pool() -> Pool:
    return get_context("spawn").Pool()


def main() -> int:
    """Run the blocks, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--block", type=int, help="Run this one alone.")
    arguments = parser.parse_args()
    blocks = range(-(-arguments.inputs // BLOCK)) if arguments.block is None else [arguments.block]
    began = time.monotonic()
    total: Counter[str] = Counter()
    crashes: list[str] = []
    slowest, memory = (0.0, ""), dict[int, list[int]]()
    with TemporaryDirectory(prefix="fuzz-") as folder, patch.dict(os.environ, TMPDIR=folder), _pool() as pool:
        for done in pool.imap_unordered(run, ((arguments.seed, number) for number in blocks)):
            total += done.runs
            crashes += done.crashes
            slowest = max(slowest, done.slowest)
            memory.setdefault(done.process, []).append(done.memory)
            if len(crashes) >= 20:
                break
    growth = max(each[-1] - each[len(each) // 5] for each in memory.values())
    seconds = time.monotonic() - began
    told = [
        f"{total.total():,} inputs in {seconds:.0f} s: {', '.join(f'{n:,} {name}' for name, n in total.items())}",
        f"slowest: {slowest[0]:.3f} s of processor time, {slowest[1][:400]}",
        f"memory: at most {max(map(max, memory.values())) / 1e6:.0f} MB a process, grown by {growth / 1e6:.0f} MB",
        f"crashes: {len(crashes)}",
        *crashes,
    ]
    sys.stdout.write("\n".join(told) + "\n")
    return int(bool(crashes) or slowest[0] > SLOWEST_SECONDS or growth > GROWTH_BYTES)


_TARGETS = targets()

if __name__ == "__main__":
    sys.exit(main())
