from hypothesis import given
from hypothesis import strategies as st

from tocsin.clocks import Clock, Rules, blind_sources, on_heartbeat, watermark
from tocsin.posts import Heartbeat

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)


def test_a_clock_never_goes_back() -> None:
    clocks = on_heartbeat(on_heartbeat({}, Heartbeat("s", 9_000), RULES), Heartbeat("s", 4_000), RULES)
    assert clocks["s"].at == 9_000


def test_prior_clocks_are_not_mutated() -> None:
    before = on_heartbeat({}, Heartbeat("s", 1_000), RULES)
    on_heartbeat(before, Heartbeat("s", 2_000), RULES)
    assert before == {"s": Clock(1_000)}


def test_the_first_heartbeat_replaces_an_implied_clock_even_if_earlier() -> None:
    assert on_heartbeat({"s": Clock(9_000, implied=True)}, Heartbeat("s", 4_000), RULES)["s"] == Clock(4_000)


def test_the_slowest_live_source_holds_the_watermark() -> None:
    assert watermark({"a": Clock(50_000), "b": Clock(30_000)}, RULES) == 28_000


def test_a_blind_source_holds_it_no_longer() -> None:
    assert watermark({"a": Clock(50_000), "b": Clock(19_999)}, RULES) == 48_000
    assert watermark({"a": Clock(50_000), "b": Clock(20_000)}, RULES) == 18_000


def test_a_bucket_is_closed_once_the_clock_less_lateness_has_left_it() -> None:
    assert RULES.closed_by(6_999) == -1
    assert RULES.closed_by(7_000) == 0


def test_whoever_has_not_passed_a_bucket_is_blind_for_it() -> None:
    clocks = {"a": Clock(100_000, channels=("sms",)), "b": Clock(40_000, channels=("web",))}
    assert blind_sources(clocks, 10, RULES) == ["b"]


def test_the_horizon_of_duplicates_covers_the_lateness() -> None:
    assert RULES.horizon == 1
    assert Rules(1_000, 2_500, 30_000, 60_000).horizon == 3


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 10**6)), min_size=1))
def test_in_any_order_every_clock_is_the_newest_heartbeat(beats: list[tuple[str, int]]) -> None:
    clocks: dict[str, Clock] = {}
    for source, at in beats:
        clocks = on_heartbeat(clocks, Heartbeat(source, at), RULES)
    assert {s: c.at for s, c in clocks.items()} == {s: max(at for o, at in beats if o == s) for s, _ in beats}


def test_the_newest_heartbeat_says_which_channels_a_source_collects() -> None:
    clocks = on_heartbeat({}, Heartbeat("s", 1_000, ("sms",)), RULES)
    assert on_heartbeat(clocks, Heartbeat("s", 2_000, ("sms", "web")), RULES)["s"].channels == ("sms", "web")


def test_an_implied_clock_holds_the_watermark_like_any_other() -> None:
    assert watermark({"a": Clock(50_000), "bare": Clock(45_000, implied=True)}, RULES) == 43_000


def test_a_single_source_is_never_blind_by_itself() -> None:
    assert watermark({"a": Clock(7)}, RULES) == 7 - RULES.lateness_ms


def test_blind_sources_are_named_in_order() -> None:
    clocks = {name: Clock(0) for name in "cab"} | {"z": Clock(10**6)}
    assert blind_sources(clocks, 10, RULES) == ["a", "b", "c"]


def test_who_comes_back_from_blindness_has_not_seen_what_was_before() -> None:
    clocks = {"a": Clock(100_000), "b": Clock(40_000)}
    back = on_heartbeat(clocks, Heartbeat("b", 98_000), RULES)
    assert back["b"] == Clock(98_000, since=98_000)
    assert [bucket for bucket in range(10, 22) if "b" in blind_sources(back, bucket, RULES)] == [*range(10, 20), 20, 21]
    later = on_heartbeat(back, Heartbeat("b", 200_000), RULES)
    assert later["b"].since == 98_000
    assert "b" in blind_sources(later, 19, RULES)
    assert "b" not in blind_sources(later, 20, RULES)


def test_who_lags_but_is_not_blind_has_seen_everything() -> None:
    clocks = {"a": Clock(70_000), "b": Clock(40_000)}
    assert on_heartbeat(clocks, Heartbeat("b", 70_000), RULES)["b"].since == 0
    assert on_heartbeat(clocks, Heartbeat("new", 70_000), RULES)["new"].since == 0


def test_a_lonely_source_that_pauses_is_its_own_clock_and_never_blind() -> None:
    clocks = on_heartbeat({"a": Clock(0)}, Heartbeat("a", 10**9), RULES)
    assert clocks["a"].since == 0
