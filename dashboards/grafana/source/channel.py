"""*One channel in depth*: what happens on it, how sure is that, and who says so?"""

from collections.abc import Sequence

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

from dashboards.grafana.source.frame import About, Section, choice, frame, incidents, maintenance, note
from dashboards.grafana.source.panels import band, lines, moment, number, standing, states
from dashboards.grafana.source.style import BLIND, CALM, CRITICAL, PLAIN, PLANNED, Card, Query
from dashboards.grafana.source.verdicts import ANY_WORKER, SEVERITIES, STATES, channel_states, or_none, severities

ABOUT = About(
    "channel",
    "One channel in depth",
    "One channel against what is expected of it, how it stands, its incidents, its maintenance, what people elsewhere "
    "report of it, and what came too late or twice.",
    "3h",
)
THIS = 'series="channel=$channel"'
BLIND_HERE = 'channel="$channel",state="blind"'  # the incident is of the source, and of all its channels
ABOUT_IT = ',series=~"(channel|report|backlog)=$channel"'


def channel() -> Dashboard:
    """Build it."""
    sections = [
        Section(20, "Maintenance of $channel", _maintenance()),
        Section(30, "Who says so", _witnesses()),
        Section(40, "What was not counted (live only)", _uncounted()),
    ]
    variable = choice("channel", "Channel", "tocsin_channel_state, channel")
    notes = [
        *incidents(("outage", "burst", "exposed"), f",{THIS}"),
        note(
            "Blind", f"max by (channel) (tocsin_channel_state{{{BLIND_HERE}}}) == 1", "nobody sees {{channel}}", BLIND
        ),
        maintenance('channel="$channel"'),
    ]
    return frame(ABOUT, [variable], notes, [*_glance(), *_courses()], sections)


def _glance() -> Sequence[Builder[Panel]]:
    share = f"max(tocsin_series_posts{{{THIS}}}) / max(tocsin_series_expected_posts{{{THIS}}})"
    return [
        standing(
            Card(1, "How $channel stands", "Out: silent, though its collector lives. Planned: silent in a declared "
                 "window. Blind: nobody collects it. Quiet: it speaks too seldom to tell.", 6, 4),
            Query(channel_states(',channel="$channel"')),
            STATES,
        ),
        number(
            Card(2, "Posts, of what was expected", "Of the last bucket; 100 % is an ordinary moment.", 6, 4),
            Query(share),
            "percentunit",
            ((None, CRITICAL), (0.5, CALM)),
        ),
        number(
            Card(3, "Posts lost so far", "What the outage of this channel that lasts has cost, estimated. Zero: it is "
                 "not out.", 6, 4),
            Query(
                f"max(tocsin_incident_lost_posts{{{THIS}}})"
                ' or 0 * max(tocsin_channel_state{channel="$channel",state="out"})'
            ),
            "short",
            ((None, CALM), (1, CRITICAL)),
        ),
        moment(
            Card(4, "Counted until", "The event clock: until then everything is counted. In a replay it shows the "
                 "time that is replayed.", 6, 4),
            Query("max(tocsin_closed_timestamp_seconds)"),
        ),
    ]  # fmt: skip


def _courses() -> Sequence[Builder[Panel]]:
    return [
        band(
            Card(10, "Posts on $channel", "Solid: what came. Dashed: what was expected. Shaded: what is ordinary, "
                 "three standard deviations to each side. While an outage lasts, the expectation learns nothing from "
                 "it.", 24, 10),
            "channel=$channel",
        ),
        states(
            Card(11, "State of $channel", "How it stood, and for how long.", 24, 4),
            Query(channel_states(',channel="$channel"'), "{{channel}}"),
            STATES,
        ),
        states(
            Card(12, "Incidents of $channel", "Its own, those of reports that it is out, and of what it delivered "
                 "late. Those that wake nobody are here as well.", 24, 6),
            Query(severities("kind, series, planned", ABOUT_IT), "{{kind}} {{series}} {{planned}}"),
            SEVERITIES,
        ),
    ]  # fmt: skip


def _maintenance() -> Sequence[Builder[Panel]]:
    window = 'max(tocsin_maintenance_{}_timestamp_seconds{{channel="$channel"}})'.format
    active = 'max by (channel) (tocsin_maintenance_active{channel="$channel"})'
    return [
        states(
            Card(21, "Declared windows of $channel", "When a window was to run, in event time.", 12, 5),
            Query(or_none(active, "channel", "none declared"), "{{channel}}"),
            {0: ("no window", PLAIN), 1: ("window runs", PLANNED)},
        ),
        moment(
            Card(22, "Window begins", "The window that runs or comes next. No data: none is declared, or all are "
                 "over.", 6, 5),
            Query(window("begin")),
        ),
        moment(Card(23, "Window ends", "A channel that is still out then has overrun.", 6, 5), Query(window("end"))),
    ]  # fmt: skip


def _witnesses() -> Sequence[Builder[Panel]]:
    return [
        band(
            Card(31, "Reports that $channel is out", "People, on whatever channel, who write that it is out, a vote "
                 "each in a bucket. With silence beside it, two witnesses that do not know of each other.", 12, 8),
            "report=$channel",
        ),
        states(
            Card(32, "Collectors", "All of them: no metric tells which one collects this channel, the heartbeats in "
                 "tocsin status do. A channel whose only collector is blind is neither out nor calm.", 12, 8),
            Query("max by (source) (tocsin_source_blind)", "{{source}}"),
            {0: ("covers the present", CALM), 1: ("blind", BLIND)},
        ),
    ]  # fmt: skip


def _uncounted() -> Sequence[Builder[Panel]]:
    def rate(counter: str) -> Query:
        counted = f'sum by (channel) (rate({counter}{{channel="$channel"}}[$__rate_interval]))'
        return Query(or_none(counted, "channel", "none", ANY_WORKER), "{{channel}}")

    return [
        lines(
            Card(41, "Too late to be counted", "Posts whose bucket had closed. A flood after an outage is a backlog "
                 "that is being released, and no burst.", 12, 7),
            [rate("tocsin_late_posts_total")],
            "suffix:posts/s",
        ),
        lines(
            Card(42, "Copies that were not counted again", "The same post of the same author. A flood means that a "
                 "collector sends twice, or that it made up for something.", 12, 7),
            [rate("tocsin_duplicate_posts_total")],
            "suffix:posts/s",
        ),
    ]  # fmt: skip
