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
