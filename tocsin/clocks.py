"""Source clocks and the watermark: what time it is in the stream, and who says so.

References:
    Akidau et al., "The Dataflow Model", PVLDB 8(12), 2015.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from tocsin.bounds import MOST_SOURCES
from tocsin.posts import Heartbeat, RejectReason
from tocsin.trust import ANYBODY, Trust

IMPLIED_LAG_MS = 5_000
# Of an archive that is read without a broker, who would know when it was written.
LONGEST_GAP_MS = 10 * 366 * 86_400_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides lateness, blindness and rejection; all in milliseconds of event time.

    Attributes:
        bucket_ms: Width of a bucket.
        lateness_ms: How far behind its source's clock a post may come.
        blind_ms: How far behind the furthest clock a source is blind.
        ahead_ms: How far ahead of its source's clock a post may be.
        leap_ms: How far ahead of its record's timestamp a heartbeat may be.
        trust: Who may tell the time, and declare maintenance.
    """

    bucket_ms: int
    lateness_ms: int
    blind_ms: int
    ahead_ms: int
    leap_ms: int = 864_000_000
    trust: Trust = ANYBODY

    @property
    def horizon(self) -> int:
        """How many buckets apart two copies of a post may lie and still be duplicates."""
        return max(1, -(-self.lateness_ms // self.bucket_ms))

    def bucket(self, at: int) -> int:
        """Number the bucket that holds an event time."""
        return at // self.bucket_ms

    def closed_by(self, clock: int) -> int:
        """Number the last bucket that a clock has left behind, lateness included."""
        return (clock - self.lateness_ms) // self.bucket_ms - 1


class Clock(Struct, frozen=True, array_like=True):
    """The clock of one source in one partition.

    Attributes:
        at: Newest heartbeat, epoch ms; for a source that has sent none yet, its newest event time - 5 s.
        implied: Whether it stands for a source that has never sent a heartbeat.
        channels: The channels that the source says it collects.
        since: When it came back, epoch ms, if it ever was blind: what happened before that, it has not seen.
    """

    at: int
    implied: bool = False
    channels: tuple[str, ...] = ()
    since: int = 0


Clocks = Mapping[str, Clock]


def has_no_place(clocks: Clocks, source: str, rules: Rules) -> bool:
    """Tell whether a source can have no clock: since nobody trusts it, or since there are too many already."""
    return not rules.trust.tells_time(source) or (source not in clocks and len(clocks) >= MOST_SOURCES)


def refusal(
    clocks: Clocks, heartbeat: Heartbeat, rules: Rules, record_at: int | None
) -> tuple[RejectReason, str] | None:
    """Say why a heartbeat is not believed.

    Args:
        clocks: So far.
        heartbeat: That came.
        rules: Whom to trust, and how far a clock may leap.
        record_at: Kafka's timestamp of its record, epoch ms; None when there is no broker.

    Returns:
        A reason, and words; None if it is believed.
    """
    if not rules.trust.tells_time(heartbeat.heartbeat):
        return "not_trusted", 'field "heartbeat": not among the sources that TOCSIN_SOURCES names'
    if has_no_place(clocks, heartbeat.heartbeat, rules):
        return "too_many", f'field "heartbeat": there are {MOST_SOURCES} other sources; TOCSIN_SOURCES can name those'
    furthest = max((clock.at for clock in clocks.values()), default=heartbeat.at)
    latest = furthest + LONGEST_GAP_MS if record_at is None else record_at + rules.leap_ms
    if heartbeat.at > latest:
        return "ahead", f'field "at": {heartbeat.at} is {heartbeat.at - latest} ms beyond what a clock may leap'
    return None


def on_heartbeat(clocks: Clocks, heartbeat: Heartbeat, rules: Rules) -> dict[str, Clock]:
    """Fold one heartbeat into the clocks.

    Args:
        clocks: Prior clocks; not mutated, for older records still refer to them.
        heartbeat: ``at`` in epoch ms, event time.
        rules: Blindness.

    Returns:
        New clocks, in which the source's clock has not gone back. The first heartbeat replaces an implied clock.
    """
    prior = clocks.get(heartbeat.heartbeat)
    at = heartbeat.at if prior is None or prior.implied else max(prior.at, heartbeat.at)
    since = back_since(clocks, heartbeat.heartbeat, at, rules)
    return {**clocks, heartbeat.heartbeat: Clock(at, channels=heartbeat.channels, since=since)}


def back_since(clocks: Clocks, source: str, at: int, rules: Rules) -> int:
    """Tell since when a source is alive without a gap, now that it is known to be alive at a time.

    Args:
        clocks: Prior clocks.
        source: Which.
        at: Its new clock, epoch ms.
        rules: Blindness.

    Returns:
        ``at`` if it was blind until now, for it cannot vouch for what it has not seen; 0 if it never was.
    """
    prior = clocks.get(source)
    if prior is None:
        return 0
    furthest = max(clock.at for clock in clocks.values())
    return at if prior.at < furthest - rules.blind_ms else prior.since


def watermark(clocks: Clocks, rules: Rules) -> int:
    """Tell how far every live source has come, less the allowed lateness.

    A source that lies more than ``blind_ms`` behind the furthest clock holds it no longer.

    Args:
        clocks: At least one clock.
        rules: Blindness and lateness.

    Returns:
        Epoch ms. The caller keeps it from going back.
    """
    furthest = max(clock.at for clock in clocks.values())
    return min(clock.at for clock in clocks.values() if clock.at >= furthest - rules.blind_ms) - rules.lateness_ms


def blind_sources(clocks: Clocks, bucket: int, rules: Rules) -> list[str]:
    """List the sources that did not cover a bucket, sorted.

    Their clocks had not passed it when it closed, or they came back from blindness after it had begun.
    """
    begin = bucket * rules.bucket_ms
    return sorted(
        source for source, clock in clocks.items() if rules.closed_by(clock.at) < bucket or 0 <= begin < clock.since
    )
