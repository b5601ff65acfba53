"""What an operator asks at three in the morning, as Prometheus metrics on a registry of our own.

Labels are bounded: partition, channel, reason, kind, source, and series of channels, languages, regions and keyword
groups. Never a term, an author or a text. ``docs/metrics.md`` documents each metric, and a test compares.
"""

from collections import Counter as Counts
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from tocsin import series as names
from tocsin.incidents import Incident, Kind
from tocsin.judge import BREADTH, Judgement

KINDS: tuple[Kind, ...] = ("burst", "outage", "blind")


class Metrics:
    """All metrics of one worker."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.worker = Info("tocsin_worker", "Version and namespace of this worker.", registry=registry)
        self.records = Counter("tocsin_records", "Kafka records read.", ["partition"], registry=registry)
        self.posts = Counter(
            "tocsin_posts", "Posts counted by this worker, again after a restart.", ["partition"], registry=registry
        )
        self.dead_letters = Counter(
            "tocsin_dead_letters", "Lines sent to the dead-letter topic.", ["reason"], registry=registry
        )
        self.late = Counter("tocsin_late_posts", "Posts after their bucket had closed.", ["channel"], registry=registry)
        self.duplicates = Counter(
            "tocsin_duplicate_posts", "Copies that were not counted again.", ["channel"], registry=registry
        )
        self.buckets = Counter("tocsin_buckets_closed", "Buckets closed over all partitions.", registry=registry)
        self.incidents = Counter("tocsin_incidents", "Incidents opened.", ["kind"], registry=registry)
        self.incidents_open = Gauge("tocsin_incidents_open", "Incidents that last.", ["kind"], registry=registry)
        for kind in KINDS:
            self.incidents.labels(kind)
            self.incidents_open.labels(kind).set(0)
        self.closed_at = Gauge(
            "tocsin_closed_timestamp_seconds", "Event time up to which every bucket is closed.", registry=registry
        )
        self.watermark = Gauge(
            "tocsin_partition_closed_timestamp_seconds",
            "Event time up to which a partition has closed its buckets.",
            ["partition"],
            registry=registry,
        )
        self.heartbeat = Gauge(
            "tocsin_source_heartbeat_timestamp_seconds",
            "Event time of a source's clock.",
            ["source"],
            registry=registry,
        )
        self.series_posts = Gauge(
            "tocsin_series_posts", "Posts in the last closed bucket.", ["series"], registry=registry
        )
        self.series_expected = Gauge(
            "tocsin_series_expected_posts", "Posts expected in that bucket.", ["series"], registry=registry
        )
        self.series_lower = Gauge(
            "tocsin_series_lower_posts",
            "Lower bound of what is ordinary in that bucket.",
            ["series"],
            registry=registry,
        )
        self.series_upper = Gauge(
            "tocsin_series_upper_posts",
            "Upper bound of what is ordinary in that bucket.",
            ["series"],
            registry=registry,
        )
        self.held = Gauge(
            "tocsin_uncommitted_records", "Records read, not safe to commit yet.", ["partition"], registry=registry
        )
        self.offset_lag = Gauge(
            "tocsin_offset_lag_records",
            "Records between the last one read and the end.",
            ["partition"],
            registry=registry,
        )
        self.rebalances = Counter("tocsin_rebalances", "Times that partitions were assigned anew.", registry=registry)
        self.redis_errors = Counter("tocsin_redis_errors", "Failed attempts to reach Redis.", registry=registry)
        self.kafka_errors = Counter("tocsin_kafka_errors", "Failed attempts to write to Kafka.", registry=registry)
        self.close_seconds = Histogram(
            "tocsin_close_seconds",
            "Time to judge and store one run of closed buckets.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=registry,
        )

    def on_judgement(self, judgement: Judgement) -> None:
        """Count one closed bucket."""
        self.buckets.inc()
        for channel, n in judgement.closed.late.items():
            self.late.labels(channel).inc(n)
        for channel, n in judgement.closed.duplicates.items():
            self.duplicates.labels(channel).inc(n)
        for incident in judgement.revisions:
            if incident.revision == 1:
                self.incidents.labels(incident.kind).inc()

    def show(self, last: Judgement, open_incidents: Iterable[Incident], bucket_ms: int) -> None:
        """Show the present: the last closed bucket, the clocks and what lasts."""
        self.closed_at.set((last.closed.bucket + 1) * bucket_ms / 1000)
        lasting = Counts(incident.kind for incident in open_incidents)
        for kind in KINDS:
            self.incidents_open.labels(kind).set(lasting[kind])
        for source, clock in last.closed.clocks.items():
            self.heartbeat.labels(names.value_or_other(source)).set(clock.at / 1000)
        look = last.look
        gauges = (self.series_posts, self.series_expected, self.series_lower, self.series_upper)
        columns = [column.tolist() for column in (look.observed, *look.band())]
        for name, *values in zip(look.names, *columns, strict=True):
            if names.dimension_of(name) in BREADTH and "|" not in name:
                for gauge, value in zip(gauges, values, strict=True):
                    gauge.labels(name).set(value)
