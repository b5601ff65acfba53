from datetime import UTC, datetime

import pytest

from dashboards.live.axes import MOST_TICKS, rate_ticks, time_ticks
from dashboards.live.spans import DAY_MS, HOUR_MS, MINUTE_MS

NOON = round(datetime(2009, 6, 12, 12, tzinfo=UTC).timestamp()) * 1000


def words(length: int) -> list[str]:
    return [tick.words for tick in time_ticks(NOON, NOON + length)]


def test_hours_are_told_by_the_clock_and_a_day_by_its_date() -> None:
    ticks = time_ticks(NOON, NOON + DAY_MS)
    assert [tick.words for tick in ticks] == ["12:00", "16:00", "20:00", "13 Jun", "04:00", "08:00", "12:00"]
    assert [tick.words for tick in ticks if tick.day] == ["13 Jun"]
    assert [tick.at for tick in ticks][:2] == [0.0, 16.67]


def test_what_is_short_has_seconds_and_what_is_long_has_months() -> None:
    assert words(MINUTE_MS)[1] == "12:00:10"
    assert words(HOUR_MS)[1] == "12:10"
    assert words(9 * DAY_MS)[0] == "13 Jun"
    assert words(400 * DAY_MS)[0].endswith(" 2009")


@pytest.mark.parametrize("length", [1_000, 59_000, HOUR_MS - 1, 5 * HOUR_MS, 3 * DAY_MS, 400 * DAY_MS, 2_000 * DAY_MS])
def test_there_are_never_too_many_nor_none(length: int) -> None:
    assert 1 <= len(time_ticks(NOON + 1, NOON + 1 + length)) <= MOST_TICKS + 1


def test_every_other_tick_can_stand_down_but_no_day() -> None:
    ticks = time_ticks(NOON, NOON + DAY_MS)
    assert [tick.odd for tick in ticks] != [ticks[0].odd] * len(ticks)
    assert not [tick for tick in ticks if tick.day and tick.odd]


@pytest.mark.parametrize(
    ("most", "top", "expected"),
    [
        (0, 1.0, ["1", "0"]),
        (50, 60.0, ["60", "40", "20", "0"]),
        (74, 75.0, ["75", "50", "25", "0"]),
        (0.3, 0.3, ["0.3", "0.2", "0.1", "0"]),
        (2_900, 3_000.0, ["3,000", "2,000", "1,000", "0"]),
        (3e6, 3e6, ["3M", "2M", "1M", "0"]),
    ],
)
def test_rates_are_divided_into_round_numbers_from_zero_on(most: float, top: float, expected: list[str]) -> None:
    end, ticks = rate_ticks(most)
    assert end == pytest.approx(top)
    assert [tick.words for tick in ticks] == expected
    assert (ticks[0].at, ticks[-1].at) == (0.0, 100.0)
