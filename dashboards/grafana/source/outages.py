"""*Outages and maintenance*: who is silent, does it matter, and was it announced?"""

from collections.abc import Sequence

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

from dashboards.grafana.source.frame import About, Section, frame, incidents, maintenance
from dashboards.grafana.source.panels import lines, number, rows, states
from dashboards.grafana.source.style import (
    BLIND,
    CALM,
    CRITICAL,
    OUTAGE,
    PLAIN,
    PLANNED,
    WARNING,
    Card,
    Query,
    Steps,
)
from dashboards.grafana.source.verdicts import (
    SEVERITIES,
    channels_alive,
    channels_stand,
    or_none,
    or_zero,
    severities,
)

ABOUT = About(
    "outages",
    "Outages and maintenance",
    "Channels that fell silent, what it costs and whether it was announced; sources that died, so that nobody knows; "
    "and the alerts that follow.",
    "6h",
)
FIRING = 'alertstate="firing",alertname=~"Tocsin.+"'
ANY: Steps = ((None, CALM), (1, WARNING))


def outages() -> Dashboard:
    """Build it."""
    sections = [
        Section(20, "Maintenance", _maintenance()),
        Section(30, "Sources: who still listens?", _sources()),
        Section(40, "Alerts (live only)", _alerts()),
    ]
    return frame(ABOUT, [], [*incidents(), maintenance()], [*_glance(), *_silence()], sections)


def _glance() -> Sequence[Builder[Panel]]:
    return [
        channels_alive(1),
        number(
            Card(2, "Channels out", "Silent though their collectors live, and no window covers it.", 4, 4),
            Query('max(tocsin_channels{state="out"})'),
            "none",
            ((None, CALM), (1, OUTAGE)),
        ),
        number(
            Card(3, "Channels in planned silence", "Silent inside a declared window: it wakes nobody.", 4, 4),
            Query('max(tocsin_channels{state="planned"})'),
            "none",
            ((None, CALM), (1, PLANNED)),
        ),
        number(
            Card(4, "Channels blind", "No collector covers them: neither out nor calm, nobody knows.", 4, 4),
            Query('max(tocsin_channels{state="blind"})'),
            "none",
            ((None, CALM), (1, BLIND)),
        ),
        number(
            Card(5, "Posts lost so far", "What the outages that last have cost, estimated from what was "
                 "expected.", 4, 4),
            Query(or_zero("sum(max by (series) (tocsin_incident_lost_posts))")),
            "short",
            ANY,
        ),
        number(
            Card(6, "Windows that run", "Declared windows of maintenance that run now, in event time.", 4, 4),
            Query(or_zero("sum(max by (channel) (tocsin_maintenance_active))")),
            "none",
            ((None, CALM), (1, PLANNED)),
        ),
    ]  # fmt: skip


def _silence() -> Sequence[Builder[Panel]]:
    outage = ',kind=~"outage|exposed"'
    return [
        channels_stand(10, 7),
        states(
            Card(11, "Outages, and how they lie to declared windows", "on_time: inside its window, and wakes nobody. "
                 "early and overrun: before or after it. unannounced: no window touches it. exposed: maintenance is "
                 "declared on the last channel that is alive. Critical: at most one channel is left.", 12, 8),
            Query(severities("kind, series, planned", outage), "{{kind}} {{series}} {{planned}}"),
            SEVERITIES,
        ),
        lines(
            Card(12, "Posts lost", "What each outage has cost since its onset. The slope is the loss a minute; the "
                 "line ends when the channel is back.", 12, 8),
            [Query(or_none("max by (series) (tocsin_incident_lost_posts)", "series", "no outage"), "{{series}}")],
            "short",
        ),
    ]  # fmt: skip


def _maintenance() -> Sequence[Builder[Panel]]:
    begin = "max by (channel) (tocsin_maintenance_begin_timestamp_seconds)"
    end = "max by (channel) (tocsin_maintenance_end_timestamp_seconds)"
    now = "scalar(max(tocsin_closed_timestamp_seconds))"
    return [
        states(
            Card(21, "Declared windows", "When a window was to run, in event time. An outage that reaches beyond its "
                 "stripe is early, or has overrun.", 24, 5),
            Query(or_none("max by (channel) (tocsin_maintenance_active)", "channel", "none declared"), "{{channel}}"),
            {0: ("no window", PLAIN), 1: ("window runs", PLANNED)},
        ),
        rows(
            Card(22, "Windows that run or come next", "One for each channel, at the end of the time that is shown; a "
                 "window that is over is here no more. Times are event time, in UTC.", 12, 6),
            {"begins": Query(f"1000 * {begin}"), "ends": Query(f"1000 * {end}")},
            {"channel": "channel"},
            "dateTimeAsIso",
        ),
        lines(
            Card(23, "Until the window begins, and ends", "Event time that is left. At zero it begins; a channel that "
                 "is still out when the end has come will have overrun.", 12, 6),
            [
                Query(f"clamp_min({begin} - {now}, 0)", "{{channel}} begins"),
                Query(f"{end} - {now}", "{{channel}} ends"),
            ],
            "s",
        ),
    ]  # fmt: skip


def _sources() -> Sequence[Builder[Panel]]:
    return [
        states(
            Card(31, "Collectors", "Blind: its clock is too far behind the furthest one, so its channels are seen by "
                 "nobody, or only in part. Restart it, and conclude nothing about the channel.", 12, 7),
            Query("max by (source) (tocsin_source_blind)", "{{source}}"),
            {0: ("covers the present", CALM), 1: ("blind", BLIND)},
        ),
        lines(
            Card(32, "Age of heartbeats", "Event time by which each collector's clock is behind the furthest one. "
                 "Beyond blind_after_seconds (30 by default) it is blind.", 12, 7),
            [Query("max by (source) (tocsin_source_heartbeat_age_seconds)", "{{source}}")],
            "s",
        ),
    ]  # fmt: skip


def _alerts() -> Sequence[Builder[Panel]]:
    return [
        states(
            Card(41, "Alerts that fire", "What Prometheus sends to Alertmanager, which may still inhibit or group it. "
                 "A history that was loaded has none: rules are not evaluated for the past.", 16, 8),
            Query(
                or_none(f"max by (alertname, severity) (ALERTS{{{FIRING}}})", "alertname", "no alert"),
                "{{alertname}} {{severity}}",
            ),
            {0: ("calm", CALM), 1: ("fires", CRITICAL)},
        ),
        number(
            Card(42, "Alerts that wake somebody", "Those of severity info are left out. No data: no worker tells, and "
                 "TocsinDown or TocsinNoDetection should say so.", 8, 8),
            Query(or_zero(f'count(ALERTS{{{FIRING},severity!="info"}})')),
            "none",
            ANY,
        ),
    ]  # fmt: skip
