"""Whether the topics are as the settings say, and whether the records' clocks can be believed."""

from collections.abc import Iterator

from tocsin.cli.doctor.broker import Broker
from tocsin.cli.doctor.finding import Finding, Level
from tocsin.cli.doctor.redis import CLOCK_REMEDY
from tocsin.settings import Settings
from tocsin.topics import Topic

_SKEW_SECONDS = 5.0  # a record may have been on its way
_FULL = 0.1  # of a disk free

Configs = dict[str, dict[str, str]]


def examine_topics(broker: Broker, settings: Settings) -> Iterator[Finding]:
    """Compare each topic with what it must be."""
    partitions = {topic.name: broker.partitions(topic.name) for topic in settings.topics}
    is_fresh = not any(partitions.values())
    for topic in settings.topics:
        found = partitions[topic.name]
        if found is None:
            yield _missing(topic, is_fresh=is_fresh)
        elif found != topic.partitions:
            yield _other_partitions(topic, found)
        else:
            yield from _examine_config(topic, broker.config(topic.name))


def _missing(topic: Topic, *, is_fresh: bool) -> Finding:
    check, remedy = f"topic {topic.name}", "tocsin worker and tocsin replay create it"
    if is_fresh:
        return Finding("warn", check, "does not exist yet", remedy)
    return Finding("fail", check, "does not exist, though others do: somebody has deleted it", f"Restart: {remedy}")


def _other_partitions(topic: Topic, found: int) -> Finding:
    said = f"{found} partitions, but the settings say {topic.partitions}: an author's posts would scatter"
    if topic.partitions == 1:
        remedy = f"Delete the topic {topic.name}; tocsin worker creates it again. Or choose another TOCSIN_NAMESPACE"
    else:
        remedy = f"Set TOCSIN_PARTITIONS={found} everywhere, or choose another TOCSIN_NAMESPACE"
    return Finding("fail", f"topic {topic.name}", said, remedy)


def _examine_config(topic: Topic, config: dict[str, str]) -> Iterator[Finding]:
    """Hold the configuration against what the topic is created with."""
    check = f"topic {topic.name}"
    wanted = {"cleanup.policy": "delete", **topic.config}
    wrong = {name: value for name, value in wanted.items() if config.get(name) not in {value, None}}
    if not wrong:
        yield Finding("ok", check, f"{topic.partitions} partition{'s' if topic.partitions > 1 else ''}")
        return
    found = ", ".join(f"{name} is {config[name]}, it should be {value}" for name, value in wrong.items())
    fatal = "cleanup.policy" in wrong or (
        "max.message.bytes" in wrong and int(config["max.message.bytes"]) < int(wanted["max.message.bytes"])
    )
    changes = ",".join(f"{name}={value}" for name, value in wrong.items())
    remedy = f"kafka-configs.sh --alter --topic {topic.name} --add-config {changes}"
    if "retention.ms" in wrong and topic.config["retention.ms"] != str(7 * 86_400_000):
        remedy += "; or set TOCSIN_POSTS_RETENTION_HOURS to what you want"
    yield Finding("fail" if fatal else "warn", check, found, remedy)


def examine_disk(broker: Broker) -> Iterator[Finding]:
    """See whether the broker has room."""
    for path, free in broker.free_disk():
        if free < _FULL:
            yield Finding(
                "warn",
                "Kafka disk",
                f"{free:.0%} of the disk of {path} is free; a broker whose disk is full ends",
                "Give it more room, or lower TOCSIN_POSTS_RETENTION_HOURS and the topics' retention.ms",
            )
        else:
            yield Finding("ok", "Kafka disk", f"{free:.0%} of the disk of {path} is free")


def examine_clock(newest: dict[int, float], now: float, settings: Settings, *, is_written: bool) -> Finding:
    """Hold the times that producers give their records against this machine's clock.

    Args:
        newest: Latest time that a record bears, by partition, epoch seconds.
        now: This machine's clock, epoch seconds.
        settings: Of the deployment.
        is_written: Whether records came while the doctor looked, so that the latest must be of now.
    """
    partition, latest = max(newest.items(), key=lambda item: item[1])
    ahead = latest - now
    where = f"{settings.topics.posts.name}[{partition}]"
    level: Level = "fail" if abs(ahead) >= settings.ahead_seconds else "warn"
    if ahead > _SKEW_SECONDS:
        found = f"a record in {where} was written {ahead:,.0f} s ahead of this machine's clock"
        return Finding(level, "Kafka clock", found, CLOCK_REMEDY)
    if is_written and ahead < -_SKEW_SECONDS:
        found = f"records that come now were written {-ahead:,.0f} s ago by this machine's clock"
        return Finding(level, "Kafka clock", found, CLOCK_REMEDY)
    return Finding("ok", "Kafka clock", "records bear times that this machine's clock has reached")
