"""What all dashboards share: a way to one another, the choice of the data source, and incidents over every panel."""

from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana.source.style import BLIND, BURST, EXPOSED, OUTAGE, PLANNED, SOURCE

COLORS = {"outage": OUTAGE, "blind": BLIND, "burst": BURST, "exposed": EXPOSED}
TAG = "tocsin"
# Those of dashboards/grafana/provisioning/datasources; of a Grafana that has others, its first is taken.
PRESENT = models.VariableOption(selected=True, text="Prometheus", value="tocsin-prometheus")


class _PrometheusAnnotation(models.AnnotationQuery):
    """An annotation with the words that Grafana's Prometheus takes, which the SDK does not know."""

    words: str = ""

    def to_json(self) -> dict[str, object]:
        """Give it the form in which Grafana keeps it."""
        expr = {"expr": self.expr, "refId": "Anno", "interval": "", "datasource": SOURCE}
        return {**super().to_json(), "target": expr, "titleFormat": self.words, "textFormat": "", "tagKeys": ""}


class _Note(AnnotationQuery):
    def __init__(self, words: str) -> None:
        super().__init__()
        self._internal = _PrometheusAnnotation()
        self._internal.words = words


class About(NamedTuple):
    """What a dashboard is.

    Attributes:
        name: Under which Grafana knows it: its uid is ``tocsin-<name>``.
        title: What people call it.
        text: What it is for.
        span: How far it looks back at first, such as ``1h``.
    """

    name: str
    title: str
    text: str
    span: str


class Section(NamedTuple):
    """Panels under a heading.

    Attributes:
        id: Stable; unique among the panels of the dashboard.
        title: The heading.
        panels: In reading order.
        folded: Whether it is opened only on request; until then nothing is asked for it.
    """

    id: int
    title: str
    panels: Sequence[Builder[models.Panel]]
    folded: bool = False


def frame(
    about: About,
    variables: Sequence[QueryVariable],
    annotations: Sequence[Builder[models.AnnotationQuery]],
    panels: Sequence[Builder[models.Panel]],
    sections: Sequence[Section],
) -> models.Dashboard:
    """Build a dashboard.

    Args:
        about: What it is.
        variables: Choices, beside that of the data source.
        annotations: What is marked in every panel.
        panels: What is looked at first.
        sections: What comes below.
    """
    board = (
        Dashboard(about.title)
        .uid(f"tocsin-{about.name}")
        .description(about.text)
        .tags([TAG])
        .timezone("utc")  # whatever else Tocsin says is in UTC, too
        .time(f"now-{about.span}", "now")
        .refresh("10s")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(_to_the_others())
        .with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus").current(PRESENT))
        .annotations(list(annotations))
    )
    for variable in variables:
        board.with_variable(variable)
    for panel in panels:
        board.with_panel(panel)
    for section in sections:
        _add(section, board)
    return board.build()


def _add(section: Section, board: Dashboard) -> None:
    """Grafana wants the panels of a folded row within it, and those of an open one after it."""
    row = Row(section.title).id(section.id).collapsed(section.folded)
    if section.folded:
        for panel in section.panels:
            row.with_panel(panel)
    board.with_row(row)
    if not section.folded:
        for panel in section.panels:
            board.with_panel(panel)


def _to_the_others() -> DashboardLink:
    return (
        DashboardLink("Tocsin")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .tooltip("The other dashboards, for the same time and data source")
        .include_vars(True)
        .keep_time(True)
    )


def choice(name: str, label: str, selector: str, regex: str = "") -> QueryVariable:
    """A variable whose values Prometheus knows.

    Args:
        name: Of the variable.
        label: What people see.
        selector: ``metric{...}, label``, whose values it takes.
        regex: What of them is kept: its group; empty for all.
    """
    variable = (
        QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"qryType": 1, "query": f"label_values({selector})", "refId": name})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )
    return variable.regex(regex) if regex else variable


def all_of(variable: QueryVariable) -> QueryVariable:
    """Let several values be chosen, all at first."""
    everything = models.VariableOption(selected=True, text=["All"], value=["$__all"])
    return variable.multi(True).include_all(True).current(everything)


def incidents(kinds: Sequence[str] = tuple(COLORS), narrowed: str = "") -> list[Builder[models.AnnotationQuery]]:
    """Mark in every panel what woke somebody, in the colours of the pictures.

    Args:
        kinds: Of incidents.
        narrowed: More of the selector, such as ``,series="channel=$channel"``.
    """
    return [
        note(
            kind.capitalize(),
            f'max by (kind, series) (tocsin_incident_open{{kind="{kind}",severity!="info"{narrowed}}})',
            "{{kind}} {{series}}",
            COLORS[kind],
        )
        for kind in kinds
    ]


def maintenance(narrowed: str = "") -> Builder[models.AnnotationQuery]:
    """Mark declared windows while they run.

    Args:
        narrowed: A selector's inside, such as ``channel="$channel"``.
    """
    expr = f"max by (channel) (tocsin_maintenance_active{{{narrowed}}}) == 1"
    return note("Maintenance", expr, "maintenance of {{channel}}", PLANNED)


def note(name: str, expr: str, words: str, color: str) -> Builder[models.AnnotationQuery]:
    """Mark in every panel when something was the case.

    Args:
        name: Of the switch above the panels.
        expr: PromQL: nothing, or 1 while it is the case.
        words: What is said of it, with ``{{label}}``.
        color: Of the mark.
    """
    return _Note(words).name(name).expr(expr).icon_color(color).datasource(SOURCE).enable(True).hide(False)
