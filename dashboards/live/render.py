"""A scene as HTML: the page and its panels. Every text is escaped; there is no script in it, and no style."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboards.live.charts import HEIGHT, WIDTH, describe, draw, zone_words
from dashboards.live.courses import Course, courses
from dashboards.live.look import DIMENSIONS, MOST_CHARTS, Choice
from dashboards.live.lookout import Scene
from dashboards.live.spans import SPANS
from dashboards.live.view import View, view
from tocsin import series as names
from tocsin.wall_clock import local
from tocsin.wording import duration
from tocsin.zones import UTC_NAME

PANELS = ("head", "banner", "channels", "incidents", "charts", "rest", "announcement")  # in the order of the page
_LISTED = 12  # rows of a chart's table
# What turns the reading order of the text around it, or is not to be seen at all. Joiners stay: Persian needs them.
_TREACHEROUS = {
    code: "\ufffd"
    for codes in (range(32), range(0x7F, 0xA0), (0x61C, 0x200E, 0x200F), range(0x2028, 0x202F), range(0x2066, 0x206A))
    for code in codes
    if chr(code) not in "\n\t"
}


def _moment(at: int, zone: ZoneInfo) -> str:
    shown = local(at, zone)
    return shown.strftime("%a %d %b %H:%M:%S" if shown.second else "%a %d %b %H:%M")


def _full(at: int, zone: ZoneInfo) -> str:
    return local(at, zone).strftime("%Y-%m-%d %H:%M:%S")


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"


def _harmless(value: object) -> object:
    """Make marks visible with which a name could disguise what stands around it."""
    return value.translate(_TREACHEROUS) if type(value) is str else value  # not what is HTML already


_templates = Environment(
    loader=PackageLoader("dashboards.live"),
    autoescape=True,
    finalize=_harmless,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_templates.filters |= {"moment": _moment, "full": _full, "iso": _iso, "number": _number, "duration": duration}
_templates.globals |= {"zone_words": zone_words, "dimension_of": names.dimension_of, "value_of": names.value_of}
_templates.globals |= {"width": WIDTH, "height": HEIGHT}


class Renderer:
    """Spells one scene, for any number of browsers: what several of them see alike is spelt once.

    Args:
        scene: What is to be shown.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._view: View = view(scene.look, scene.fresh, scene.address, scene.now)
        self._spelt: dict[tuple[str, ...], str] = {}

    def panels(self, choice: Choice) -> Mapping[str, str]:
        """Spell all panels for a choice."""
        zone = ZoneInfo(choice.zone)
        told = {name: self._once((name, choice.zone), zone) for name in PANELS if name != "charts"}
        key = ("charts", choice.zone, choice.span, choice.dimension)
        if key not in self._spelt:
            self._spelt[key] = self._charts(choice, zone)
        return {**told, "charts": self._spelt[key]}

    def _once(self, key: tuple[str, str], zone: ZoneInfo) -> str:
        if key not in self._spelt:
            self._spelt[key] = _templates.get_template(f"{key[0]}.html").render(view=self._view, zone=zone).strip()
        return self._spelt[key]

    def _charts(self, choice: Choice, zone: ZoneInfo) -> str:
        found = self._scene.sheets.get((choice.span, choice.dimension))
        status = self._scene.look.status
        drawn: list[Course] = []
        left_out = 0
        if found is not None and status is not None:
            sheet, stretch = found
            drawn, left_out = courses(self._scene.look, status, sheet, stretch), sheet.left_out
        return _templates.get_template("charts.html").render(
            view=self._view,
            zone=zone,
            courses=drawn or [Course(names.TOTAL)],
            left_out=left_out,
            most=MOST_CHARTS,
            title=DIMENSIONS[choice.dimension],
            listed=_LISTED,
            draw=lambda course: draw(course, zone),
            describe=lambda course: describe(course, zone),
        )


def page(choice: Choice, panels: Mapping[str, str], edition: str) -> str:
    """Spell the whole page.

    Args:
        choice: What somebody wants to see.
        panels: HTML of the panels; those that are not there are empty.
        edition: Under which its files are found.
    """
    return _templates.get_template("page.html").render(
        edition=edition,
        panels={name: panels.get(name, "") for name in PANELS},
        choice=choice,
        zones=_zones(),
        spans={name: words for name, (words, _) in SPANS.items()},
        dimensions=DIMENSIONS,
    )


@cache
def _zones() -> list[str]:
    """List the clocks that have a city, and UTC before them."""
    return [UTC_NAME, *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))]
