"""How things stand after a bucket, as the samples that Prometheus keeps: one shape for a worker and for history.

Labels are bounded: channels, sources, kinds, states, and series of channels, languages, regions and keyword groups.
Never a term, an author or a text.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, get_args

from tocsin import series as names
from tocsin.bounds import MOST_NOTICES, MOST_SERIES, MOST_SOURCES, most_series
from tocsin.clocks import Clocks, Rules
from tocsin.detect.detector import Look
from tocsin.grouping import BREADTH
from tocsin.incidents import Incident, Kind
from tocsin.judge import Judge, Judgement
from tocsin.maintenance import Window
from tocsin.standing import State

KINDS: tuple[Kind, ...] = get_args(Kind)
STATES: tuple[State, ...] = get_args(State)

# Every gauge of the present, what it means and its labels.
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "tocsin_bucket_seconds": ("Width of a bucket.", ()),
    "tocsin_closed_timestamp_seconds": ("Event time up to which every bucket is closed.", ()),
    "tocsin_terms": ("Different terms kept of the last closed bucket.", ()),
    "tocsin_terms_share": ("Share of its terms that were kept, from 0 to 1.", ()),
    "tocsin_incidents_open": ("Incidents that last.", ("kind",)),
    "tocsin_incident_open": (
        "1 for each incident that lasts, words apart.",
        ("kind", "series", "severity", "planned"),
    ),
    "tocsin_incident_lost_posts": ("Posts that an outage that lasts has cost so far, estimated.", ("series",)),
    "tocsin_channels": ("Channels by how they stand.", ("state",)),
    "tocsin_channel_state": ("1 for the state in which a channel is, 0 for the others.", ("channel", "state")),
    "tocsin_maintenance_active": ("1 while a declared window of the channel runs, in event time.", ("channel",)),
    "tocsin_maintenance_begin_timestamp_seconds": (
        "Event time at which the window that runs or comes next begins.",
        ("channel",),
    ),
    "tocsin_maintenance_end_timestamp_seconds": ("Event time at which that window ends.", ("channel",)),
    "tocsin_source_heartbeat_timestamp_seconds": ("Event time of a source's clock.", ("source",)),
    "tocsin_source_heartbeat_age_seconds": ("Event time by which that clock is behind the furthest one.", ("source",)),
    "tocsin_source_blind": ("1 while a source does not cover the present: nobody knows.", ("source",)),
    "tocsin_series_posts": ("Posts in the last closed bucket.", ("series",)),
    "tocsin_series_expected_posts": ("Posts expected in that bucket.", ("series",)),
    "tocsin_series_lower_posts": ("Lower bound of what is ordinary in that bucket.", ("series",)),
    "tocsin_series_upper_posts": ("Upper bound of what is ordinary in that bucket.", ("series",)),
}


class Sample(NamedTuple):
    """One value.

    Attributes:
        name: Of the gauge, one of ``GAUGES``.
        labels: Values of its labels, in their order.
        value: In the gauge's unit.
    """

    name: str
    labels: tuple[str, ...]
    value: float


def standing_samples(judge: Judge, rules: Rules) -> Iterator[Sample]:
    """Tell how things stand, which a judge knows even when it was only just read back.

    Args:
        judge: After its last bucket.
        rules: Of event time.
    """
    now = (judge.closed + 1) * rules.bucket_ms
    yield Sample("tocsin_bucket_seconds", (), rules.bucket_ms / 1000)
    yield Sample("tocsin_closed_timestamp_seconds", (), now / 1000)
    yield from _incidents(judge.lasting)
    states = Counter(judge.channels.values())
    for state in STATES:
        yield Sample("tocsin_channels", (state,), states[state])
    for channel, standing in judge.channels.items():
        for state in STATES:
            yield Sample("tocsin_channel_state", (channel, state), float(standing == state))
    yield from _maintenance(list(judge.windows.values()), now)


def bucket_samples(last: Judgement) -> Iterator[Sample]:
    """Tell what the last bucket was like.

    Args:
        last: What was made of it.
    """
    terms = last.closed.terms
    yield Sample("tocsin_terms", (), terms.distinct if terms else 0)
    yield Sample("tocsin_terms_share", (), 2.0**-terms.level if terms else 1.0)
    yield from _sources(last.closed.clocks, last.blind)
    yield from _series(last.look)


def most_samples(groups: Sequence[str]) -> int:
    """Tell how many samples there can be at the most, whatever people write; words are never among them.

    Args:
        groups: Series of the lexicon.
    """
    series, channels, sources = most_series(groups), MOST_SERIES["channel"] + 1, MOST_SOURCES + 1
    incidents = 2 * series + channels + sources  # bursts and outages or backlogs; exposed channels; blind sources
    of_series = 4 * series + 2 * incidents
    of_channels = len(STATES) * channels + 3 * MOST_NOTICES
    return of_series + of_channels + 3 * sources + len(KINDS) + len(STATES) + 4


def is_shown(series: str) -> bool:
    """Whether a series has gauges of its own: crosses and shares have none, for there is no end of them."""
    return names.dimension_of(series) in BREADTH and "|" not in series


def _incidents(lasting: list[Incident]) -> Iterator[Sample]:
    kinds = Counter(incident.kind for incident in lasting)
    for kind in KINDS:
        yield Sample("tocsin_incidents_open", (kind,), kinds[kind])
    for incident in lasting:
        if incident.kind == "term":  # its series is a word that people wrote
            continue
        labels = (incident.kind, incident.series, incident.severity, incident.planned or "")
        yield Sample("tocsin_incident_open", labels, 1)
        if incident.kind == "outage":
            yield Sample("tocsin_incident_lost_posts", (incident.series,), incident.lost)


def _maintenance(windows: list[Window], now: int) -> Iterator[Sample]:
    """Tell of the first window of each channel that is not over; of none if all are."""
    declared = sorted((w for w in windows if w.state != "cancelled"), key=lambda window: (window.begin, window.id))
    coming: dict[str, Window] = {}
    for window in declared:
        if window.end > now:
            coming.setdefault(window.channel, window)
    for channel in sorted({window.channel for window in declared}):
        first = coming.get(channel)
        yield Sample("tocsin_maintenance_active", (channel,), float(first is not None and first.begin <= now))
        if first is not None:
            yield Sample("tocsin_maintenance_begin_timestamp_seconds", (channel,), first.begin / 1000)
            yield Sample("tocsin_maintenance_end_timestamp_seconds", (channel,), first.end / 1000)


def _sources(clocks: Clocks, blind: Sequence[str]) -> Iterator[Sample]:
    """Tell of the sources; those whose names cannot be labels share one, and the worst of them stands for all."""
    slowest = dict[str, int]()
    for source, clock in clocks.items():
        name = names.value_or_other(source)
        slowest[name] = min(clock.at, slowest.get(name, clock.at))
    dark = {names.value_or_other(source) for source in blind}
    furthest = max(slowest.values(), default=0)
    for name, at in slowest.items():
        yield Sample("tocsin_source_heartbeat_timestamp_seconds", (name,), at / 1000)
        yield Sample("tocsin_source_heartbeat_age_seconds", (name,), (furthest - at) / 1000)
        yield Sample("tocsin_source_blind", (name,), float(name in dark))


def _series(look: Look) -> Iterator[Sample]:
    gauges = (
        "tocsin_series_posts",
        "tocsin_series_expected_posts",
        "tocsin_series_lower_posts",
        "tocsin_series_upper_posts",
    )
    columns = [column.tolist() for column in (look.observed, *look.band())]
    for name, *values in zip(look.names, *columns, strict=True):
        if is_shown(name):
            for gauge, value in zip(gauges, values, strict=True):
                yield Sample(gauge, (name,), value)
