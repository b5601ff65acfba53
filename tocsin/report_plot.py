"""The pictures of a backtest's report: what came and was expected, and what was told beside what is true.

Import this module only to draw: Matplotlib takes half a second.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tocsin import series as names
from tocsin.backtest import Run
from tocsin.course import Course, Curve
from tocsin.incidents import Incident
from tocsin.paint import COUNTED, EXPECTED, KINDS, STYLE, label_time, picture_of
from tocsin.truth import Truth

DAY_MS = 86_400_000
_WIDTH, _PANEL, _LANE, _REST = 11.0, 1.3, 0.26, 0.9  # inches
_MOST_LANES = 60
_TRUTH = "#999999"
_STYLE: Any = STYLE | {"svg.fonttype": "none"}  # the texts of a report can be read and found


def draw_course(run: Run) -> bytes:
    """Draw the total and the channels of a run, with the incidents on each; an SVG file."""
    curves = dict(sorted(run.course.curves.items(), key=lambda found: found[0] != names.TOTAL))
    with rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, _PANEL * len(curves) + _REST), layout="constrained")
        every = figure.subplots(len(curves), sharex=True, squeeze=False)[:, 0].tolist()
        for axes, (series, curve) in zip(every, curves.items(), strict=True):
            _draw_curve(axes, run.course, curve)
            for incident in run.incidents:
                if incident.series in {series, names.series(names.BACKLOG, names.value_of(series))}:
                    _shade(axes, incident, run.end)
            axes.set_title(series, loc="right", fontsize=9)
            axes.set_ylim(bottom=0)
        _finish(figure, every, run)
        return picture_of(figure, "svg")


def draw_lanes(runs: Sequence[tuple[str, Run]], events: Sequence[Truth] | None) -> bytes:
    """Draw what was told of each event, one lane each, and what is false in lanes below; an SVG file.

    Args:
        runs: One or two, with their labels.
        events: What is true; if nobody knows, each series that rang has a lane.
    """
    lanes = _lanes(runs, events)
    with rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, _LANE * len(lanes) * len(runs) + _REST), layout="constrained")
        axes = figure.subplots()
        for lane, (_, event, incidents) in enumerate(lanes):
            if event is not None:
                span = (event.begin / DAY_MS, (event.end - event.begin) / DAY_MS)
                axes.broken_barh([span], (lane + 0.04, 0.92), facecolor="none", edgecolor=_TRUTH, linewidth=1.4)
            for number, of_run in enumerate(incidents):
                _draw_lane(axes, of_run, (lane + 0.12 + 0.76 * number / len(runs), 0.76 / len(runs)), runs[number][1])
        axes.set_ylim(len(lanes), 0)
        axes.set_yticks([lane + 0.5 for lane in range(len(lanes))], [title for title, _, _ in lanes])
        _finish(figure, [axes], runs[0][1])
        return picture_of(figure, "svg")


Lane = tuple[str, Truth | None, list[list[Incident]]]


def _lanes(runs: Sequence[tuple[str, Run]], events: Sequence[Truth] | None) -> list[Lane]:
    told = [[incident for incident in run.incidents if incident.kind in KINDS] for _, run in runs]
    if events is None:
        series = dict.fromkeys((i.kind, i.series) for of_run in told for i in of_run if i.parent is None)
        lanes: list[Lane] = [
            (f"{kind} {name}", None, [[i for i in of_run if (i.kind, i.series) == (kind, name)] for of_run in told])
            for kind, name in series
        ]
    else:
        lanes = [(event.name, event, [_of(event, of_run) for of_run in told]) for event in events]
        false = [[i for i in run.incidents if run.score is not None and i.id in run.score.false] for _, run in runs]
        if any(false):
            lanes.append(("false", None, false))
    return lanes[:_MOST_LANES] or [("nothing", None, [[] for _ in runs])]


def _of(event: Truth, incidents: Iterable[Incident]) -> list[Incident]:
    return [
        incident
        for incident in incidents
        if incident.kind == event.kind
        and incident.series in event.must
        and incident.onset < event.end
        and (incident.closed_at is None or incident.closed_at > event.begin)
    ]


def _draw_lane(axes: Axes, incidents: Iterable[Incident], place: tuple[float, float], run: Run) -> None:
    for incident in incidents:
        colour, hatch = KINDS.get(incident.kind, (COUNTED, ""))
        begin, end = incident.onset / DAY_MS, (incident.closed_at or run.end) / DAY_MS
        axes.broken_barh([(begin, end - begin)], place, facecolor=colour, alpha=0.6, hatch=hatch, edgecolor=colour)
        middle = place[0] + place[1] / 2
        axes.plot([incident.detected_at / DAY_MS], [middle], "o", color=COUNTED, markersize=3)


def _draw_curve(axes: Axes, course: Course, curve: Curve) -> None:
    edges = (course.begin + np.arange(len(curve.observed) + 1) * course.step_ms) / DAY_MS
    axes.stairs(np.array(curve.observed) / course.step, edges, baseline=None, color=COUNTED, linewidth=0.8)
    axes.stairs(
        np.array(curve.expected) / course.step, edges, baseline=None, color=EXPECTED, linewidth=1.2, linestyle="--"
    )


def _shade(axes: Axes, incident: Incident, end: int) -> None:
    colour, hatch = KINDS.get(incident.kind, (COUNTED, ""))
    span = (incident.onset / DAY_MS, (incident.closed_at or end) / DAY_MS)
    axes.axvspan(*span, facecolor=colour, edgecolor=colour, hatch=hatch, alpha=0.3, linewidth=0.6, zorder=0)


def _finish(figure: Figure, every: Sequence[Axes], run: Run) -> None:
    """Label the time, and tell what colours mean."""
    last = every[-1]
    last.set_xlim(run.begin / DAY_MS, run.end / DAY_MS)
    label_time(last)
    patches = [last.fill([], [], color=colour, hatch=hatch, alpha=0.5)[0] for colour, hatch in KINDS.values()]
    figure.legend(patches, list(KINDS), loc="outside lower right", ncols=len(KINDS), frameon=False)
