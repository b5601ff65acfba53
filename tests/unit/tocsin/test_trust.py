"""Whom a deployment believes: forged heartbeats and notices are dead letters, and change nothing."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tocsin.bounds import MOST_NOTICES, MOST_SOURCES
from tocsin.clocks import Clock, Rules
from tocsin.partials import Folded, Position
from tocsin.posts import Heartbeat, Notice, Post, encode
from tocsin.settings import load_settings
from tocsin.tally import PartitionTally
from tocsin.trust import Trust

KEYED = Trust(key=b"a secret")
NOTICE = Notice("maintenance", "w", "sms", 1_000, 2_000, 500, "declared")
DAY_MS = 86_400_000


class NoWords:
    series = ()

    def match(self, texts: Sequence[str]) -> list[int]:
        return [0] * len(texts)


def rules(trust: Trust = Trust(), leap_ms: int = DAY_MS) -> Rules:  # noqa: B008 - it is frozen
    return Rules(5_000, 2_000, 30_000, 60_000, leap_ms, trust)


def tally_of(trust: Trust) -> PartitionTally:
    return PartitionTally(0, rules(trust), NoWords())


def post(number: int, at: int, source: str) -> Post:
    return Post(str(number), at, source, "sms", f"a{number}", "x")


def refused(folded: Folded) -> list[tuple[int, str]]:
    return [(reject.line, reject.reason) for reject in folded.rejects]


def fold(tally: PartitionTally, *lines: Post | Heartbeat | Notice, record_at: int | None = None) -> Folded:
    return tally.fold(encode(lines), record_at)


def test_a_heartbeat_of_nobody_who_is_trusted_is_a_dead_letter_and_stops_nothing() -> None:
    tally = tally_of(Trust(frozenset({"s"})))
    folded = fold(
        tally, Heartbeat("s", 0), Heartbeat("forged", 0), post(1, 1_000, "s"), Heartbeat("forged", 10**9),
        Heartbeat("s", 7_000),
    )  # fmt: skip
    assert refused(folded) == [(2, "not_trusted"), (4, "not_trusted")]
    assert folded.rejects[1].data == encode([Heartbeat("forged", 10**9)])
    (partial,) = folded.partials
    assert (partial.through, partial.rejected, list(partial.clocks)) == (0, {"not_trusted": 2}, ["s"])
    assert partial.buckets[0]["posts"] == (1, 1, 0)


def test_posts_of_a_source_that_is_not_trusted_count_but_move_no_clock() -> None:
    tally = tally_of(Trust(frozenset({"s"})))
    folded = fold(
        tally, Heartbeat("s", 0), post(1, 1_000, "other"), post(2, 59_000, "other"), post(3, 60_001, "other"),
        Heartbeat("s", 7_000), post(4, 2_000, "other"), Heartbeat("s", 12_000),
    )  # fmt: skip
    assert refused(folded) == [(4, "ahead")]
    first, second = folded.partials
    assert first.buckets[0]["channel=sms|source=other"] == (1, 1, 0)
    assert second.late == {"sms": 1}
    assert list(second.clocks) == ["s"]


def test_before_anybody_who_is_trusted_has_told_the_time_a_post_of_others_is_a_dead_letter() -> None:
    tally = tally_of(Trust(frozenset({"s"})))
    assert refused(fold(tally, post(1, 1_000, "other"))) == [(1, "not_trusted")]
    assert refused(fold(tally, Heartbeat("s", 0), post(1, 1_000, "other"))) == []


def test_a_source_that_is_trusted_no_more_holds_nothing_back_after_a_restart() -> None:
    before = Position({"old": Clock(0), "s": Clock(20_000)}, 2)
    tally = PartitionTally(0, rules(Trust(frozenset({"s"}))), NoWords(), before)
    (partial,) = fold(tally, Heartbeat("s", 22_000)).partials
    assert partial.through == 3
    assert list(partial.clocks) == ["s"]


def test_a_flood_of_forged_sources_finds_room_for_so_many_only() -> None:
    tally = tally_of(Trust())
    folded = fold(tally, *(Heartbeat(f"s{n}", 0) for n in range(MOST_SOURCES + 5)))
    assert [reason for _, reason in refused(folded)] == ["too_many"] * 5
    assert len(tally.clocks) == MOST_SOURCES
    folded = fold(tally, post(1, 1_000, "bare"), Heartbeat("s0", 1))
    assert (folded.posts, refused(folded)) == (1, []), "posts of others count, and known sources go on"
    assert len(tally.clocks) == MOST_SOURCES


def test_no_clock_leaps_far_beyond_the_time_of_its_record() -> None:
    tally = tally_of(Trust())
    wild, now = Heartbeat("s", 253_402_300_799_999), 1_000_000
    folded = fold(tally, Heartbeat("s", now), wild, Heartbeat("s", now + DAY_MS), record_at=now)
    assert refused(folded) == [(2, "ahead")]
    assert tally.clocks["s"].at == now + DAY_MS


def test_without_a_broker_a_clock_may_leap_over_the_gap_of_an_archive_but_not_for_ever() -> None:
    tally = tally_of(Trust())
    assert refused(fold(tally, Heartbeat("s", 0), Heartbeat("s", 400 * DAY_MS))) == []
    assert refused(fold(tally, Heartbeat("s", 253_402_300_799_999))) == [(1, "ahead")]


@pytest.mark.parametrize(
    "forged",
    [
        NOTICE,
        replace(NOTICE, signature="0" * 64),
        Trust(key=b"another secret").sign(NOTICE),
        replace(KEYED.sign(NOTICE), end=9_000),
        replace(KEYED.sign(NOTICE), channel="web"),
        replace(KEYED.sign(NOTICE), state="cancelled"),
        replace(NOTICE, signature="é"),
    ],
)
def test_where_there_is_a_key_a_notice_without_its_signature_declares_nothing(forged: Notice) -> None:
    folded = fold(tally_of(KEYED), Heartbeat("s", 0), forged, Heartbeat("s", 7_000))
    assert refused(folded) == [(2, "not_trusted")]
    assert folded.partials[0].notices == []


def test_a_signed_notice_is_taken_as_if_it_had_not_been_signed() -> None:
    for trust in (KEYED, Trust()):
        folded = fold(tally_of(trust), Heartbeat("s", 0), KEYED.sign(NOTICE), Heartbeat("s", 7_000))
        assert folded.partials[0].notices == [NOTICE]


def test_a_flood_of_notices_is_cut() -> None:
    notices = [replace(NOTICE, id=f"n{n}") for n in range(MOST_NOTICES + 3)]
    folded = fold(tally_of(Trust()), Heartbeat("s", 0), *notices, Heartbeat("s", 7_000))
    assert [reason for _, reason in refused(folded)] == ["too_many"] * 3
    assert len(folded.partials[0].notices) == MOST_NOTICES


def test_settings_name_the_sources_and_hide_the_key() -> None:
    settings = load_settings(sources="jetstream, mastodon ,", control_key="a secret", heartbeat_ahead_seconds=60)
    assert settings.rules.trust == Trust(frozenset({"jetstream", "mastodon"}), b"a secret")
    assert settings.rules.leap_ms == 60_000
    assert "secret" not in f"{settings!r} {settings.rules!r}"


def test_a_key_may_be_of_any_bytes_that_the_environment_holds() -> None:
    trust = load_settings(control_key=b"\xe1secret".decode(errors="surrogateescape")).trust
    assert trust.key == b"\xe1secret"
    assert trust.believes(trust.sign(NOTICE))
