"""*Pipeline health*: does Tocsin itself keep up, and what does it throw away?"""

from collections.abc import Sequence

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

from dashboards.grafana.source.frame import About, Section, frame
from dashboards.grafana.source.panels import lines, number, rows
from dashboards.grafana.source.style import CALM, CRITICAL, NEUTRAL, WARNING, Card, Query
from dashboards.grafana.source.verdicts import ANY_WORKER, or_none, or_zero

ABOUT = About(
    "pipeline",
    "Pipeline health",
    "Whether the workers keep up, what holds event time back, what could not be used, and what failed. Live only: most "
    "of it is counted by the workers and is in no history.",
    "1h",
)
DELAY = "max(tocsin_source_heartbeat_timestamp_seconds) - max(tocsin_closed_timestamp_seconds)"
FAILURES = "sum(increase(tocsin_redis_errors_total[$__range])) + sum(increase(tocsin_kafka_errors_total[$__range]))"
CLOSES = "sum by (le) (rate(tocsin_close_seconds_bucket[$__rate_interval]))"
SPEED = "sum(rate(tocsin_buckets_closed_total[$__rate_interval])) * max(tocsin_bucket_seconds)"


def pipeline() -> Dashboard:
    """Build it."""
    sections = [
        Section(10, "Throughput", _throughput()),
        Section(20, "Event time", _event_time()),
        Section(30, "What was not counted", _uncounted()),
        Section(40, "Failures", _failures()),
        Section(50, "Verdicts and words", _verdicts()),
    ]
    return frame(ABOUT, [], [], _glance(), sections)


def _glance() -> Sequence[Builder[Panel]]:
    return [
        number(
            Card(1, "Workers", "Those that Prometheus reaches.", 4, 4),
            Query("count(tocsin_worker_info)"),
            "none",
            ((None, CRITICAL), (1, CALM)),
        ),
        number(
            Card(2, "Lag", "Records in Kafka that no worker has read yet. Steady growth: too few workers.", 4, 4),
            Query("sum(max by (partition) (tocsin_offset_lag_records))"),
            "short",
            ((None, CALM), (1_000, WARNING), (100_000, CRITICAL)),
        ),
        number(
            Card(3, "Event time held back", "Between the furthest heartbeat and what is closed: allowed lateness, "
                 "slow sources, slow workers. Means the same in a replay.", 4, 4),
            Query(DELAY),
            "s",
            NEUTRAL,
        ),
        number(
            Card(4, "Speed of event time", "Seconds of event time that are closed each second: 1 in a live stream, "
                 "more in a replay. Less than 1, live: event time falls behind.", 4, 4),
            Query(SPEED),
            "suffix:times",
            NEUTRAL,
        ),
        number(
            Card(5, "Dead letters", "Lines a second that could not be used. Any steady rate: a producer is "
                 "broken.", 4, 4),
            Query(or_zero("sum(rate(tocsin_dead_letters_total[$__rate_interval]))", ANY_WORKER)),
            "suffix:lines/s",
            ((None, CALM), (0.01, WARNING)),
        ),
        number(
            Card(6, "Failures of Kafka and Redis", "Failed attempts in the time that is shown. Workers wait while "
                 "they last, and lose nothing.", 4, 4),
            Query(FAILURES),
            "short",
            ((None, CALM), (1, WARNING)),
        ),
    ]  # fmt: skip


def _throughput() -> Sequence[Builder[Panel]]:
    rate = "sum by (partition) (rate({}[$__rate_interval]))".format
    return [
        lines(
            Card(11, "Posts", "Counted by the workers, by partition. One far above the others: a hot author.", 8, 8),
            [Query(rate("tocsin_posts_total"), "{{partition}}")],
            "suffix:posts/s",
        ),
        lines(
            Card(12, "Records", "Read from Kafka, by partition; a record holds many lines. Zero while producers "
                 "write: the workers hang.", 8, 8),
            [Query(rate("tocsin_records_total"), "{{partition}}")],
            "suffix:records/s",
        ),
        lines(
            Card(13, "Time to close", "To judge and store one run of buckets, as quantiles. Near the width of a "
                 "bucket, the workers are at their end.", 8, 8),
            [
                Query(f"histogram_quantile({quantile}, {CLOSES})", name)
                for quantile, name in ((0.5, "median"), (0.9, "90 %"), (0.99, "99 %"))
            ],
            "s",
        ),
        lines(
            Card(14, "Lag by partition", "Records between the last one read and the end of the partition.", 12, 7),
            [Query("max by (partition) (tocsin_offset_lag_records)", "{{partition}}")],
            "short",
        ),
        lines(
            Card(15, "Read, but not safe to commit", "Records of buckets that are still open; a crash reads them "
                 "again. Steady growth: a source holds event time, or nothing moves it.", 12, 7),
            [Query("max by (partition) (tocsin_uncommitted_records)", "{{partition}}")],
            "short",
        ),
    ]  # fmt: skip


