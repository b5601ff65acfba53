import pytest

from tocsin.maintenance import classify, on_notices
from tocsin.posts import Notice

HOUR = 3_600_000


def notice(begin: int, end: int, *, at: int = 0, state: str = "declared", name: str = "m") -> Notice:
    return Notice("maintenance", name, "twitter", begin * HOUR, end * HOUR, at, state)  # type: ignore[arg-type]


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
