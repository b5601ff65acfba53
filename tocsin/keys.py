"""The Redis keys: what has closed, for whoever wants to read it. ``docs/redis.md`` documents each.

Every value is absolute and every key deterministic, so that writing twice changes nothing.
"""

from dataclasses import dataclass

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
VERSION = "3"  # of what is stored; a worker refuses to go on from another


@dataclass(frozen=True)
class Keys:
    """Names of all keys of one deployment.

    Args:
        prefix: What every key begins with, such as ``tocsin:``.
    """

    prefix: str

    @property
    def state(self) -> str:
        """Hash: version, bucket_ms, partitions, lexicon, closed, digest, revisions."""
        return f"{self.prefix}state"

    @property
    def totals(self) -> str:
        """Hash: buckets, posts, sampled, untold, late:CHANNEL, duplicates:CHANNEL, rejected:REASON -> count."""
        return f"{self.prefix}totals"

    @property
    def snapshot(self) -> str:
        """Hash: bucket -> state of the judge after it, msgpack. One field."""
        return f"{self.prefix}snapshot"

    @property
    def journal(self) -> str:
        """Hash: bucket -> closed bucket since the snapshot, msgpack."""
        return f"{self.prefix}journal"

    def positions(self, partition: int) -> str:
        """Hash: offset -> what a tally must know to go on from it, msgpack."""
        return f"{self.prefix}positions:{partition}"

    def bucket(self, start_ms: int) -> str:
        """Hash: series -> posts, ``authors:``series -> distinct authors, in one bucket. Expires."""
        return f"{self.prefix}bucket:{start_ms // 1000}"

    def minute(self, start_ms: int) -> str:
        """Hash: series -> posts in one minute. Expires."""
        return f"{self.prefix}minute:{start_ms // 1000}"

    def hour(self, start_ms: int) -> str:
        """Hash: series -> posts in one hour. Expires."""
        return f"{self.prefix}hour:{start_ms // 1000}"

    def band(self, start_ms: int) -> str:
        """Hash: series -> ``expected lower upper`` of one bucket. Expires."""
        return f"{self.prefix}band:{start_ms // 1000}"

    @property
    def series(self) -> str:
        """Hash: series -> start of the last bucket in which it had posts, epoch ms."""
        return f"{self.prefix}series"

    @property
    def sources(self) -> str:
        """Hash: source -> its clock, JSON."""
        return f"{self.prefix}sources"

    @property
    def channels(self) -> str:
        """Hash: channel -> how it stands: alive, out, planned, blind or quiet."""
        return f"{self.prefix}channels"

    @property
    def windows(self) -> str:
        """Hash: notice id -> the maintenance window as its newest notice has it, JSON."""
        return f"{self.prefix}windows"

    @property
    def outlook(self) -> str:
        """Hash: channel -> what it may be expected to carry in the coming week, JSON."""
        return f"{self.prefix}outlook"

    @property
    def incidents(self) -> str:
        """Hash: incident id -> its present state, JSON."""
        return f"{self.prefix}incidents"

    @property
    def log(self) -> str:
        """Hash: number from 0 -> one revision of an incident, JSON; what goes to the topic ``incidents``."""
        return f"{self.prefix}log"

    @property
    def published(self) -> str:
        """String: how many revisions of the log Kafka has acknowledged."""
        return f"{self.prefix}published"
