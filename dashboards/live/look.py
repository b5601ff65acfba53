"""What one look at Redis finds, and what a browser may ask for."""

from dataclasses import dataclass, field

from dashboards.live.spans import SPANS
from dashboards.model import Row, Status
from tocsin import series as names
from tocsin.incidents import Incident
from tocsin.maintenance import Window
from tocsin.standing import State
from tocsin.zones import UTC_NAME, UnclearTimeError, zone_of

# What charts can be drawn of, by dimension of series, and how people call it.
DIMENSIONS = {
    "channel": "Rates by channel",
    "lang": "Rates by language",
    "region": "Rates by region",
    "keyword": "Rates by keyword group",
    "media": "Rate of pictures",
    "report": "Rates of reports of outages",
}
MOST_CHARTS = 12  # beside the total; more would neither be looked at nor fit


@dataclass(frozen=True)
class Choice:
    """What somebody wants to see.

    Attributes:
        zone: IANA name of the clock that times are shown in.
        span: One of :data:`~dashboards.live.spans.SPANS`.
        dimension: One of :data:`DIMENSIONS`.
    """

    zone: str = UTC_NAME
    span: str = "auto"
    dimension: str = "channel"


def choice(zone: str, span: str, dimension: str) -> Choice:
    """Check what a link asks for: what does not exist is not chosen, for anybody can write anything in a link.

    Args:
        zone: Name of a zone.
        span: Name of a span.
        dimension: Of series.
    """
    usual = Choice()
    try:
        zone_of(zone)
    except UnclearTimeError:
        zone = usual.zone
    return Choice(
        zone, span if span in SPANS else usual.span, dimension if dimension in DIMENSIONS else usual.dimension
    )


@dataclass(frozen=True)
class Sheet:
    """Counts and expectations of several series over a stretch of time.

    Attributes:
        series: Their names; the total is the first.
        left_out: How many series of that dimension are not among them.
        rows: In order of time, without a gap.
    """

    series: tuple[str, ...]
    left_out: int = 0
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Look:
    """What is stored, as of one moment.

    Attributes:
        status: How things stood when the last bucket closed; None before that.
        incidents: All of them in their present state, by id.
        channels: How each of them stands.
        windows: Maintenance, by its beginning.
        volumes: What each series has carried in the last hour or two.
        memory: Bytes that Redis holds; None if not known.
    """

    status: Status | None = None
    incidents: dict[str, Incident] = field(default_factory=dict)
    channels: dict[str, State] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    volumes: dict[str, int] = field(default_factory=dict)
    memory: int | None = None


def drawn(known: dict[str, int], volumes: dict[str, int], dimension: str) -> tuple[tuple[str, ...], int]:
    """Choose which series of a dimension get a chart.

    Args:
        known: All series that were ever counted.
        volumes: What each has carried of late.
        dimension: Of series.

    Returns:
        The total, and the largest by name; and how many are left out. Crosses are never drawn.
    """
    found = [name for name in known if names.dimension_of(name) == dimension and "|" not in name]
    largest = sorted(found, key=lambda name: (-volumes.get(name, 0), name))[:MOST_CHARTS]
    return (names.TOTAL, *sorted(largest)), len(found) - len(largest)
