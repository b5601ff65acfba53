"""The stage of the small scenarios: a few calm days in May 2009, to which each of them adds what happens."""

from producers.scenario.model import Scenario
from producers.scenario.parts import HOUR_MS, MINUTE_MS, utc_ms
from producers.scenario.people import TEHRAN_OFFSET_MINUTES, channels

_BEGIN = utc_ms(2009, 5, 17)  # a Sunday: no day of rest is near
_VOLUME = 0.9  # 12 posts a minute on twitter, 11 by sms, 5 on the web


def at(hours: int, minutes: int = 0) -> int:
    """Tell the moment so long after the beginning, in epoch ms."""
    return _BEGIN + hours * HOUR_MS + minutes * MINUTE_MS


def stage(name: str, description: str, hours: int) -> Scenario:
    """Lay out hours on which nothing happens yet.

    Args:
        name: Of the scenario.
        description: One sentence.
        hours: How long it lasts.
    """
    return Scenario(
        name=name,
        description=description,
        begin=at(0),
        end=at(hours),
        utc_offset_minutes=TEHRAN_OFFSET_MINUTES,
        channels=channels(_VOLUME),
    )
