"""What Grafana would ask of a Prometheus when somebody opens a dashboard, and whether anything comes back."""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from servers.prometheus import PrometheusServer

from dashboards.grafana.source.promql import selectors
from dashboards.grafana.source.queries import Asked, Board, filled, kept, queries_of

MAX_POINTS = 1_000  # about as many as a wide panel asks for


class Span(NamedTuple):
    """The time that is shown.

    Attributes:
        begin: Unix seconds.
        end: Likewise.
        scrape: Seconds between two scrapes.
    """

    begin: float
    end: float
    scrape: float

    @property
    def step(self) -> float:
        """Seconds between two points, ``$__interval``."""
        return max(self.scrape, (self.end - self.begin) / MAX_POINTS)

    def variables(self) -> dict[str, str]:
        """Grafana's own, for this time."""
        window = max(self.step + self.scrape, 4 * self.scrape)
        return {
            "__rate_interval": f"{round(1000 * window)}ms",
            "__interval": f"{round(1000 * self.step)}ms",
            "__range": f"{round(self.end - self.begin)}s",
        }


def unanswered(board: Board, prometheus: PrometheusServer, span: Span) -> list[str]:
    """Every query of a dashboard that brings nothing, whatever values its variables take.

    Each metric of a query must bring something by itself as well: so ``or`` hides no mistake. What is asked for one
    moment must have an answer at some moment of the span.

    Args:
        board: Its JSON.
        prometheus: That holds data of the span.
        span: The time to show.

    Returns:
        Where it stands, and what it asks.
    """
    choices = {asked.where: _values(asked, prometheus, span) for asked in queries_of(board) if asked.kind == "values"}
    silent = [f"variable {name} has no values" for name, values in choices.items() if not values]
    for asked in queries_of(board):
        if asked.kind != "values":
            parts = dict.fromkeys([asked.expr, *(selector.text for selector in selectors(asked.expr))])
            silent += [
                f"{asked.where}: nothing for {part}" for part in parts if not _answers(part, choices, prometheus, span)
            ]
    return silent


def _answers(expr: str, choices: Mapping[str, list[str]], prometheus: PrometheusServer, span: Span) -> bool:
    return any(_has_numbers(query, prometheus, span) for query in _filled(expr, choices, span))


def _has_numbers(query: str, prometheus: PrometheusServer, span: Span) -> bool:
    """A line of nothing but NaN is drawn as nothing."""
    found = prometheus.ask("query_range", query=query, start=span.begin, end=span.end, step=span.step)
    return any(math.isfinite(float(value)) for course in found["result"] for _, value in course["values"])


def _filled(expr: str, choices: Mapping[str, list[str]], span: Span) -> Iterator[str]:
    """A query for each choice of the variables that it holds."""
    used = [name for name in choices if f"${name}" in expr]
    for values in itertools.product(*(choices[name] for name in used)):
        yield filled(expr, {**span.variables(), **dict(zip(used, values, strict=True))})


def _values(asked: Asked, prometheus: PrometheusServer, span: Span) -> list[str]:
    found: list[Any] = prometheus.ask(
        f"label/{asked.label}/values", **{"match[]": asked.expr, "start": span.begin, "end": span.end}
    )
    return kept(found, asked.regex)
