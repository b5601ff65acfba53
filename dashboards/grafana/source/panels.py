"""The few kinds of panel that the dashboards are made of."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import bargauge, common, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.models import common as styles
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    FieldColorModeId,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from dashboards.grafana.source.style import (
    CALM,
    COUNTED,
    EXPECTED,
    NEUTRAL,
    PLAIN,
    Card,
    Meanings,
    Query,
    Steps,
    dress,
    fixed,
    legend,
    prop,
    thresholds,
    tooltip,
)

POSTS_A_MINUTE = "suffix:posts/min"


def number(card: Card, query: Query, unit: str, steps: Steps = ((None, CALM),)) -> stat.Panel:
    """One number that can be read from across the room.

    It is asked for at the very end of the time that is shown: the last of its course would still be there, and look
    calm, long after the worker that told it has died.
    """
    return (
        dress(stat.Panel(), card, [query], "instant")
        .unit(unit)
        .thresholds(thresholds(steps))
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .reduce_options(_last())
        .graph_mode(styles.BigValueGraphMode.NONE)
        .color_mode(styles.BigValueColorMode.VALUE)
        .orientation(styles.VizOrientation.HORIZONTAL)
    )


def moment(card: Card, query: Query) -> stat.Panel:
    """A moment; the query gives seconds since 1970, as every metric does, and Grafana wants milliseconds."""
    in_ms = Query(f"1000 * {query.expr}", query.legend)
    return number(card, in_ms, "dateTimeAsIso", NEUTRAL)


def standing(card: Card, query: Query, meanings: Meanings) -> stat.Panel:
    """The present state of one thing, in a word."""
    return (
        number(card, query, "none", NEUTRAL).mappings(_meant(meanings)).color_mode(styles.BigValueColorMode.BACKGROUND)
    )


def lines(card: Card, queries: Sequence[Query], unit: str) -> timeseries.Panel:
    """Courses over time."""
    return (
        dress(timeseries.Panel(), card, queries)
        .unit(unit)
        .min(0)
        .color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .line_width(1.5)
        .fill_opacity(0)
        .show_points(styles.VisibilityMode.NEVER)
        .legend(legend())
        .tooltip(tooltip())
    )


def per_minute(selector: str) -> str:
    """Posts of a bucket as a rate; where two workers show them at a handover, they count once.

    Args:
        selector: Of a gauge that tells posts per bucket.
    """
    return f"60 * max by (series) ({selector}) / scalar(max(tocsin_bucket_seconds))"


def band(card: Card, series: str) -> timeseries.Panel:
    """Posts of one series against what is expected, and the band of what is ordinary.

    Args:
        card: As for every panel.
        series: Its name, which may hold a variable.
    """
    which = {"lower": "lower_", "upper": "upper_", "expected": "expected_", "posts": ""}
    queries = [
        Query(per_minute(f'tocsin_series_{part}posts{{series="{series}"}}'), name) for name, part in which.items()
    ]
    hidden = {"legend": True, "tooltip": False, "viz": False}
    edge = [prop("custom.lineWidth", 0), fixed(EXPECTED), prop("custom.hideFrom", hidden)]
    filling = [prop("custom.fillBelowTo", "lower"), prop("custom.fillOpacity", 25)]
    dashed = prop("custom.lineStyle", {"fill": "dash", "dash": [6, 4]})
    return (
        lines(card, queries, POSTS_A_MINUTE)
        .override_by_name("lower", edge)
        .override_by_name("upper", [*edge, *filling])
        .override_by_name("expected", [fixed(EXPECTED), dashed])
        .override_by_name("posts", [fixed(COUNTED)])
    )


def states(card: Card, query: Query, meanings: Meanings) -> statetimeline.Panel:
    """Stripes that tell in which state each thing was, and for how long."""
    return (
        dress(statetimeline.Panel(), card, [query])
        .mappings(_meant(meanings))
        .thresholds(thresholds(((None, PLAIN),)))
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .merge_values(True)
        .show_value(styles.VisibilityMode.AUTO)
        .row_height(0.8)
        .per_page(20)
        .legend(legend())
        .tooltip(tooltip())
    )


def bars(card: Card, query: Query, unit: str, steps: Steps) -> bargauge.Panel:
    """The present of several things; the query sorts."""
    return (
        dress(bargauge.Panel(), card, [query], "instant")
        .unit(unit)
        .decimals(1)
        .min(0)
        .thresholds(thresholds(steps))
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .reduce_options(_last())
        .orientation(styles.VizOrientation.HORIZONTAL)
        .display_mode(styles.BarGaugeDisplayMode.BASIC)
    )


def rows(card: Card, columns: Mapping[str, Query], labels: Mapping[str, str], unit: str) -> table.Panel:
    """The present as a table, one row for each set of labels.

    Args:
        card: As for every panel.
        columns: What to ask, by the heading under which its values stand. All must give the same rows: Grafana names
            the values of a query after it only where others have answered too.
        labels: Headings of the labels.
        unit: Of the values.
    """
    names = [f"Value #{chr(ord('A') + place)}" for place in range(len(columns))] if len(columns) > 1 else ["Value"]
    headings = {**labels, **dict(zip(names, columns, strict=True))}
    order = {name: place for place, name in enumerate(headings)}
    arranged = {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": headings}
    return (
        dress(table.Panel(), card, list(columns.values()), "table")
        .unit(unit)
        .thresholds(thresholds(NEUTRAL))
        .with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(DataTransformerConfig(id_val="organize", options=arranged))
    )


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _meant(meanings: Meanings) -> list[ValueMapping]:
    results = {
        str(value): ValueMappingResult(text=text, color=color, index=place)
        for place, (value, (text, color)) in enumerate(meanings.items())
    }
    return [ValueMap(results)]
