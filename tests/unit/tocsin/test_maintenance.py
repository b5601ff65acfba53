from collections.abc import Iterable

import pytest

from tocsin.maintenance import KEPT_MS, Windows, classify
from tocsin.maintenance import on_notices as fold_notices
from tocsin.outlook import Forecast
from tocsin.posts import Notice

HOUR = 3_600_000


def notice(begin: int, end: int, *, at: int = 0, state: str = "declared", name: str = "m") -> Notice:
    return Notice("maintenance", name, "twitter", begin * HOUR, end * HOUR, at, state)  # type: ignore[arg-type]


def on_notices(windows: Windows, notices: Iterable[Notice], now: int = 0) -> Windows:
    return fold_notices(windows, notices, now, lambda *_: None)


@pytest.mark.parametrize(
    ("begin", "end", "verdict"),
    [
        (10.0, 10.5, "on_time"),
        (9.99, 11.01, "on_time"),
        (9.0, 10.5, "early"),
        (10.0, 12.0, "overrun"),
        (10.9, 11.5, "overrun"),
        (8.0, 9.0, "unannounced"),
        (12.0, 13.0, "unannounced"),
    ],
)
def test_an_outage_is_held_against_the_window(begin: float, end: float, verdict: str) -> None:
    windows = on_notices({}, [notice(10, 11)])
    assert classify(windows, "twitter", int(begin * HOUR), int(end * HOUR), 120_000) == verdict


def test_a_window_of_another_channel_excuses_nothing() -> None:
    assert classify(on_notices({}, [notice(10, 11)]), "sms", 10 * HOUR, 11 * HOUR, 0) == "unannounced"


def test_a_window_that_was_moved_holds_at_its_new_hour_alone() -> None:
    windows = on_notices({}, [notice(20, 21, at=2, state="moved"), notice(10, 11, at=1)])
    assert classify(windows, "twitter", 10 * HOUR, 11 * HOUR, 0) == "unannounced"
    assert classify(windows, "twitter", 20 * HOUR, 21 * HOUR, 0) == "on_time"


def test_a_cancelled_window_excuses_nothing_and_an_older_notice_does_not_revive_it() -> None:
    windows = on_notices(on_notices({}, [notice(10, 11, at=5, state="cancelled")]), [notice(10, 11, at=1)])
    assert classify(windows, "twitter", 10 * HOUR, 11 * HOUR, 0) == "unannounced"


def test_the_tolerance_is_the_last_moment_that_is_still_on_time() -> None:
    windows, tolerance = on_notices({}, [notice(10, 11)]), 120_000
    begin, end = 10 * HOUR - tolerance, 11 * HOUR + tolerance
    assert classify(windows, "twitter", begin, end, tolerance) == "on_time"
    assert classify(windows, "twitter", begin - 1, end, tolerance) == "early"
    assert classify(windows, "twitter", begin, end + 1, tolerance) == "overrun"


def test_an_outage_that_began_before_its_window_and_outlasted_it_is_early() -> None:
    assert classify(on_notices({}, [notice(10, 11)]), "twitter", 9 * HOUR, 12 * HOUR, 0) == "early"


def test_windows_that_follow_each_other_excuse_an_outage_through_both() -> None:
    windows = on_notices({}, [notice(10, 11, name="m"), notice(11, 12, name="n")])
    assert classify(windows, "twitter", 10 * HOUR, 12 * HOUR, 0) == "on_time"


def test_a_window_may_be_moved_again_and_declared_again_after_it_was_cancelled() -> None:
    notices = [notice(10, 11, at=1), notice(10, 11, at=2, state="cancelled"), notice(14, 15, at=3)]
    windows = on_notices({}, notices)
    assert classify(windows, "twitter", 14 * HOUR, 15 * HOUR, 0) == "on_time"
    assert classify(windows, "twitter", 10 * HOUR, 11 * HOUR, 0) == "unannounced"


def test_the_newest_notice_holds_in_whatever_order_they_come() -> None:
    notices = [notice(10, 11, at=1), notice(20, 21, at=2, state="moved"), notice(30, 31, at=3, state="moved")]
    orders = [notices, notices[::-1], [notices[1], notices[2], notices[0]]]
    assert len({str(on_notices({}, order)) for order in orders}) == 1


def test_known_windows_are_not_mutated() -> None:
    before = on_notices({}, [notice(10, 11, at=1)])
    on_notices(before, [notice(20, 21, at=2, state="moved")])
    assert before == on_notices({}, [notice(10, 11, at=1)])


def test_windows_that_lie_apart_do_not_excuse_what_lies_between_them() -> None:
    windows = on_notices({}, [notice(10, 11, name="m"), notice(20, 21, name="n")])
    assert classify(windows, "twitter", 10 * HOUR, 21 * HOUR, 120_000) == "overrun"
    assert classify(windows, "twitter", 20 * HOUR, 21 * HOUR, 120_000) == "on_time"


def test_what_is_announced_only_while_it_lasts_was_not_announced_but_a_window_may_be_moved_then() -> None:
    late = on_notices({}, [notice(10, 14, at=11 * HOUR)])
    assert classify(late, "twitter", 10 * HOUR, 12 * HOUR, 120_000) == "unannounced"
    longer = on_notices({}, [notice(10, 11, at=1), notice(10, 14, at=11 * HOUR, state="moved")])
    assert classify(longer, "twitter", 10 * HOUR, 12 * HOUR, 120_000) == "on_time"
    for order in ([0, 1], [1, 0]):
        notices = [notice(10, 11, at=1), notice(10, 14, at=11 * HOUR, state="moved")]
        assert on_notices({}, [notices[number] for number in order]) == longer


def test_a_short_window_inside_a_long_one_does_not_shorten_it() -> None:
    windows = on_notices({}, [notice(10, 14, name="m"), notice(11, 12, name="n")])
    assert classify(windows, "twitter", 10 * HOUR, 14 * HOUR, 0) == "on_time"


def test_a_window_keeps_what_was_foretold_when_its_newest_notice_came() -> None:
    told: list[tuple[str, int, int]] = []

    def foretell(channel: str, begin: int, end: int) -> Forecast:
        told.append((channel, begin // HOUR, end // HOUR))
        return Forecast(100.0 * len(told), 0.0, 1.0, 2.0, 0.3)

    windows = fold_notices({}, [notice(10, 11, at=1), notice(20, 21, at=2, state="moved")], 0, foretell)
    windows = fold_notices(windows, [notice(5, 6, at=1)], 0, foretell)
    assert told == [("twitter", 10, 11), ("twitter", 20, 21)]
    assert windows["m"].forecast is not None
    assert windows["m"].forecast.posts == 200
    cancelled = fold_notices(windows, [notice(20, 21, at=3, state="cancelled")], 0, foretell)
    assert cancelled["m"].forecast is None


def test_a_window_is_forgotten_ninety_days_after_it_is_over() -> None:
    windows = on_notices({}, [notice(10, 11)])
    assert on_notices(windows, [], 11 * HOUR + KEPT_MS - 1) == windows
    assert on_notices(windows, [], 11 * HOUR + KEPT_MS) == {}
    assert on_notices({}, [notice(10, 11)], 11 * HOUR + KEPT_MS) == {}
