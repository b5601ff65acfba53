"""What the workers have stored: whether these settings can go on from it, and whether every source is heard."""

from collections.abc import Iterator

from dashboards.model import Status
from tocsin.cli.doctor.finding import Finding
from tocsin.keys import VERSION
from tocsin.settings import Settings
from tocsin.wording import duration


def examine_identity(stored: Status | None, key: str, settings: Settings, lexicon: str | None) -> Iterator[Finding]:
    """Compare what is stored with what a worker of these settings would write; it would refuse to go on otherwise.

    Args:
        stored: None if nothing is.
        key: Where it is stored.
        settings: Of the deployment.
        lexicon: Digest of the keyword groups; None if they cannot be loaded.
    """
    if stored is None:
        yield Finding("ok", "stored counts", "none yet")
        return
    other_release = "use the release that wrote it, or see Upgrades in docs/operations.md"
    compared = (
        ("version", stored.version, VERSION, other_release),
        ("bucket_ms", stored.bucket_ms, settings.bucket_ms, f"TOCSIN_BUCKET_SECONDS={stored.bucket_ms // 1000}"),
        ("partitions", stored.partitions, settings.partitions, f"TOCSIN_PARTITIONS={stored.partitions}"),
        ("lexicon", stored.lexicon, lexicon or stored.lexicon, "TOCSIN_LEXICON: go back to the file that was used"),
    )
    for name, theirs, ours, remedy in compared:
        if theirs != ours:
            yield Finding(
                "fail",
                "stored counts",
                f"{key} was written with {name} = {theirs}, these settings say {ours}",
                f"{remedy}; or choose another TOCSIN_NAMESPACE",
            )
    if all(theirs == ours for _, theirs, ours, _ in compared):
        yield Finding("ok", "stored counts", "fit these settings")


def examine_sources(stored: Status) -> Finding:
    """Name the collectors that have fallen silent, and say for how long, in event time."""
    furthest = max((source.at for source in stored.sources.values()), default=0)
    behind = {name: furthest - source.at for name, source in stored.sources.items()}
    blind = {name: ms for name, ms in behind.items() if ms and stored.sources[name].blind}  # without who is back again
    if not blind:
        return Finding("ok", "sources", f"{len(stored.sources)} heard: {', '.join(stored.sources) or 'none yet'}")
    spelt = ", ".join(f"{name} for {duration(ms)}" for name, ms in sorted(blind.items()))
    return Finding(
        "warn",
        "sources",
        f"blind, of {len(stored.sources)}: {spelt}",
        "See whether that collector runs, and start it again: docs/runbooks/TocsinBlind.md",
    )


def examine_outbox(before: Status, after: Status) -> Finding:
    """See whether incidents reach Kafka."""
    if after.unpublished and before.published == after.published:
        return Finding(
            "warn",
            "incidents",
            f"{after.unpublished:,} revisions are stored, and not yet in Kafka",
            "A worker writes them as soon as it runs detection: see that one runs, and its log",
        )
    return Finding("ok", "incidents", f"{after.revisions:,} revisions, all but {after.unpublished} in Kafka")
