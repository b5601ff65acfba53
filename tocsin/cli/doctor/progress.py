"""Whether the stream moves: workers, lag, detection, dead letters. It takes two looks to tell."""

import json
from collections import Counter
from dataclasses import dataclass

from dashboards.model import Status
from tocsin.cli.doctor.broker import Broker, Offsets
from tocsin.cli.doctor.finding import Finding
from tocsin.settings import Settings
from tocsin.wording import clock, duration

_LATELY_SECONDS = 3600
_SAMPLE = 1_000  # dead letters that are read for their reasons
_ALLOWANCE_SECONDS = 60  # for a worker that has just started


@dataclass(frozen=True)
class Look:
    """How far things were at one moment.

    Attributes:
        at: This machine's clock, epoch seconds.
        ends: Of the partitions of ``posts``.
        committed: By the group; -1 where it never has.
        stored: What Redis holds; None if nothing.
    """

    at: float
    ends: Offsets
    committed: Offsets
    stored: Status | None

    @property
    def lag(self) -> int:
        """Records that are not committed; those of open buckets always are among them."""
        return sum(self.ends[n] - max(0, self.committed.get(n, -1)) for n in self.ends)

    @property
    def waiting(self) -> Offsets:
        """Where the first record stands that is not committed, of the partitions that have one; longest first."""
        lags = {n: self.ends[n] - max(0, self.committed.get(n, -1)) for n in self.ends}
        return {n: max(0, self.committed.get(n, -1)) for n in sorted(lags, key=lambda n: -lags[n]) if lags[n] > 0}

    @property
    def never_committed(self) -> bool:
        """Whether no worker has ever come so far."""
        return all(offset < 0 for offset in self.committed.values())


def bound_seconds(settings: Settings) -> int:
    """Tell how long a record may ordinarily wait for its commit, in seconds.

    Until its bucket is closed and copies of its posts need not be looked for any more; a blind source holds that back.
    """
    horizon = settings.rules.horizon + 1
    waits = settings.bucket_seconds * horizon + settings.allowed_lateness_seconds + settings.blind_after_seconds
    return waits + _ALLOWANCE_SECONDS


def examine_group(settings: Settings, members: int, before: Look, after: Look) -> Finding:
    """See whether workers are there, and how many records they have not committed."""
    check = f"group {settings.group}"
    if not any(after.ends.values()):
        return Finding("ok", check, f"{_workers(members)}; no posts yet")
    change = after.lag - before.lag
    trend = f"{change:+,} in {after.at - before.at:.0f} s" if change else "steady"
    lags = ", ".join(f"{n}: {after.ends[n] - max(0, after.committed.get(n, -1)):,}" for n in sorted(after.ends))
    listed = f"records not committed, by partition: {lags} ({trend})"
    if members:
        return Finding("ok", check, f"{_workers(members)}; {listed}")
    remedy = "Start a worker: tocsin worker"
    if after.never_committed:
        return Finding("warn", check, "has never committed, but there are posts", remedy)
    return Finding("fail", check, f"no worker belongs to it; {listed}", remedy)


def _workers(count: int) -> str:
    return f"{count} worker{'' if count == 1 else 's'}"


def waited_seconds(settings: Settings, broker: Broker, look: Look, newest: dict[int, float]) -> float:
    """Tell how much was written, in seconds, since the first record that is not committed.

    By the times at which records were written: event time would not do, for a replay of a past lies years behind, and
    is in time.
    """
    first = broker.first_records(settings.topics.posts.name, look.waiting)
    return max((newest.get(n, 0.0) - record.timestamp / 1000 for n, record in first.items()), default=0.0)


def examine_lag(settings: Settings, waited: float, before: Look, after: Look) -> Finding:
    """Judge how long records wait to be committed, and whether they become fewer."""
    stored = f"; stored up to {clock(after.stored.closed_through)}" if after.stored else ""
    bound = bound_seconds(settings)
    if waited <= bound:
        return Finding("ok", "lag", f"{max(0.0, waited):,.0f} s of what was written are not committed{stored}")
    change, seconds = after.lag - before.lag, f"{after.at - before.at:.0f} s"
    found = (
        f"{duration(int(waited * 1000))} of what was written, {after.lag:,} records, are not committed{stored}: "
        f"at most {bound} s are ordinary; "
    )
    if change < 0:
        return Finding("warn", "lag", f"{found}{-change:,} records fewer than {seconds} ago", "Wait: workers catch up")
    trend = f"{change:,} records more than {seconds} ago" if change else f"no record fewer than {seconds} ago"
    remedy = f"Start more workers, up to {settings.partitions}: tocsin worker. See docs/runbooks/TocsinLag.md"
    return Finding("fail" if change else "warn", "lag", f"{found}{trend}", remedy)


def examine_stream(settings: Settings, newest: dict[int, float], before: Look, after: Look) -> Finding:
    """See whether anything comes: where every collector is dead, none is behind the others; and to every partition."""
    if silent := [str(n) for n, end in sorted(after.ends.items()) if not end]:
        return Finding(
            "fail",
            "stream",
            f"nothing was ever written to partition {', '.join(silent)}: no bucket closes until all partitions pass it",
            "Producers must write heartbeats to every partition: see docs/runbooks/TocsinStalled.md",
        )
    age = after.at - max(newest.values())
    if after.ends != before.ends or age <= bound_seconds(settings):
        came = sum(after.ends[n] - before.ends.get(n, 0) for n in after.ends)
        return Finding("ok", "stream", f"{came:,} records in {after.at - before.at:.0f} s")
    return Finding(
        "warn",
        "stream",
        f"nothing has come for {duration(int(age * 1000))}",
        "Start the collectors: docs/runbooks/TocsinStalled.md. After a replay that is over it is as it should be",
    )


def examine_detection(settings: Settings, waited: float, before: Look, after: Look) -> Finding:
    """See whether buckets close while records come."""
    through = after.stored.closed_through if after.stored else 0
    moved = through - (before.stored.closed_through if before.stored else 0)
    up_to = f", up to {clock(through)}" if after.stored else ""
    if not moved and waited > bound_seconds(settings):
        return Finding(
            "fail",
            "detection",
            f"stalled{up_to}: records wait, and no bucket has closed in {after.at - before.at:.0f} s",
            "Only heartbeats move event time: see docs/runbooks/TocsinStalled.md, and the workers' logs",
        )
    said = f"{duration(moved)} of event time" if moved else "no bucket"
    return Finding("ok", "detection", f"{said} closed in {after.at - before.at:.0f} s{up_to}")


def examine_dead_letters(settings: Settings, broker: Broker, now: float) -> Finding:
    """Count the dead letters of the last hour, by reason; what is in them stays in them."""
    topic = settings.topics.dead.name
    ends = broker.ends(topic)
    since = broker.since(topic, now - _LATELY_SECONDS)
    lately = sum(ends[n] - since[n] for n in ends)
    if not lately:
        return Finding("ok", "dead letters", "none within the last hour")
    begins = {n: max(since[n], ends[n] - _SAMPLE) for n in ends if ends[n] > since[n]}
    records = [record for found in broker.records(topic, begins, _SAMPLE).values() for record in found]
    reasons = Counter(str(json.loads(record.value).get("reason")) for record in records)
    spelt = ", ".join(f"{reason}: {count:,}" for reason, count in reasons.most_common())
    newest = f", of the newest {len(records):,}" if len(records) < lately else ""
    return Finding(
        "warn",
        "dead letters",
        f"{lately:,} within the last hour ({spelt}{newest})",
        f"The topic {topic} tells the place of each: docs/runbooks/TocsinDeadLetters.md",
    )
