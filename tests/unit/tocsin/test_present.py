"""How things stand, as samples."""

from tocsin.clocks import Clock, Rules
from tocsin.judge import Judge
from tocsin.maintenance import Window
from tocsin.merge import ClosedBucket
from tocsin.present import GAUGES, STATES, bucket_samples, standing_samples

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
FIRST = 249_000_000
NOW = (FIRST + 1) * 5_000


def judged(clocks: dict[str, Clock], *windows: Window):
    judge = Judge(RULES, 365)
    last = judge.fold(ClosedBucket(FIRST, {"channel=sms": (4, 2, 1), "posts": (4, 2, 1)}, clocks))
    judge.windows = {window.id: window for window in windows}
    return {(s.name, s.labels): s.value for s in (*standing_samples(judge, RULES), *bucket_samples(last))}


def window(number: int, begin: int, end: int, state: str = "declared") -> Window:
    return Window(id=str(number), channel="sms", begin=begin, end=end, at=NOW - 9_000, state=state)


def test_a_channel_is_in_exactly_one_state() -> None:
    found = judged({"s": Clock(NOW + 5_000, channels=("sms",))})
    states = {labels[1]: value for (name, labels), value in found.items() if name == "tocsin_channel_state"}
    assert set(states) == set(STATES)
    assert [state for state, value in states.items() if value] == ["alive"]


def test_the_window_that_runs_is_told_before_those_to_come_and_those_that_are_over() -> None:
    over, running, coming = (
        window(1, NOW - 9_000, NOW - 4_000),
        window(2, NOW - 1_000, NOW + 1_000),
        window(3, NOW + 5_000, NOW + 6_000),
    )
    found = judged({}, coming, over, running)
    assert found["tocsin_maintenance_active", ("sms",)] == 1
    assert found["tocsin_maintenance_begin_timestamp_seconds", ("sms",)] == running.begin / 1000
    assert found["tocsin_maintenance_end_timestamp_seconds", ("sms",)] == running.end / 1000


def test_a_window_is_active_from_its_beginning_until_its_end_and_not_when_it_was_cancelled() -> None:
    active = ("tocsin_maintenance_active", ("sms",))
    assert judged({}, window(1, NOW, NOW + 1))[active] == 1
    assert judged({}, window(1, NOW + 1, NOW + 2))[active] == 0
    assert judged({}, window(1, NOW - 1, NOW))[active] == 0
    assert active not in judged({}, window(1, NOW, NOW + 1, "cancelled"))


def test_the_age_of_a_heartbeat_is_counted_from_the_furthest_clock() -> None:
    found = judged({"a": Clock(NOW + 5_000), "b": Clock(NOW - 5_000)})
    assert found["tocsin_source_heartbeat_age_seconds", ("a",)] == 0
    assert found["tocsin_source_heartbeat_age_seconds", ("b",)] == 10
    assert found["tocsin_source_blind", ("a",)] == 0
    assert found["tocsin_source_blind", ("b",)] == 1


def test_sources_whose_names_cannot_be_labels_are_shown_as_one_by_the_worst_of_them() -> None:
    for order in (("@x", "@y"), ("@y", "@x")):
        at = {"@x": NOW - 5_000, "@y": NOW + 5_000}
        found = judged({name: Clock(at[name]) for name in order})
        assert found["tocsin_source_blind", ("other",)] == 1
        assert found["tocsin_source_heartbeat_timestamp_seconds", ("other",)] == (NOW - 5_000) / 1000


def test_every_sample_belongs_to_a_gauge_and_has_its_labels() -> None:
    found = judged({"s": Clock(NOW + 5_000, channels=("sms",))}, window(1, NOW, NOW + 1))
    for name, labels in found:
        assert len(labels) == len(GAUGES[name][1])
    assert {name for name, _ in found} >= set(GAUGES) - {"tocsin_incident_open", "tocsin_incident_lost_posts"}
