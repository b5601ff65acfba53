"""Draws ``detection-delay.svg``: how long a drop lasts before it is known. Run this file with Python.

No simulation: the shortest window whose count, were it exactly what the drop leaves, exceeds the threshold.
"""

import math
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from tocsin.detect.scan import KINDS, WINDOWS, surprise

SPREAD, DRIFT = 0.1, 0.01
SIDES, DAYS, PER_DAY = 600, 365, 17_280  # 300 series on both sides, one false page a year, buckets of 5 seconds
THRESHOLD = math.log(SIDES * DAYS * PER_DAY)
DROPS = {"to nothing": (0.0, "#0072b2", "-"), "to a fifth": (0.2, "#d55e00", "--"), "to a half": (0.5, "#009e73", ":")}


def delay(rate: float, left: float) -> float:
    """Tell after how many buckets a drop of so many posts per bucket to a share of them is known; nan if never."""
    for group in WINDOWS:
        for length in group.lengths.tolist():
            mean = np.array([rate * length])
            count = np.rint(mean * left).astype(np.int64)
            nats = surprise(count, mean, np.array([SPREAD / length]), np.array([DRIFT]))[0]
            if mean[0] >= 20 and nats - math.log(KINDS / group.every) >= THRESHOLD:
                return float(length)
    return math.nan


def main() -> None:
    """Draw it."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    rates = np.geomspace(0.05, 300, 160)
    for name, (left, colour, dashes) in DROPS.items():
        axes.plot(rates, [5 * delay(rate, left) for rate in rates.tolist()], dashes, color=colour, label=name, lw=2)
    axes.set(xscale="log", yscale="log", xlabel="posts expected per bucket of 5 s", ylabel="known after (seconds)")
    axes.set_title("How long a drop lasts before it is known, at one false page a year over 300 series", fontsize=10)
    axes.set_yticks([5, 15, 60, 300, 900, 3600], ["5 s", "15 s", "1 min", "5 min", "15 min", "1 h"])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(title="the channel drops", frameon=False)
    with rc_context({"svg.hashsalt": "tocsin"}):
        figure.savefig(Path(__file__).with_name("detection-delay.svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
