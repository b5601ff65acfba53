"""Rules that every dashboard keeps, checked on the JSON that Grafana reads."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grafana_foundation_sdk.models import units

from dashboards.grafana.source.promql import grouped, rate_windows, selectors
from dashboards.grafana.source.queries import Board, name_of, panels_of, queries_of

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24
_WITHOUT_UNIT = {"state-timeline"}  # its values are states, and mapped to words
_UNITS = {unit for unit in vars(units).values() if isinstance(unit, str)}
# What Prometheus adds to what it scrapes, and to histograms and alerts.
_COMMON_LABELS = {"job", "instance", "le"}
_UNBOUNDED = {"term", "word", "author", "text", "handle", "url", "id", "hashtag"}

Labels = Mapping[str, frozenset[str]]  # of each metric that exists
Rule = Callable[[Board, Labels], Iterator[str]]


def lint(board: Board, metrics: Labels) -> list[str]:
    """Tell what is wrong with a dashboard.

    Args:
        board: Its JSON.
        metrics: Every metric that may be asked for, with its labels.
    """
    return [f"{board['title']}: {fault}" for rule in RULES for fault in rule(board, metrics)]


def panels_say_what_they_show(board: Board, _: Labels) -> Iterator[str]:
    """Each panel has a title, and a description that is longer than it."""
    for panel in panels_of(board):
        if not panel.get("title"):
            yield f"{name_of(panel)} has no title"
        elif len(panel.get("description", "")) <= len(panel["title"]):
            yield f"{name_of(panel)!r} does not say how it is read"


def numbers_have_units(board: Board, _: Labels) -> Iterator[str]:
    """Each panel of numbers has a unit; one of states has a word for each of them."""
    for panel in panels_of(board):
        defaults = panel["fieldConfig"]["defaults"]
        if panel["type"] in _WITHOUT_UNIT:
            if not defaults.get("mappings"):
                yield f"{name_of(panel)!r} has no words for its states"
        elif not defaults.get("unit"):
            yield f"{name_of(panel)!r} has no unit"
        elif defaults["unit"] not in _UNITS and not defaults["unit"].startswith("suffix:"):
            yield f"{name_of(panel)!r} has a unit that Grafana does not know: {defaults['unit']}"


def sources_are_chosen_by_the_reader(board: Board, _: Labels) -> Iterator[str]:
    """Panels, targets, annotations and variables ask the data source that is chosen above."""
    variables = board["templating"].get("list", ())
    if [v["name"] for v in variables if v["type"] == "datasource" and v["query"] == "prometheus"] != ["datasource"]:
        yield "has no choice of the data source"
    asking: list[Mapping[str, Any]] = [variable for variable in variables if variable["type"] == "query"]
    for note in board["annotations"].get("list", ()):
        asking += [note, note["target"]]
    for panel in panels_of(board):
        asking += [panel, *panel["targets"]]
    for one in asking:
        if one.get("datasource") != SOURCE:
            yield f"{one.get('title') or one.get('name') or one.get('expr')!r} asks {one.get('datasource')}"


def rates_fit_the_scrapes(board: Board, _: Labels) -> Iterator[str]:
    """A rate looks as far back as Grafana knows to hold enough scrapes, or over all that is shown."""
    for asked in queries_of(board):
        for window in rate_windows(asked.expr):
            if window not in {"$__rate_interval", "$__range"}:
                yield f"{asked.where}: a rate over [{window}], not over [$__rate_interval]"


def ids_are_unique(board: Board, _: Labels) -> Iterator[str]:
    """Panels and rows have ids of their own, and the dashboard a uid."""
    if not board.get("uid", "").startswith("tocsin-"):
        yield "has no uid that begins with tocsin-"
    rows = [panel for panel in board["panels"] if panel["type"] == "row"]
    for id_, times in Counter(panel.get("id") for panel in [*rows, *panels_of(board)]).items():
        if not id_ or times > 1:
            yield f"{times} panels have the id {id_}"


def panels_do_not_overlap(board: Board, _: Labels) -> Iterator[str]:
    """Each place of the grid holds one panel at most, and none lies beyond the last column."""
    for group in [board["panels"], *(panel["panels"] for panel in board["panels"] if panel.get("panels"))]:
        taken: dict[tuple[int, int], str] = {}
        for panel in group:
            at = panel["gridPos"]
            if at["x"] + at["w"] > COLUMNS:
                yield f"{name_of(panel)!r} lies beyond the last column"
            for place in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
                if taken.setdefault(place, name_of(panel)) != name_of(panel):
                    yield f"{name_of(panel)!r} covers {taken[place]!r}"
                    break


def metrics_exist(board: Board, metrics: Labels) -> Iterator[str]:
    """Each query reads metrics, and only such as are exposed, recorded, or Prometheus's own."""
    for asked in queries_of(board):
        read = [selector.metric for selector in selectors(asked.expr)]
        if not read:
            yield f"{asked.where}: {asked.expr!r} reads no metric"
        yield from (f"{asked.where}: there is no metric {name}" for name in read if name not in metrics)


def labels_exist_and_are_bounded(board: Board, metrics: Labels) -> Iterator[str]:
    """A query looks at labels that its metrics have, and at none that people can fill with what they like."""
    for asked in queries_of(board):
        read = list(selectors(asked.expr))
        known = _COMMON_LABELS.union(*(metrics.get(selector.metric, frozenset()) for selector in read))
        wanted = grouped(asked.expr) | {asked.label} - {""}
        for selector in read:
            lacking = set(selector.labels) - metrics.get(selector.metric, frozenset()) - _COMMON_LABELS
            yield from (f"{asked.where}: {selector.metric} has no label {label}" for label in sorted(lacking))
        yield from (f"{asked.where}: nothing here has a label {label}" for label in sorted(wanted - known))
        used = wanted.union(*(selector.labels for selector in read))
        yield from (f"{asked.where}: {label} is not bounded" for label in sorted(used & _UNBOUNDED))


RULES: tuple[Rule, ...] = (
    panels_say_what_they_show,
    numbers_have_units,
    sources_are_chosen_by_the_reader,
    rates_fit_the_scrapes,
    ids_are_unique,
    panels_do_not_overlap,
    metrics_exist,
    labels_exist_and_are_bounded,
)
