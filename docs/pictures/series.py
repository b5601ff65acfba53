"""Draws ``series.png``: what ``tocsin series --plot`` makes of ten made-up days. Run this file with Python."""

import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

PER_DAY, DAYS = 288, 10
OUTAGE, BURST = slice(7 * PER_DAY + 130, 7 * PER_DAY + 160), slice(8 * PER_DAY + 200, 8 * PER_DAY + 236)


def counts() -> list[int]:
    """Count ten days in buckets of five minutes: a rhythm, some noise, an outage of hours, and a surge."""
    rng = np.random.default_rng(1388)
    at = np.arange(DAYS * PER_DAY)
    rate = 60 * np.exp(0.7 * np.sin(2 * np.pi * (at - 90) / PER_DAY))
    rate[OUTAGE] *= 0.05
    rate[BURST] *= 1 + 3 * np.exp(-np.arange(BURST.stop - BURST.start) / 12)
    noisy: list[int] = rng.poisson(rate * rng.gamma(20, 1 / 20, len(rate))).tolist()
    return noisy


def main() -> None:
    """Write the counts to a file, and have the command draw them."""
    begin = datetime(2009, 6, 8, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mentions.csv"
        rows = (f"{begin + timedelta(minutes=5 * i):%Y-%m-%d %H:%M:%S},{count}" for i, count in enumerate(counts()))
        file.write_text("timestamp,value\n" + "\n".join(rows) + "\n")
        picture, scores = Path(__file__).with_name("series.png"), Path(folder) / "scores.csv"
        command = [sys.executable, "-m", "tocsin", "series", str(file), "-o", str(scores), "--plot", str(picture)]
        subprocess.run(command, check=True)  # noqa: S603 - our own command


if __name__ == "__main__":
    main()
