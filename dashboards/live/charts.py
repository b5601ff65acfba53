"""A course as options for ECharts, in JSON: no code in it, only data. Colours are those of the page's style sheet."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from dashboards.live.courses import Course, Dot
from dashboards.live.spells import Shade, Spell
from tocsin.wall_clock import local, offset_minutes
from tocsin.zones import UTC_NAME, spell_offset

_WORDS: dict[Shade, str] = {
    "maintenance": "maintenance",
    "planned": "silent as announced",
    "outage": "outage",
    "blind": "nobody knows",
    "burst": "burst",
}
_LABELLED = 0.06  # of the width of a chart: a narrower shade has no room for its word
_AXIS = {"lineStyle": {"color": "var(--line)"}}
_TEXT = {"color": "var(--dim)", "fontSize": 11}


def zone_words(zone: ZoneInfo, at: int) -> str:
    """Name a clock with its offset at a time, such as ``Asia/Tehran (UTC+4:30)``."""
    name = str(zone)
    return UTC_NAME if name == UTC_NAME else f"{name} ({spell_offset(offset_minutes(at, zone))})"


def options(course: Course, zone: ZoneInfo) -> str:
    """Spell a chart.

    Args:
        course: What it shows.
        zone: Of its axis, with the offset that holds at its right end.
    """
    shift = offset_minutes(course.right, zone) * 60_000
    rows = [_row(dot, shift) for dot in course.dots]
    chart = {
        "animation": False,
        "useUTC": True,  # times are shifted by the zone's offset, whatever the browser's own zone
        "grid": {"left": 8, "right": 12, "top": 22, "bottom": 22, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "textStyle": {"color": "var(--ink)", "fontSize": 12},
            "axisPointer": {"lineStyle": {"color": "var(--dim)"}},
        },
        "dataset": {"source": rows},
        "xAxis": {
            "type": "time",
            "min": course.left + shift,
            "max": course.right + shift,
            "name": zone_words(zone, course.right),
            "nameLocation": "middle",
            "nameGap": 24,
            "nameTextStyle": _TEXT,
            "axisLine": _AXIS,
            "axisTick": _AXIS,
            "axisLabel": {**_TEXT, "hideOverlap": True, "show": bool(rows)},
        },
        "yAxis": {
            "type": "value",
            "min": 0,
            "splitNumber": 3,
            "name": "posts/min",
            "nameTextStyle": {**_TEXT, "align": "left"},
            "nameGap": 8,
            "axisLabel": _TEXT,
            "splitLine": _AXIS,
        },
        "series": _series(course, shift),
    }
    return msgspec.json.encode(chart).decode()


def _row(dot: Dot, shift: int) -> list[float | None]:
    """Place, rate, expected, lower bound, height of the band above it, begin and end."""
    middle = (dot.begin + dot.end) // 2 + shift
    rate = None if dot.rate is None else round(dot.rate, 3)
    if dot.band is None:
        return [middle, rate, None, None, None, dot.begin + shift, dot.end + shift]
    lower, upper = round(dot.band.lower, 3), round(dot.band.upper, 3)
    band = [round(dot.band.expected, 3), lower, round(upper - lower, 3)]
    return [middle, rate, *band, dot.begin + shift, dot.end + shift]


def _series(course: Course, shift: int) -> list[dict[str, Any]]:
    bare: dict[str, Any] = {"type": "line", "symbol": "none", "silent": True, "emphasis": {"disabled": True}}
    none = {"width": 0}
    return [
        {**bare, "name": "lower", "encode": {"x": 0, "y": 3}, "stack": "band", "lineStyle": none, "z": 1},
        {
            **bare,
            "name": "band",
            "encode": {"x": 0, "y": 4},
            "stack": "band",
            "lineStyle": none,
            "areaStyle": {"color": "var(--band)", "opacity": 1},
            "z": 1,
        },
        {
            **bare,
            "name": "expected",
            "encode": {"x": 0, "y": 2},
            "lineStyle": {"color": "var(--expected)", "width": 1.5, "type": "dashed"},
            "z": 3,
        },
        {
            **bare,
            "name": "rate",
            "encode": {"x": 0, "y": 1},
            "lineStyle": {"color": "var(--rate)", "width": 1.5},
            "z": 4,
            "markArea": {"silent": True, "z": 2, "data": [_shaded(spell, course, shift) for spell in course.spells]},
        },
    ]


def _shaded(spell: Spell, course: Course, shift: int) -> list[dict[str, Any]]:
    end = course.right if spell.end is None else spell.end
    roomy = (end - spell.begin) > _LABELLED * (course.right - course.left)
    label = {"show": roomy, "position": "insideTop", "color": f"var(--{spell.shade}-ink)", "fontSize": 10}
    style = {
        "color": f"var(--{spell.shade}-shade)",
        "borderColor": f"var(--{spell.shade}-ink)",
        "borderWidth": 0.5,
        "borderType": "dashed" if spell.shade in ("maintenance", "blind") else "solid",
    }
    begin = {"xAxis": spell.begin + shift, "name": _WORDS[spell.shade], "itemStyle": style, "label": label}
    return [begin, {"xAxis": end + shift}]


def describe(course: Course, zone: ZoneInfo) -> str:
    """Say in a sentence what a chart shows at its right end, for those who do not see it."""
    dot = course.newest
    if dot is None:
        return f"{course.series}: nothing is counted yet"
    at = local(dot.end, zone).strftime("%Y-%m-%d %H:%M")
    rate = "nobody knows how many posts" if dot.rate is None else f"{dot.rate:,.1f} posts a minute"
    expected = ""
    if dot.band is not None:
        band = dot.band
        expected = f", {band.expected:,.1f} expected, {band.lower:,.1f} to {band.upper:,.1f} is ordinary"
    lasting = [_WORDS[spell.shade] for spell in course.spells if spell.end is None or spell.end >= course.right]
    shaded = f"; now: {', '.join(dict.fromkeys(lasting))}" if lasting else ""
    return f"{course.series}: {rate} at {at} {zone_words(zone, dot.end)}{expected}{shaded}"
