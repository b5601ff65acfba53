"""A picture of a series: what came, what was expected, and how surely it was out of the ordinary.

Import this module only to draw: Matplotlib takes half a second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AsinhLocator

from tocsin.detect.baseline import DAY_MS, Bools, Floats
from tocsin.detect.scores import ALARM
from tocsin.grid import Grid
from tocsin.paint import COUNTED, EXPECTED, KINDS, STYLE, label_time, picture_of
from tocsin.rating import Rated

SIZE = (12.0, 6.0)  # inches
DPI = 150
_BAND, _BURST, _OUTAGE = "#CCCCCC", KINDS["burst"][0], KINDS["outage"][0]
_FINEST = 1000  # parts of the width; what is shorter would hardly be seen
_PEAK = 8  # times what is ordinary: from there on a linear axis would flatten everything else
_STYLE: Any = STYLE | {"font.size": 10}


@dataclass(frozen=True)
class _Curves:
    """Buckets as arrays; ``edges`` in days since 1970, one more than the rest."""

    edges: Floats
    value: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    burst: Floats
    outage: Floats


def draw(buckets: Sequence[Rated], grid: Grid, title: str, fmt: str) -> bytes:
    """Draw a series.

    Args:
        buckets: One after another, without a gap; at least one.
        grid: They lie on.
        title: Of the picture.
        fmt: ``png`` or ``svg``.

    Returns:
        The bytes of the picture.
    """
    curves = _curves(buckets, grid)
    with rc_context(_STYLE):
        figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(5, 2))
        _draw_counts(above, curves)
        _draw_scores(below, curves)
        label_time(below)
        above.set_title(title, loc="left", fontweight="bold")
        figure.legend(loc="outside upper right", ncols=5, frameon=False)
        return picture_of(figure, fmt)


def _curves(buckets: Sequence[Rated], grid: Grid) -> _Curves:
    def curve(of: Callable[[Rated], float]) -> Floats:
        return np.array([of(rated) for rated in buckets], np.float64)

    first = buckets[0].bucket
    edges = [grid.begin(bucket) / DAY_MS for bucket in range(first, first + len(buckets) + 1)]
    return _Curves(
        edges=np.array(edges),
        value=curve(lambda rated: np.nan if rated.total is None else rated.total),
        expected=curve(lambda rated: rated.scored.expected),
        lower=curve(lambda rated: rated.scored.lower),
        upper=curve(lambda rated: rated.scored.upper),
        burst=curve(lambda rated: rated.scored.burst),
        outage=curve(lambda rated: rated.scored.outage),
    )


def _draw_counts(axes: Axes, curves: _Curves) -> None:
    axes.stairs(curves.upper, curves.edges, baseline=curves.lower, fill=True, color=_BAND, label="ordinary")
    axes.stairs(curves.value, curves.edges, baseline=None, color=COUNTED, linewidth=0.8, label="counted")
    axes.stairs(curves.expected, curves.edges, baseline=None, color=EXPECTED, linewidth=1.3, label="expected")
    for score, colour, label in ((curves.burst, _BURST, "▲ burst"), (curves.outage, _OUTAGE, "▼ outage")):
        spans = _spans(score >= ALARM, curves.edges)
        across = axes.get_xaxis_transform()
        axes.broken_barh(spans, (0, 1), transform=across, color=colour, alpha=0.3, linewidth=0, zorder=0, label=label)
    _scale_counts(axes, curves)
    axes.set_xlim(float(curves.edges[0]), float(curves.edges[-1]))


def _scale_counts(axes: Axes, curves: _Curves) -> None:
    """Choose an axis on which what is ordinary can be seen beside the peaks."""
    ordinary = max(float(np.quantile(curves.upper, 0.99)), 1.0)
    axes.set_ylabel("count")
    if np.nanmax(curves.value, initial=0.0) > _PEAK * ordinary:
        axes.set_ylabel("count (linear, then logarithmic)")
        axes.set_yscale("asinh", linear_width=ordinary)
        axes.yaxis.set_major_locator(AsinhLocator(ordinary, subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.set_ylim(bottom=0.0)


def _draw_scores(axes: Axes, curves: _Curves) -> None:
    axes.stairs(curves.burst, curves.edges, fill=True, color=_BURST)
    axes.stairs(-curves.outage, curves.edges, fill=True, color=_OUTAGE)
    axes.axhline(0.0, color=COUNTED, linewidth=0.6)
    for alarm in (ALARM, -ALARM):
        axes.axhline(alarm, color=COUNTED, linewidth=0.6, linestyle="--")
    axes.set_ylim(-1.05, 1.05)
    axes.set_yticks([-1, -ALARM, 0, ALARM, 1], ["1", f"{ALARM:g}", "0", f"{ALARM:g}", "1"])
    axes.set_ylabel("score\n▼ outage   burst ▲")


def _spans(flags: Bools, edges: Floats) -> list[tuple[float, float]]:
    """Find the runs of true flags as begins and widths, made wide enough to be seen, and one where they then touch."""
    least = float(edges[-1] - edges[0]) / _FINEST
    turns = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    spans: list[tuple[float, float]] = []
    for begin, end in edges[turns].reshape(-1, 2).tolist():
        since = spans.pop()[0] if spans and begin <= sum(spans[-1]) else begin
        spans.append((since, max(end, begin + least) - since))
    return spans
