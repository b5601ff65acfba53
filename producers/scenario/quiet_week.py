"""``quiet-week``: four days of a week, Thursday to Sunday, on which nothing happens."""

from producers.scenario.model import Scenario
from producers.scenario.parts import DAY_MS, utc_ms
from producers.scenario.people import TEHRAN_OFFSET_MINUTES, channels


def quiet_week(days: int = 4, volume: float = 1.0) -> Scenario:
    """Lay out days on which every alert is false.

    Args:
        days: How many, from Thursday, 14 May 2009 on.
        volume: Multiplies every level.
    """
    begin = utc_ms(2009, 5, 14)
    return Scenario(
        name="quiet-week",
        description=f"{days} days of a quiet week: day and night, the day of rest, and nothing else. "
        "Every alert is false. Synthetic throughout.",
        begin=begin,
        end=begin + days * DAY_MS,
        utc_offset_minutes=TEHRAN_OFFSET_MINUTES,
        channels=channels(volume),
    )
