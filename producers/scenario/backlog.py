"""``backlog``: an SMS gateway that was cut for a day comes back, with all that it held."""

from dataclasses import replace

from producers.scenario.model import Scenario
from producers.scenario.parts import Backlog, Burst, Drop
from producers.scenario.stage import at, stage


def backlog() -> Scenario:
    """Lay out a cut of a day, and the flood of old and repeated messages that follows it.

    July 2009 is the model: when SMS came back after some twenty days, weeks-old messages came with it, many of them
    twice (The Register). All figures are synthetic.
    """
    cut, back = at(36), at(60)
    calm = stage(
        "backlog",
        "Text messages are cut for a day while their gateway lives. Then they are back, and with them a flood of old "
        "messages and copies, which is no burst. Synthetic throughout.",
        hours=67,
    )
    return replace(
        calm,
        drops=(Drop("SMS cut for a day", "sms", cut, back, 0.0, "unannounced"),),
        bursts=(
            Burst("reports of the cut", "sms_cut", at(36, 20), at(42), {"twitter": 3, "web": 0.5}, (), reports="sms"),
        ),
        backlogs=(
            Backlog(
                "old messages",
                "sms",
                begin=at(60, 5),
                end=at(62),
                oldest=cut,
                newest=at(57),
                per_minute=45,
                copies=0.4,
            ),
        ),
    )
