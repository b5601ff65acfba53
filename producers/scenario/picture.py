"""A scenario as a picture: what comes on each channel, as it is generated, and when something is true."""

from collections import Counter
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from producers.scenario.model import Scenario
from producers.scenario.parts import DAY_MS, MINUTE_MS
from tocsin.paint import COUNTED, KINDS, STYLE, label_time, picture_of
from tocsin.posts import Heartbeat, Post
from tocsin.series import value_of
from tocsin.truth import Truth

_WIDTH, _LANE, _MARGIN = 12.0, 1.4, 1.1  # inches
_STEPS = 500  # of the width


def draw(scenario: Scenario, seed: int, fmt: str) -> bytes:
    """Draw the posts of each channel as they arrive, with what is true shaded.

    Args:
        scenario: Which.
        seed: Of its noise.
        fmt: ``png`` or ``svg``.

    Returns:
        The bytes of the picture.
    """
    step_ms = max(MINUTE_MS, -(-(scenario.end - scenario.begin) // _STEPS // MINUTE_MS) * MINUTE_MS)
    counts = _counts(scenario, seed, step_ms)
    edges = np.arange(scenario.begin, scenario.end + 1, step_ms)
    truth = scenario.truth()
    with rc_context(STYLE):
        height = _MARGIN + _LANE * len(scenario.channels)
        figure = Figure(figsize=(_WIDTH, height), dpi=150, layout="constrained")
        lanes = figure.subplots(len(scenario.channels), 1, sharex=True, squeeze=False)[:, 0]
        for axes, channel in zip(lanes, scenario.channels, strict=True):
            rates = [counts[channel.name, int(at)] * MINUTE_MS / step_ms for at in edges[:-1]]
            axes.stairs(rates, edges / DAY_MS, color=COUNTED, linewidth=0.8)
            axes.set_ylabel(f"{channel.name}\nposts a minute")
            axes.set_ylim(bottom=0)
            _shade(axes, [event for event in truth if channel.name in _channels_of(event, scenario)])
        _label(lanes[-1], scenario)
        lanes[0].set_title(f"{scenario.name}, seed {seed}", loc="left", fontweight="bold")
        handles = [_patch(lanes[0], kind) for kind in KINDS if any(event.kind == kind for event in truth)]
        figure.legend(handles=handles, loc="outside upper right", ncols=len(KINDS), frameon=False)
        return picture_of(figure, fmt)


def _counts(scenario: Scenario, seed: int, step_ms: int) -> Counter[tuple[str, int]]:
    """Count the posts of each channel by when they come, as the furthest heartbeat tells: their own times may lie."""
    counts: Counter[tuple[str, int]] = Counter()
    step = scenario.begin
    for item in scenario.lines(seed):
        line = item.line
        if isinstance(line, Post):
            counts[line.channel, step] += 1
        elif isinstance(line, Heartbeat) and line.at >= step + step_ms:
            step = line.at - (line.at - scenario.begin) % step_ms
    return counts


def _channels_of(event: Truth, scenario: Scenario) -> set[str]:
    """Tell on which channels an event is drawn: where its posts come, or go missing."""
    burst = next((burst for burst in scenario.bursts if event.name.startswith(burst.name)), None)
    if burst is not None:
        return set(burst.per_minute)
    sources = {f"source={source}": names for source, names in scenario.sources.items()}
    return {name for series in event.must for name in sources.get(series, (value_of(series),))}


def _shade(axes: Axes, events: list[Truth]) -> None:
    for event in events:
        axes.axvspan(event.begin / DAY_MS, event.end / DAY_MS, color=KINDS[event.kind][0], alpha=0.3, linewidth=0)


def _patch(axes: Axes, kind: str) -> Any:
    return axes.fill([], [], color=KINDS[kind][0], alpha=0.3, label=kind)[0]


def _label(axes: Axes, scenario: Scenario) -> None:
    axes.set_xlim(scenario.begin / DAY_MS, scenario.end / DAY_MS)
    label_time(axes)
