"""``overrun``: three windows on one channel, of which one is kept, one begins early, and one ends late."""

from dataclasses import replace

from producers.scenario.model import Scenario
from producers.scenario.parts import HOUR_MS, Burst, Drop
from producers.scenario.stage import at, stage
from tocsin.posts import Notice


def overrun() -> Scenario:
    """Lay out three announced interruptions. Each window is declared four hours ahead."""
    calm = stage(
        "overrun",
        "Three announced interruptions of twitter: one as announced, one that begins 25 minutes early, and one that "
        "ends 50 minutes late. Synthetic throughout.",
        hours=57,
    )
    return replace(
        calm,
        drops=(
            Drop("a window that is kept", "twitter", at(36), at(36, 45), 0.0, "on_time"),
            Drop("an early beginning", "twitter", at(40, 35), at(41, 45), 0.0, "early"),
            Drop("a late end", "twitter", at(50), at(51, 50), 0.0, "overrun"),
        ),
        bursts=(
            Burst(
                "reports on twitter",
                "twitter_down",
                at(50, 15),
                at(52),
                {"sms": 1.5, "web": 1.5},
                (),
                reports="twitter",
            ),
        ),
        notices=(
            _window("first", at(36), at(36, 45)),
            _window("second", at(41), at(42)),
            _window("third", at(50), at(51)),
        ),
    )


def _window(name: str, begin: int, end: int) -> Notice:
    return Notice("maintenance", name, "twitter", begin, end, begin - 4 * HOUR_MS, "declared")
