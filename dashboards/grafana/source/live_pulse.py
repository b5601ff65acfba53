"""*Live pulse*: what is going on, and is it more or less than usual?"""

from collections.abc import Sequence

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

from dashboards.grafana.source.frame import About, Section, all_of, choice, frame, incidents, maintenance
from dashboards.grafana.source.panels import POSTS_A_MINUTE, band, bars, moment, number, per_minute, states
from dashboards.grafana.source.style import BURST, CALM, NEUTRAL, PLAIN, WARNING, Card, Query
from dashboards.grafana.source.verdicts import (
    SEVERITIES,
    channels_alive,
    channels_stand,
    or_none,
    or_zero,
    severities,
)

ABOUT = About(
    "live-pulse",
    "Live pulse",
    "What comes on every channel, in every language and region and of every keyword group, against what was expected; "
    "and what of it rings.",
    "1h",
)
BAND = (
    "Solid: what came. Dashed: what was expected. Shaded: what is ordinary, three standard deviations to each side. "
    "Above the shade many say it; below it something is missing."
)
# Dimension of a series, what people call one of it and all of them, and ids of the section and of its panel.
DIMENSIONS = (
    ("channel", "Channel", "Channels", 30),
    ("keyword", "Keyword group", "Keyword groups", 40),
    ("lang", "Language", "Languages", 50),
    ("region", "Region", "Regions", 60),
)


def live_pulse() -> Dashboard:
    """Build it."""
    variables = [
        # In the plural, for a link takes variables along: who comes back from one channel shall see all of them again.
        all_of(choice(f"{name}s", plural, f'tocsin_series_posts{{series=~"{name}=.*"}}, series', f"/{name}=(.*)/"))
        for name, _, plural, _ in DIMENSIONS
    ]
    sections = [
        Section(
            id_,
            plural,
            [
                band(Card(id_ + 1, f"{label} ${name}s", f"{BAND} One panel for each.", 24, 7), f"{name}=${name}s")
                .repeat(f"{name}s")
                .repeat_direction("h")
                .max_per_row(3)
            ],
            folded=name != "channel",
        )
        for name, label, plural, id_ in DIMENSIONS
    ]
    return frame(ABOUT, variables, [*incidents(), maintenance()], [*_glance(), *_courses(), *_loudest()], sections)


def _glance() -> Sequence[Builder[Panel]]:
    return [
        number(
            Card(1, "Incidents that wake somebody", "Zero on a calm day. No data: no worker tells.", 4, 4),
            Query(or_zero('count(max by (kind, series) (tocsin_incident_open{severity!="info"}))')),
            "none",
            ((None, CALM), (1, WARNING)),
        ),
        channels_alive(2),
        number(
            Card(3, "Blind sources", "Collectors that do not cover the present. Their channels are not calm: nobody "
                 "knows.", 4, 4),
            Query("sum(max by (source) (tocsin_source_blind))"),
            "none",
            ((None, CALM), (1, WARNING)),
        ),
        number(
            Card(4, "Posts, of what was expected", "All posts of the last bucket over what was expected of it; 100 % "
                 "is an ordinary moment.", 4, 4),
            Query('max(tocsin_series_posts{series="posts"}) / max(tocsin_series_expected_posts{series="posts"})'),
            "percentunit",
            NEUTRAL,
        ),
        number(
            Card(5, "Words that are news", "Words that hardly anybody used before. Which ones: tocsin incidents; no "
                 "word is ever a label.", 4, 4),
            Query('max(tocsin_incidents_open{kind="term"})'),
            "none",
            NEUTRAL,
        ),
        moment(
            Card(6, "Counted until", "The event clock: until then everything is counted. In a replay it shows the "
                 "time that is replayed.", 4, 4),
            Query("max(tocsin_closed_timestamp_seconds)"),
        ),
    ]  # fmt: skip


def _courses() -> Sequence[Builder[Panel]]:
    return [
        band(Card(10, "All posts", f"Everything that is counted. {BAND}", 12, 9), "posts"),
        states(
            Card(11, "Incidents", "A stripe for each incident that wakes somebody, for as long as it lasts. What a "
                 "wider one explains, what was planned and single words are left out.", 12, 9),
            Query(severities("kind, series", "", least="warning"), "{{kind}} {{series}}"),
            SEVERITIES,
        ),
        channels_stand(12, 6),
    ]  # fmt: skip


def _loudest() -> Sequence[Builder[Panel]]:
    keywords = per_minute('tocsin_series_posts{series=~"keyword=.*"}')
    times = (
        "max by (series) (tocsin_series_posts) / max by (series) (tocsin_series_expected_posts)"
        ' and on (series) tocsin_incident_open{kind="burst"}'
    )
    return [
        bars(
            Card(20, "Top keyword groups", "The ten groups of words of which most is posted, at the end of the time "
                 "that is shown.", 12, 8),
            Query(f"sort_desc(topk(10, {keywords}))", "{{series}}"),
            POSTS_A_MINUTE,
            ((None, PLAIN),),
        ),
        bars(
            Card(21, "Bursts, as times of what was expected", "Series that ring, at the end of the time that is "
                 "shown. Those that a wider one explains say what it is about, and where.", 12, 8),
            Query(f"sort_desc({or_none(times, 'series', 'no burst')})", "{{series}}"),
            "suffix:times",
            ((None, PLAIN), (2, BURST)),
        ),
    ]  # fmt: skip
