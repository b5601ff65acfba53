"""What all panels share: the palette, the data source, and what is said of each."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import common, prometheus
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as styles
from grafana_foundation_sdk.models.dashboard import DataSourceRef, DynamicConfigValue, Threshold, ThresholdsMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from tocsin import paint

# Whoever opens a dashboard chooses the Prometheus: the one of the present, or the one of the past.
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")

# The palette of the pictures. What is counted takes the colour of text, which can be read on light and on dark.
COUNTED, EXPECTED = "text", paint.EXPECTED
BURST, OUTAGE, BLIND, PLANNED, EXPOSED = (
    paint.KINDS[kind][0] for kind in ("burst", "outage", "blind", "backlog", "exposed")
)
CALM, WARNING, CRITICAL, PLAIN = EXPECTED, BURST, EXPOSED, "#999999"

Steps = Sequence[tuple[float | None, str]]  # from which value on, which colour; the first from minus infinity
Asked = Literal["range", "instant", "table"]  # the course, the present as numbers, the present with all its labels
Meanings = Mapping[int, tuple[str, str]]  # a value: what it means, and its colour

NEUTRAL: Steps = ((None, COUNTED),)


class Card(NamedTuple):
    """What every panel has.

    Attributes:
        id: Stable, for links; unique in its dashboard.
        title: What it shows.
        text: How to read it.
        width: Of the 24 columns.
        height: In rows of some 30 pixels.
    """

    id: int
    title: str
    text: str
    width: int
    height: int


class Query(NamedTuple):
    """What is asked of Prometheus.

    Attributes:
        expr: In PromQL, with Grafana's variables.
        legend: Name of what comes back, with ``{{label}}`` for its labels.
    """

    expr: str
    legend: str = ""


class _Panel(Protocol):
    """What the SDK's builders of panels have in common, which it does not say itself."""

    def id(self, id_val: int, /) -> Self: ...
    def title(self, title: str, /) -> Self: ...
    def description(self, description: str, /) -> Self: ...
    def span(self, w: int, /) -> Self: ...
    def height(self, h: int, /) -> Self: ...
    def datasource(self, datasource: DataSourceRef, /) -> Self: ...
    def targets(self, targets: list[Builder[Dataquery]], /) -> Self: ...


Panel = TypeVar("Panel", bound=_Panel)


def dress(panel: Panel, card: Card, queries: Sequence[Query], asked: Asked = "range") -> Panel:
    """Give a panel what every panel has.

    Args:
        panel: New.
        card: What to say of it, and how large it is.
        queries: What to ask.
        asked: For what.
    """
    return (
        panel.id(card.id)
        .title(card.title)
        .description(card.text)
        .span(card.width)
        .height(card.height)
        .datasource(SOURCE)
        .targets([_target(chr(ord("A") + place), query, asked) for place, query in enumerate(queries)])
    )


def thresholds(steps: Steps) -> ThresholdsConfig:
    """Colours by value."""
    return (
        ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(value=value, color=color) for value, color in steps])
    )


def prop(name: str, value: object) -> DynamicConfigValue:
    """One property of an override."""
    return DynamicConfigValue(id_val=name, value=value)


def fixed(color: str) -> DynamicConfigValue:
    """A colour of its own for what an override matches."""
    return prop("color", {"mode": "fixed", "fixedColor": color})


def legend() -> common.VizLegendOptions:
    """Names below the picture."""
    return (
        common.VizLegendOptions()
        .display_mode(styles.LegendDisplayMode.LIST)
        .placement(styles.LegendPlacement.BOTTOM)
        .show_legend(True)
    )


def tooltip() -> common.VizTooltipOptions:
    """All values of a moment, the greatest first."""
    return common.VizTooltipOptions().mode(styles.TooltipDisplayMode.MULTI).sort(styles.SortOrder.DESCENDING)


def _target(ref: str, query: Query, asked: Asked) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(ref).datasource(SOURCE).expr(query.expr)
    if query.legend:
        target.legend_format(query.legend)
    if asked == "table":
        target.format(PromQueryFormat.TABLE)
    return target.range() if asked == "range" else target.instant()