def _event_time() -> Sequence[Builder[Panel]]:
    partitions = "max by (partition) (tocsin_partition_closed_timestamp_seconds)"
    return [
        lines(
            Card(21, "Partitions behind the furthest one", "Event time. The one that is furthest behind holds back "
                 "all others.", 8, 8),
            [Query(f"scalar(max({partitions})) - {partitions}", "{{partition}}")],
            "s",
        ),
        lines(
            Card(22, "Event time held back", "Between the furthest heartbeat and what is closed. At rest it is the "
                 "allowed lateness and up to a bucket; a blind source adds blind_after_seconds once.", 8, 8),
            [Query(DELAY, "held back")],
            "s",
        ),
        lines(
            Card(23, "Age of the newest count (live streams)", "By the wall clock. When all sources stop, event time "
                 "stops as well, and only this grows. Of a replay it is the age of the archive.", 8, 8),
            [Query("time() - max(tocsin_closed_timestamp_seconds)", "age")],
            "s",
        ),
    ]  # fmt: skip


def _uncounted() -> Sequence[Builder[Panel]]:
    def rate(counter: str, label: str) -> Query:
        counted = f"sum by ({label}) (rate({counter}[$__rate_interval]))"
        return Query(or_none(counted, label, "none", ANY_WORKER), f"{{{{{label}}}}}")

    return [
        lines(
            Card(31, "Too late to be counted", "Posts whose bucket had closed, by channel. A flood is a backlog that "
                 "is being released.", 8, 8),
            [rate("tocsin_late_posts_total", "channel")],
            "suffix:posts/s",
        ),
        lines(
            Card(32, "Copies", "Not counted again, by channel. A flood means that a collector sends twice.", 8, 8),
            [rate("tocsin_duplicate_posts_total", "channel")],
            "suffix:posts/s",
        ),
        lines(
            Card(33, "Dead letters by reason", "Lines that could not be used; they are kept on the topic "
                 "posts.dead.", 8, 8),
            [rate("tocsin_dead_letters_total", "reason")],
            "suffix:lines/s",
        ),
    ]  # fmt: skip


def _failures() -> Sequence[Builder[Panel]]:
    return [
        lines(
            Card(41, "Failed attempts", "To reach Redis, and to write to Kafka. Workers wait while they last, and "
                 "lose nothing.", 8, 7),
            [
                Query("sum(rate(tocsin_redis_errors_total[$__rate_interval]))", "Redis"),
                Query("sum(rate(tocsin_kafka_errors_total[$__rate_interval]))", "Kafka"),
            ],
            "suffix:attempts/s",
        ),
        lines(
            Card(42, "Partitions assigned anew", "A few at each start or stop of a worker. More: workers are lost, or "
                 "too slow for the group.", 8, 7),
            [Query("sum(increase(tocsin_rebalances_total[$__rate_interval]))", "assignments")],
            "short",
        ),
        rows(
            Card(43, "Versions", "One row for each version and namespace; two versions at once: a deployment that is "
                 "not through.", 8, 7),
            {"workers": Query("count by (version, namespace) (tocsin_worker_info)")},
            {"version": "version", "namespace": "namespace"},
            "none",
        ),
    ]  # fmt: skip


def _verdicts() -> Sequence[Builder[Panel]]:
    return [
        lines(
            Card(51, "Incidents opened", "By kind; a word that is news is one of kind term. Hold it against the "
                 "budget of false alarms.", 8, 8),
            [Query("sum by (kind) (increase(tocsin_incidents_total[$__rate_interval]))", "{{kind}}")],
            "short",
        ),
        lines(
            Card(52, "Different words", "Kept of the last closed bucket; at most 65,536 are.", 8, 8),
            [Query("max(tocsin_terms)", "words")],
            "short",
        ),
        lines(
            Card(53, "Share of the words that was looked at", "1 unless somebody floods the stream with different "
                 "words; then only a sample is, and news outside of it is missed.", 8, 8),
            [Query("min(tocsin_terms_share)", "share")],
            "percentunit",
        ),
        lines(
            Card(54, "Words left out", "Buckets of which only a sample was looked at; and words that were news when "
                 "fifty others were already.", 24, 6),
            [
                Query("sum(increase(tocsin_sampled_buckets_total[$__rate_interval]))", "sampled buckets"),
                Query("sum(increase(tocsin_untold_terms_total[$__rate_interval]))", "words untold"),
            ],
            "short",
        ),
    ]  # fmt: skip
