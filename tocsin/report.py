"""The report of a backtest: one HTML file that needs nothing beside it, neither a server nor the network."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template

from tocsin.backtest import Run
from tocsin.report_plot import draw_course, draw_lanes
from tocsin.truth import Truth


def render(name: str, runs: Sequence[tuple[str, Run]], events: Sequence[Truth] | None) -> str:
    """Write the report.

    Args:
        name: Of the stream.
        runs: One or two, with their labels.
        events: What is true; None where nobody knows.

    Returns:
        HTML, the same for the same runs.
    """
    return _template().render(
        name=name,
        runs=runs,
        events=events,
        measures=[(measure, [run.measures.get(measure) for _, run in runs]) for measure in runs[0][1].measures],
        settings=[(key, [run.settings.get(key) for _, run in runs]) for key in runs[0][1].settings],
        courses=[(label, _embedded(draw_course(run))) for label, run in runs],
        lanes=_embedded(draw_lanes(runs, events)),
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["utc"] = _utc
    environment.filters["delay"] = _delay
    return environment.from_string(resources.files("tocsin").joinpath("report.html").read_text("utf-8"))


def _embedded(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg).decode("ascii")


def _utc(at: int | None) -> str:
    return "lasts" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _delay(run: Run, event: Truth) -> str:
    """Say how long it took until an event was known."""
    if run.score is None or event.name not in run.score.delays:
        return "missed"
    seconds = run.score.delays[event.name] * run.bucket_ms / 1000
    return f"{seconds / 60:.1f} min" if abs(seconds) >= 60 else f"{seconds:.0f} s"
