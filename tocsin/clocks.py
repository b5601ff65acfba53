"""Source clocks and the watermark: what time it is in the stream, and who says so.

References:
    Akidau et al., "The Dataflow Model", PVLDB 8(12), 2015.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from tocsin.posts import Heartbeat

IMPLIED_LAG_MS = 5_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides lateness, blindness and rejection; all in milliseconds of event time."""

    bucket_ms: int
    lateness_ms: int
    blind_ms: int
    ahead_ms: int

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
