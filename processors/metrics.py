"""What an operator asks at three in the morning, as Prometheus metrics on a registry of our own.

Labels are bounded: partition, channel, reason, kind, source, and series of channels, languages, regions and keyword
groups. Never a term, an author or a text. ``docs/metrics.md`` documents each metric, and a test compares.
"""

from collections import Counter as Counts
from functools import partial
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from tocsin import series as names
from tocsin.grouping import BREADTH
from tocsin.incidents import Kind
from tocsin.judge import Judge, Judgement
from tocsin.standing import State

KINDS: tuple[Kind, ...] = get_args(Kind)
STATES: tuple[State, ...] = get_args(State)


class Metrics:
    """All metrics of one worker."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        self.worker = Info("tocsin_worker", "Version and namespace of this worker.", registry=registry)
        self.records = counter("tocsin_records", "Kafka records read.", ["partition"])
        self.posts = counter("tocsin_posts", "Posts counted by this worker, again after a restart.", ["partition"])
        self.dead_letters = counter("tocsin_dead_letters", "Lines sent to the dead-letter topic.", ["reason"])
        self.late = counter("tocsin_late_posts", "Posts after their bucket had closed.", ["channel"])
        self.duplicates = counter("tocsin_duplicate_posts", "Copies that were not counted again.", ["channel"])
        self.buckets = counter("tocsin_buckets_closed", "Buckets closed over all partitions.")
        self.sampled = counter("tocsin_sampled_buckets", "Buckets with so many terms that only a sample was looked at.")
        self.terms = gauge("tocsin_terms", "Different terms kept of the last closed bucket.")
        self.terms_share = gauge("tocsin_terms_share", "Share of its terms that were kept, from 0 to 1.")
        self.untold = counter("tocsin_untold_terms", "Words that were news, but too many to be incidents.")
        self.incidents = counter("tocsin_incidents", "Incidents opened.", ["kind"])
        self.incidents_open = gauge("tocsin_incidents_open", "Incidents that last.", ["kind"])
        for kind in KINDS:
            self.incidents.labels(kind)
            self.incidents_open.labels(kind).set(0)
        self.channels = gauge("tocsin_channels", "Channels by how they stand.", ["state"])
        self.closed_at = gauge("tocsin_closed_timestamp_seconds", "Event time up to which every bucket is closed.")
        self.watermark = gauge(
            "tocsin_partition_closed_timestamp_seconds",
            "Event time up to which a partition has closed its buckets.",
            ["partition"],
        )
        self.heartbeat = gauge(
            "tocsin_source_heartbeat_timestamp_seconds", "Event time of a source's clock.", ["source"]
        )
        self.series_posts = gauge("tocsin_series_posts", "Posts in the last closed bucket.", ["series"])
        self.series_expected = gauge("tocsin_series_expected_posts", "Posts expected in that bucket.", ["series"])
        self.series_lower = gauge(
            "tocsin_series_lower_posts", "Lower bound of what is ordinary in that bucket.", ["series"]
        )
        self.series_upper = gauge(
            "tocsin_series_upper_posts", "Upper bound of what is ordinary in that bucket.", ["series"]
        )
        self.held = gauge("tocsin_uncommitted_records", "Records read, not safe to commit yet.", ["partition"])
        self.offset_lag = gauge(
            "tocsin_offset_lag_records", "Records between the last one read and the end.", ["partition"]
        )
        self.rebalances = counter("tocsin_rebalances", "Times that partitions were assigned anew.")
        self.redis_errors = counter("tocsin_redis_errors", "Failed attempts to reach Redis.")
        self.kafka_errors = counter("tocsin_kafka_errors", "Failed attempts to write to Kafka.")
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
        if judgement.closed.terms and judgement.closed.terms.level:
            self.sampled.inc()
        self.untold.inc(judgement.untold)
        for incident in judgement.revisions:
            if incident.revision == 1:
                self.incidents.labels(incident.kind).inc()

    def show(self, last: Judgement, judge: Judge, bucket_ms: int) -> None:
        """Show the present: the last closed bucket, the clocks, what lasts and how the channels stand."""
        self.closed_at.set((last.closed.bucket + 1) * bucket_ms / 1000)
        terms = last.closed.terms
        self.terms.set(terms.distinct if terms else 0)
        self.terms_share.set(2.0**-terms.level if terms else 1.0)
        lasting, standing = Counts(incident.kind for incident in judge.lasting), Counts(judge.channels.values())
        for kind in KINDS:
            self.incidents_open.labels(kind).set(lasting[kind])
        for state in STATES:
            self.channels.labels(state).set(standing[state])
        for source, clock in last.closed.clocks.items():
            self.heartbeat.labels(names.value_or_other(source)).set(clock.at / 1000)
        look = last.look
        gauges = (self.series_posts, self.series_expected, self.series_lower, self.series_upper)
        columns = [column.tolist() for column in (look.observed, *look.band())]
        for name, *values in zip(look.names, *columns, strict=True):
            if names.dimension_of(name) in BREADTH and "|" not in name:
                for gauge, value in zip(gauges, values, strict=True):
                    gauge.labels(name).set(value)
