import pytest

from tocsin.advice import (
    Difference,
    Situation,
    best,
    cautions,
    declared_on,
    difference,
    ranked,
    spell_difference,
    starts,
    worst,
)
from tocsin.incidents import Incident
from tocsin.maintenance import Window
from tocsin.outlook import Forecast, Outlook

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
BEGIN = 1_245_024_000_000  # 2009-06-15T00:00Z
HALF = HOUR_MS // 2


def outlook(*hours, people=None, days=7.0):
    """What each hour is expected to carry, in slots of ten minutes."""
    posts = tuple(hour / 6 for hour in hours for _ in range(6))
    authors = tuple(float(hour) for hour in people or hours for _ in range(6))
    return Outlook("twitter", BEGIN, 10 * MINUTE_MS, posts, authors, 1.0, 0.5, 2.0, 0.5, 2.0, 0.3, days)


def begins(found):
    return [(start.begin - BEGIN) / HOUR_MS for start in found]


def listed(given, hours, duration_ms=HOUR_MS, step_ms=HOUR_MS, earliest=BEGIN):
    return starts(given, earliest, hours * HOUR_MS, duration_ms, step_ms)


def test_every_step_within_the_horizon_is_a_start_and_windows_end_within_it():
    assert begins(listed(outlook(1, 2, 3, 4), 3)) == [0, 1, 2]
    assert begins(listed(outlook(1, 2, 3, 4), 3, step_ms=HALF)) == [0, 0.5, 1, 1.5, 2]
    assert begins(listed(outlook(1, 2, 3, 4), 3, duration_ms=2 * HOUR_MS)) == [0, 1]
    assert listed(outlook(1, 2, 3, 4), 3, duration_ms=4 * HOUR_MS) == []


def test_starts_are_whole_steps_of_utc_whatever_the_time_is():
    assert begins(listed(outlook(1, 2, 3, 4), 3, earliest=BEGIN + 1)) == [1, 2]
    assert begins(listed(outlook(1, 2, 3, 4), 3, step_ms=HALF, earliest=BEGIN + 7 * MINUTE_MS)) == [0.5, 1, 1.5, 2]


def test_what_is_not_foretold_is_no_start():
    assert begins(listed(outlook(1, 2), 5)) == [0, 1]
    assert begins(listed(outlook(1, 2), 5, earliest=BEGIN - HOUR_MS)) == [0, 1]


def test_a_window_takes_its_part_of_the_slots_that_it_cuts():
    (start,) = listed(
        outlook(60, 120), 2, duration_ms=25 * MINUTE_MS, earliest=BEGIN + 45 * MINUTE_MS, step_ms=HOUR_MS
    )[:1]
    assert (start.begin - BEGIN, start.forecast.posts) == (HOUR_MS, pytest.approx(50))
    cut = outlook(60, 120).window(BEGIN + 45 * MINUTE_MS, BEGIN + 70 * MINUTE_MS)
    assert cut is not None
    assert cut.posts == pytest.approx(15 + 20)


def test_the_fewest_posts_come_first_then_the_fewest_authors_then_the_earliest():
    assert begins(ranked(listed(outlook(30, 10, 20), 3))) == [1, 2, 0]
    assert begins(ranked(listed(outlook(10, 10, 10, people=(9, 7, 9)), 3))) == [1, 0, 2]


def test_the_best_do_not_overlap_one_another():
    given = outlook(50, 10, 12, 50, 11, 50)
    assert begins(best(listed(given, 6, duration_ms=HOUR_MS, step_ms=HALF), 3)) == [1, 4, 2]
    assert begins(best(listed(given, 6, duration_ms=2 * HOUR_MS, step_ms=HOUR_MS), 9)) == [1, 3]


def test_the_worst_is_the_one_with_the_most_posts():
    assert begins([worst(listed(outlook(30, 10, 40, 20), 4))]) == [2]


@pytest.mark.parametrize(
    ("one", "other", "apart", "found", "said"),
    [
        (300, 100, 0.3, Difference(200, 3.0, True), "clearly worse: 200 more posts, 3.0 times as many"),
        (300, 100, 1.2, Difference(200, 3.0, False), "200 more posts, 3.0 times as many, which may be chance"),
        (120, 100, 0.1, Difference(20, 1.2, False), "20 more posts, 1.2 times as many, which may be chance"),
        (12_000, 10_000, 0.1, Difference(2_000, 1.2, True), "clearly worse: 2,000 more posts, 1.2 times as many"),
        (50, 100, 0.1, Difference(-50, 0.5, True), "clearly better: 50 fewer posts"),
        (50, 0, 0.1, Difference(50, None, True), "clearly worse: 50 more posts"),
    ],
)
def test_a_difference_is_sure_if_it_exceeds_chance_and_what_such_forecasts_are_off(one, other, apart, found, said):
    told = difference(Forecast(one, 0, 1e9, 1, apart), Forecast(other, 0, 1e9, 1, apart))
    assert told == found
    assert spell_difference(told) == said


def window(name, begin, channel="twitter", state="declared"):
    return Window(name, channel, BEGIN + begin * HOUR_MS, BEGIN + (begin + 1) * HOUR_MS, BEGIN, state)


def incident(series, kind="burst", closed_at=None):
    return Incident(f"{kind}:{series}:1", 1, kind, series, 1, 2, closed_at=closed_at)


def situation(windows=(), incidents=(), channels=None):
    return Situation(BEGIN, tuple(windows), tuple(incidents), channels or {"sms": "alive", "twitter": "alive"})


def test_windows_that_are_cancelled_or_over_or_of_other_channels_are_not_declared():
    windows = (
        window("b", 2),
        window("a", 1),
        window("c", 1, state="cancelled"),
        window("d", -1),
        window("e", 1, "sms"),
    )
    assert [found.id for found in declared_on(situation(windows), "twitter")] == ["a", "b"]


def test_a_calm_day_needs_no_caution():
    assert cautions("twitter", situation(), outlook(1)) == []


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ({"sms": "out", "twitter": "alive"}, ["twitter is the last channel that is alive", "sms is out"]),
        ({"sms": "planned", "twitter": "alive", "web": "alive"}, ["less is heard already: sms is in maintenance"]),
        ({"sms": "blind", "twitter": "alive", "web": "quiet"}, ["twitter is the last channel", "sms is blind"]),
        ({"twitter": "alive"}, ["twitter is the last channel that is alive"]),
        ({"sms": "alive", "twitter": "out"}, ["twitter itself is out now"]),
    ],
)
def test_channels_that_are_down_are_told_and_the_last_one_first(channels, said):
    found = cautions("twitter", situation(channels=channels), outlook(1))
    assert len(found) == len(said)
    assert all(part in caution for part, caution in zip(said, found, strict=True))


def test_open_bursts_of_what_people_say_are_told_and_no_others():
    incidents = [
        incident("keyword=protest"),
        incident("posts"),
        incident("channel=twitter"),
        incident("channel=sms"),
        incident("region=tehran"),
        incident("keyword=arrest", closed_at=9),
        incident("channel=twitter|region=tehran"),
        incident("term=quake", kind="term"),
    ]
    (caution,) = cautions("twitter", situation(incidents=incidents), outlook(1))
    assert "bursts of channel=twitter, keyword=protest, posts last" in caution


def test_little_history_is_told():
    (caution,) = cautions("twitter", situation(), outlook(1, days=1.5))
    assert "rests on 1.5 days" in caution
