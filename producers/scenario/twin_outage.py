"""``twin-outage``: two channels of three fall, and somebody announces maintenance on the third."""

from dataclasses import replace

from msgspec import structs

from producers.scenario.model import Scenario
from producers.scenario.parts import Burst, Drop
from producers.scenario.stage import at, stage
from tocsin.posts import Notice
from tocsin.truth import Truth


def twin_outage() -> Scenario:
    """Lay out two outages that begin together and end hours apart, and a window that would have left nothing.

    The web falls ten minutes after SMS, so that it is known which of them was the second. People speak of trouble with
    it before that, which is a burst of reports at first, and then evidence.
    """
    calm = stage(
        "twin-outage",
        "SMS and web fall together, SMS returns after four hours, the web after eight. Meanwhile somebody announces "
        "maintenance of twitter, the last channel, and thinks better of it. Synthetic throughout.",
        hours=50,
    )
    declared = Notice("maintenance", "upgrade-may-2009", "twitter", at(43), at(44), at(37), "declared")
    cancelled = structs.replace(declared, at=at(39), state="cancelled")
    return replace(
        calm,
        drops=(
            Drop("SMS falls", "sms", at(36), at(40), 0.0, "unannounced"),
            Drop("the web falls too", "web", at(36, 10), at(44), 0.0, "unannounced"),
        ),
        bursts=(
            Burst("reports on SMS", "sms_cut", at(36, 20), at(39), {"twitter": 3}, (), reports="sms"),
            Burst("reports on the web", "web_down", at(35), at(42), {"twitter": 5}, (), reports="web"),
        ),
        notices=(declared, cancelled),
        also=(
            Truth(
                "maintenance of the last channel",
                "exposed",
                ("channel=twitter",),
                begin=declared.at,
                end=cancelled.at,
                critical=True,
            ),
        ),
    )
