"""The course of a series: its rate and what was expected, point by point, with gaps where nothing is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboards.live.look import Look, Sheet
from dashboards.live.spans import MINUTE_MS, Stretch
from dashboards.live.spells import Spell, spells_of, unseen
from dashboards.model import Band, Status
from tocsin import series as names


@dataclass(frozen=True)
class Dot:
    """One point of a course; rates are posts a minute.

    Attributes:
        begin: Epoch ms.
        end: Epoch ms, no further than all is counted.
        rate: None where nothing is known.
        band: What was expected; None where that is not stored.
    """

    begin: int
    end: int
    rate: float | None
    band: Band | None


@dataclass(frozen=True)
class Course:
    """What one chart shows.

    Attributes:
        series: Its name.
        dots: In order of time.
        spells: What is to be shaded, cut to the stretch.
        left: Where the axis begins, epoch ms.
        right: Where it ends.
    """

    series: str
    dots: tuple[Dot, ...] = ()
    spells: tuple[Spell, ...] = field(default=())
    left: int = 0
    right: int = 0

    @property
    def newest(self) -> Dot | None:
        """The last point."""
        return self.dots[-1] if self.dots else None


def courses(look: Look, status: Status, sheet: Sheet, stretch: Stretch) -> list[Course]:
    """Make a course of every series of a sheet.

    Args:
        look: What is stored.
        status: The one in it.
        sheet: Counts of the stretch.
        stretch: What is shown.
    """
    made = []
    for column, series in enumerate(sheet.series):
        found = spells_of(series, look.incidents.values(), look.windows)
        hidden = []
        if names.dimension_of(series) == "channel":
            hidden = unseen(names.value_of(series), look.incidents.values(), status.sources)
        spells = [cut for spell in found if (cut := spell.within(stretch.left, stretch.end))]
        dots = _dots(sheet, column, stretch, status, hidden)
        made.append(Course(series, tuple(dots), tuple(spells), stretch.left, stretch.end))
    return made


def _dots(sheet: Sheet, column: int, stretch: Stretch, status: Status, hidden: Sequence[Spell]) -> list[Dot]:
    dots = []
    for first in range(0, len(sheet.rows), stretch.group):
        rows = sheet.rows[first : first + stretch.group]
        begin, end = rows[0].at, min(rows[-1].at + stretch.step, status.closed_through)
        known = [(row.at, posts) for row in rows if (posts := row.posts[column]) is not None]
        counted = sum(
            min(at + stretch.step, status.closed_through) - max(at, status.began) for at, _ in known
        )  # the first and the running hour are not whole
        rate = sum(posts for _, posts in known) / counted * MINUTE_MS if counted > 0 else None
        if _covered(begin, end, hidden) * 2 > end - begin:
            rate = None  # whatever was counted says nothing
        bands = [band for row in rows if (band := row.bands[column]) is not None]
        dots.append(Dot(begin, end, rate, _mean(bands, MINUTE_MS / status.bucket_ms)))
    return dots


def _covered(begin: int, end: int, spells: Sequence[Spell]) -> int:
    """How much of a stretch lies in spells that do not overlap."""
    cuts = [cut for spell in spells if (cut := spell.within(begin, end))]
    return sum((cut.end or end) - cut.begin for cut in cuts)


def _mean(bands: Sequence[Band], scale: float) -> Band | None:
    """Average what was expected of single buckets: the band stays that of a bucket, however coarse the picture."""
    if not bands:
        return None
    share = scale / len(bands)
    return Band(
        sum(band.expected for band in bands) * share,
        sum(band.lower for band in bands) * share,
        sum(band.upper for band in bands) * share,
    )
