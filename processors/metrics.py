"""What an operator asks at three in the morning, as Prometheus metrics on a registry of our own.

Labels are bounded: partition, channel, reason, kind, source, and series of channels, languages, regions and keyword
groups. Never a term, an author or a text. ``docs/metrics.md`` documents each metric, and a test compares.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tocsin.clocks import Rules
from tocsin.judge import Judge, Judgement
from tocsin.present import GAUGES, KINDS, Sample, bucket_samples, standing_samples


class Present(Collector):
    """Gauges of the present, which only the worker that runs detect may show: all of them change, or go, at once."""

    def __init__(self) -> None:
        self._standing: list[Sample] = []
        self._last: Judgement | None = None

    def show(self, standing: Iterable[Sample], last: Judgement | None = None) -> None:
        """Show these, and nothing of what was shown before.

        Args:
            standing: How things stand.
            last: The last bucket, of which samples are made when Prometheus asks: most buckets come and go unasked.
        """
        self._standing, self._last = list(standing), last

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Hand the gauges to the client library; it never waits for a bucket."""
        families = {name: GaugeMetricFamily(name, meaning, labels=labels) for name, (meaning, labels) in GAUGES.items()}
        for name, labels, value in (*self._standing, *(bucket_samples(self._last) if self._last else ())):
            families[name].add_metric(labels, value)
        yield from families.values()


class Metrics:
    """All metrics of one worker."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._present = Present()
        registry.register(self._present)
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        self.worker = Info("tocsin_worker", "Version and namespace of this worker.", registry=registry)
        self.records = counter("tocsin_records", "Kafka records read.", ["partition"])
        self.posts = counter("tocsin_posts", "Posts counted by this worker, again after a restart.", ["partition"])
        self.dead_letters = counter("tocsin_dead_letters", "Lines sent to the dead-letter topic.", ["reason"])
        self.late = counter("tocsin_late_posts", "Posts after their bucket had closed.", ["channel"])
        self.duplicates = counter("tocsin_duplicate_posts", "Copies that were not counted again.", ["channel"])
        self.overflow = counter(
            "tocsin_overflow", "Posts counted as other, and notices left out, for want of room.", ["dimension"]
        )
        self.buckets = counter("tocsin_buckets_closed", "Buckets closed over all partitions.")
        self.sampled = counter("tocsin_sampled_buckets", "Buckets with so many terms that only a sample was looked at.")
        self.untold = counter("tocsin_untold_terms", "Words that were news, but too many to be incidents.")
        self.incidents = counter("tocsin_incidents", "Incidents opened.", ["kind"])
        for kind in KINDS:
            self.incidents.labels(kind)
        self.watermark = gauge(
            "tocsin_partition_closed_timestamp_seconds",
            "Event time up to which a partition has closed its buckets.",
            ["partition"],
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
        for dimension, n in judgement.overflow.items():
            self.overflow.labels(dimension).inc(n)
        if judgement.closed.terms and judgement.closed.terms.level:
            self.sampled.inc()
        self.untold.inc(judgement.untold)
        for incident in judgement.revisions:
            if incident.revision == 1:
                self.incidents.labels(incident.kind).inc()

    def on_load(self, judge: Judge, rules: Rules) -> None:
        """Show what a judge knows that was just read back: what lasted before a restart still lasts."""
        if judge.closed >= 0:
            self._present.show(standing_samples(judge, rules))

    def show(self, last: Judgement, judge: Judge, rules: Rules) -> None:
        """Show the present: the last closed bucket, the clocks, what lasts and how the channels stand."""
        self._present.show(standing_samples(judge, rules), last)

    def forget(self) -> None:
        """Show nothing of the present: another worker runs detect now, and what this one knew would go stale."""
        self._present.show(())
