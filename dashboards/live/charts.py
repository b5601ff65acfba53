"""A course as a drawing: paths, ticks and shades, which a template spells as SVG. Colours are the style sheet's.

A drawing does not know how wide it will be: lines are on a grid that the browser stretches, everything else is placed
in percent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from dashboards.live.axes import Tick, rate_ticks, time_ticks
from dashboards.live.courses import Course, Dot
from dashboards.live.spells import Shade, Spell
from tocsin.wall_clock import local, offset_minutes
from tocsin.zones import UTC_NAME, spell_offset

WIDTH, HEIGHT = 2000, 1000  # of the grid
_WORDS: dict[Shade, str] = {
    "maintenance": "maintenance",
    "planned": "silent as announced",
    "outage": "outage",
    "blind": "nobody knows",
    "burst": "burst",
}
_PIXELS, _LETTER, _MARGIN = 290, 5.5, 8  # width of a narrow chart, and of what is written in it


@dataclass(frozen=True)
class Patch:
    """A shade: where it begins and how wide it is, in percent, and its word, empty where that has no room."""

    shade: Shade
    left: float
    width: float
    words: str

    @property
    def middle(self) -> float:
        """Where its word stands, in percent."""
        return round(self.left + self.width / 2, 2)


@dataclass(frozen=True)
class Drawing:
    """What one chart looks like.

    Attributes:
        across: Ticks of the time axis.
        up: Ticks of the rates.
        patches: What is shaded.
        band: Path around what is ordinary.
        expected: Path of what was expected.
        rate: Path of what was counted.
        zone: Of the time axis.
        left, right: Ends of the time axis, epoch ms, shifted to the zone.
        begin, step, end: Of the points, likewise.
        points: ``rate expected lower upper`` of each point, with commas between points and nothing where nothing is
            known, for those who point at it.
    """

    across: tuple[Tick, ...] = ()
    up: tuple[Tick, ...] = ()
    patches: tuple[Patch, ...] = ()
    band: str = ""
    expected: str = ""
    rate: str = ""
    zone: str = ""
    left: int = 0
    right: int = 0
    begin: int = 0
    step: int = 0
    end: int = 0
    points: str = ""


def zone_words(zone: ZoneInfo, at: int) -> str:
    """Name a clock with its offset at a time, such as ``Asia/Tehran (UTC+4:30)``."""
    name = str(zone)
    return UTC_NAME if name == UTC_NAME else f"{name} ({spell_offset(offset_minutes(at, zone))})"


def draw(course: Course, zone: ZoneInfo) -> Drawing:
    """Draw a chart.

    Args:
        course: What it shows.
        zone: Of its axis, with the offset that holds at its right end, whatever the browser's own zone.
    """
    if not course.dots:
        return Drawing(up=rate_ticks(0)[1], zone=zone_words(zone, course.right))
    shift = offset_minutes(course.right, zone) * 60_000
    rates = [dot.rate or 0.0 for dot in course.dots] + [dot.band.upper for dot in course.dots if dot.band]
    top, up = rate_ticks(max(rates))
    grid = _Grid(course.left, course.right, top)
    first = course.dots[0]
    return Drawing(
        across=time_ticks(course.left + shift, course.right + shift),
        up=up,
        patches=tuple(_patch(spell, course) for spell in course.spells),
        band="".join(grid.area(run) for run in _runs(course.dots, [dot.band is not None for dot in course.dots])),
        expected="".join(grid.line([(dot, dot.band.expected if dot.band else None) for dot in course.dots])),
        rate="".join(grid.line([(dot, dot.rate) for dot in course.dots])),
        zone=zone_words(zone, course.right),
        left=course.left + shift,
        right=course.right + shift,
        begin=first.begin + shift,
        step=first.end - first.begin,
        end=course.dots[-1].end + shift,
        points=",".join(map(_point, course.dots)),
    )


class _Grid:
    """Turns time and rate into places, with zero at the lower left."""

    def __init__(self, left: int, right: int, top: float) -> None:
        self._left, self._width, self._top = left, max(right - left, 1), top

    def place(self, dot: Dot, rate: float) -> str:
        across = ((dot.begin + dot.end) / 2 - self._left) / self._width
        return f"{round(across * WIDTH)} {round((1 - rate / self._top) * HEIGHT)}"

    def line(self, points: Sequence[tuple[Dot, float | None]]) -> Iterator[str]:
        """Spell a line with gaps; what stands alone becomes a dot."""
        for known, run in groupby(points, key=lambda point: point[1] is not None):
            if known:
                first, *others = (self.place(dot, rate) for dot, rate in run if rate is not None)
                yield f"M{first}" + ("L" + " ".join(others) if others else "h0")

    def area(self, dots: Sequence[Dot]) -> str:
        """Spell the outline of the band of some points."""
        bands = [(dot, dot.band) for dot in dots if dot.band]
        above = [self.place(dot, band.upper) for dot, band in bands]
        below = [self.place(dot, band.lower) for dot, band in reversed(bands)]
        return f"M{' '.join(above + below)}z"


def _runs(dots: Sequence[Dot], wanted: Sequence[bool]) -> Iterator[list[Dot]]:
    for take, run in groupby(zip(dots, wanted, strict=True), key=lambda pair: pair[1]):
        if take:
            yield [dot for dot, _ in run]


def _patch(spell: Spell, course: Course) -> Patch:
    whole = course.right - course.left
    end = course.right if spell.end is None else spell.end
    left, width = (spell.begin - course.left) / whole, (end - spell.begin) / whole
    words = _WORDS[spell.shade]
    roomy = width * _PIXELS >= len(words) * _LETTER + _MARGIN
    return Patch(spell.shade, round(left * 100, 2), round(width * 100, 2), words if roomy else "")


def _point(dot: Dot) -> str:
    band = (dot.band.expected, dot.band.lower, dot.band.upper) if dot.band else ()
    return " ".join(["" if dot.rate is None else f"{dot.rate:.1f}", *(f"{value:.1f}" for value in band)])


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
