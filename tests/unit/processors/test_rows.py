"""What is written: absolute values under keys that follow from the data, and nothing that people wrote."""

from collections.abc import Iterable

import msgspec

from processors.rollup import Rollup
from processors.rows import Command, Rows
from tocsin.blindness import BACK_MS
from tocsin.clocks import Clock
from tocsin.judge import Judge
from tocsin.maintenance import Window
from tocsin.merge import ClosedBucket
from tocsin.posts import Notice
from tocsin.settings import load_settings

SETTINGS = load_settings(namespace="rows")
FIRST = 1_244_678_400_000 // 5_000
PREFIX = "tocsin:rows:"


def closed(number: int, **changes: object) -> ClosedBucket:
    clocks = {"s": Clock((FIRST + number + 2) * 5_000, channels=("sms",))}
    counts = {"channel=sms": (4, 2, 1), "posts": (4, 2, 1)}
    bucket = ClosedBucket(FIRST + number, counts, clocks)
    return msgspec.structs.replace(bucket, **changes)


def dark(number: int) -> ClosedBucket:
    return closed(number, clocks={"s": Clock(FIRST * 5_000, channels=("sms",))})


def commands(*buckets: ClosedBucket) -> list[Command]:
    """Everything that closing these buckets writes."""
    rows, judge, rollup = Rows(SETTINGS, SETTINGS.rules), Judge(SETTINGS.rules, 365), Rollup(5_000)
    written: list[Command] = []
    for bucket in buckets:
        before = judge.revisions
        judgement = judge.fold(bucket)
        written += rows.of(judgement, rollup, before)
    return [*written, *rows.closing(judgement, judge), *rows.snapshot(buckets[-1].bucket, judge, [])]


def hashes(written: Iterable[Command]) -> dict[str, dict[str, str]]:
    """What the hashes hold afterwards."""
    held: dict[str, dict[str, str]] = {}
    for name, key, *rest in written:
        if name == "HSET":
            fields = held.setdefault(str(key), {})
            for field, value in zip(rest[::2], rest[1::2], strict=True):
                fields[str(field)] = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return held


def test_a_bucket_is_written_with_posts_and_distinct_authors() -> None:
    assert hashes(commands(closed(0)))[f"{PREFIX}bucket:{FIRST * 5}"] == {
        "channel=sms": "4",
        "posts": "4",
        "authors:channel=sms": "2",
        "authors:posts": "2",
    }


def test_nothing_but_plain_sets_of_hashes_expiries_and_deletions_is_written() -> None:
    assert {command[0] for command in commands(closed(0), dark(1))} == {"HSET", "EXPIRE", "DEL"}


def test_all_counts_expire_after_what_the_settings_say() -> None:
    written = commands(closed(0))
    ttl = {str(key).removeprefix(PREFIX).split(":")[0]: rest[0] for name, key, *rest in written if name == "EXPIRE"}
    assert ttl == {
        "bucket": SETTINGS.keep_buckets_hours * 3600,
        "band": SETTINGS.keep_buckets_hours * 3600,
        "minute": SETTINGS.keep_minutes_days * 86_400,
        "hour": SETTINGS.keep_hours_days * 86_400,
    }


def test_a_bucket_in_which_nobody_wrote_leaves_only_its_line_in_the_journal() -> None:
    names = {key.removeprefix(PREFIX).split(":")[0] for key in hashes(commands(closed(0, counts={})))}
    assert names == {"journal", "totals", "sources", "snapshot"}


def test_the_same_buckets_lead_to_the_same_commands() -> None:
    stream = [closed(number) for number in range(5)] + [dark(5)]
    assert commands(*stream) == commands(*stream)


def test_the_band_of_each_series_is_written_in_order() -> None:
    held = hashes(commands(*[closed(number) for number in range(130)]))
    for line in held[f"{PREFIX}band:{(FIRST + 129) * 5}"].values():
        mean, lower, upper = map(float, line.split())
        assert 0 <= lower <= mean <= upper


def test_a_series_says_when_it_was_last_heard_of() -> None:
    held = hashes(commands(closed(0), closed(1, counts={"posts": (1, 1, 0)})))
    assert held[f"{PREFIX}series"] == {"channel=sms": str(FIRST * 5_000), "posts": str((FIRST + 1) * 5_000)}


def test_revisions_are_numbered_on_from_those_before() -> None:
    back = BACK_MS // SETTINGS.bucket_ms
    held = hashes(commands(closed(0), dark(1), *(closed(2 + number) for number in range(back)), dark(2 + back)))
    log = {number: msgspec.json.decode(record) for number, record in held[f"{PREFIX}log"].items()}
    assert [(number, record["revision"]) for number, record in log.items()] == [("0", 1), ("1", 2), ("2", 1)]
    assert set(held[f"{PREFIX}incidents"]) == {record["id"] for record in log.values()}


def test_a_source_tells_its_clock_and_whether_it_is_blind() -> None:
    source = msgspec.json.decode(hashes(commands(closed(0)))[f"{PREFIX}sources"]["s"])
    assert source == {"at": (FIRST + 2) * 5_000, "implied": False, "channels": ["sms"], "blind": False}
    assert msgspec.json.decode(hashes(commands(dark(1)))[f"{PREFIX}sources"]["s"])["blind"]


def test_a_snapshot_makes_the_journal_before_it_superfluous() -> None:
    rows, judge = Rows(SETTINGS, SETTINGS.rules), Judge(SETTINGS.rules, 365)
    judge.fold(closed(0))
    written = list(rows.snapshot(FIRST, judge, [FIRST - 1, FIRST]))
    assert [command[:2] for command in written] == [
        ("DEL", f"{PREFIX}snapshot"),
        ("HSET", f"{PREFIX}snapshot"),
        ("HDEL", f"{PREFIX}journal"),
    ]
    assert written[-1][2:] == (FIRST - 1, FIRST)


def test_what_readers_see_of_a_source_can_be_no_handle_and_no_link() -> None:
    clocks = {"@somebody": Clock((FIRST + 2) * 5_000, channels=("sms", "@somebody", "http://x.y/z"))}
    held = hashes(commands(closed(0, clocks=clocks)))
    assert set(held[f"{PREFIX}sources"]) == {"other"}
    assert "somebody" not in str(held[f"{PREFIX}sources"])
    assert "http" not in str(held[f"{PREFIX}sources"])


def test_channels_and_windows_are_written_anew_each_time_for_some_may_be_gone() -> None:
    begin = (FIRST + 99) * 5_000
    notice = Notice("maintenance", "upgrade", "sms", begin, begin + 3_600_000, FIRST * 5_000, "declared")
    written = commands(closed(0, notices=[notice]))
    assert ("DEL", f"{PREFIX}channels") in written
    assert ("DEL", f"{PREFIX}windows") in written
    held = hashes(written)
    assert held[f"{PREFIX}channels"] == {"sms": "alive"}
    window = msgspec.json.decode(held[f"{PREFIX}windows"]["upgrade"], type=Window)
    assert (window.channel, window.begin, window.state, window.forecast) == ("sms", begin, "declared", None)
    cancelled = msgspec.structs.replace(notice, state="cancelled", at=notice.at + 1)
    held = hashes(commands(closed(0, notices=[notice]), closed(1, notices=[cancelled])))
    assert msgspec.json.decode(held[f"{PREFIX}windows"]["upgrade"])["state"] == "cancelled"
