"""``tehran-2009``: nine days of June 2009, around the Iranian presidential election.

What happened, and when, follows the press and the measurements of the time, named beside each figure of
:class:`Tehran2009`. Where they disagree the disagreement is a parameter, and its default says whom it follows.

**Synthetic**, since no source gives it: the posts themselves, the daily rhythm, the noise, posts per minute of each
burst and its exact hours, the share of photo links, languages and regions by channel, how much of the web channel was
left after the collapse and for how long, and the hour at which maintenance was declared, moved, and first planned.

Two traps are kept. The service announced its window as "2-3 pm PST (1:30 am in Iran)", yet only PDT, 21:00 UTC, fits:
a literal reading is an hour late. And the network's collapse is dated four hours apart by Arbor and by Renesys.
"""

from dataclasses import dataclass, replace

from producers.scenario.model import Scenario
from producers.scenario.parts import HOUR_MS, MINUTE_MS, Burst, Drop, utc_ms
from producers.scenario.people import TEHRAN_OFFSET_MINUTES, channels
from producers.scenario.texts import TAGS
from tocsin.maintenance import Planned
from tocsin.posts import Notice

_TEHRAN = {"tehran": 0.7, "isfahan": 0.06, "shiraz": 0.05, "tabriz": 0.04, "mashhad": 0.05, "abroad": 0.1}
_ABROAD = {"tehran": 0.15, "abroad": 0.85}


def _june(day: int, hour: int = 0, minute: int = 0) -> int:
    return utc_ms(2009, 6, day, hour, minute)


@dataclass(frozen=True)
class Tehran2009:
    """What sources say, and where they disagree. Times in epoch ms (UTC).

    Attributes:
        sms_cut: 11 June 19:30, shortly before local midnight (Breaking Tweets, quoted by textually.org). RFE/RL has
            the early hours of 12 June.
        collapse: 13 June 13:30 (Arbor, from traffic). Renesys, from routes, has its peak at 17:48.
        collapse_hours: Arbor sees "hours"; Renesys half back within minutes and all within one. Synthetic.
        collapse_left: Share of the web channel that remains, synthetic: a tenth. Traffic fell from 5 Gb/s to near
            zero, and stood under 1 for hours (Arbor). With much more left, what people write of the protests on the
            web makes up for half of the loss.
        phones_cut: Tehran's mobile network, 13 June in the evening (News24); the hour is synthetic. Calls are not
            collected, so that only reports tell of it.
        phones_hours: For how long people report it. Synthetic.
        first_window: 16 June 04:45, the night of 15 June in California (Softpedia, AP); the minute is synthetic.
        first_window_minutes: 90 (Softpedia).
        moved_window: 16 June 21:00 (AFP, TechCrunch). A literal "2 pm PST" would be 22:00.
        moved_window_minutes: 60, as announced (TechCrunch).
        interruption: When the service really stopped: 16 June 21:00 (AFP).
        interruption_minutes: About half of the hour that was announced (AFP).
        volume: 1 is about 400,000 posts in nine days, for a laptop. Sources differ by ten: 4,300 posts an hour on
            average (Web Ecology), 22,500 in the peak hour (Wandren PD), 221,744 in the peak hour (Trendrr).
    """

    sms_cut: int = _june(11, 19, 30)
    collapse: int = _june(13, 13, 30)
    collapse_hours: int = 7
    collapse_left: float = 0.1
    phones_cut: int = _june(13, 16)
    phones_hours: int = 7
    first_window: int = _june(16, 4, 45)
    first_window_minutes: int = 90
    moved_window: int = _june(16, 21)
    moved_window_minutes: int = 60
    interruption: int = _june(16, 21)
    interruption_minutes: int = 30
    volume: float = 1.0


def tehran_2009(facts: Tehran2009 | None = None) -> Scenario:
    """Lay out the scenario.

    Args:
        facts: Whom to believe; the defaults if None.
    """
    facts = facts or Tehran2009()
    return Scenario(
        name="tehran-2009",
        description="June 2009: an election, protests, an SMS cut that no notice announced, a network that collapses, "
        "and a maintenance window that the crowd moved. Synthetic posts on documented events.",
        begin=_june(8),
        end=_june(17),
        utc_offset_minutes=TEHRAN_OFFSET_MINUTES,
        channels=channels(facts.volume),
        bursts=_bursts(facts),
        drops=_drops(facts),
        notices=_notices(facts),
    )


def _drops(facts: Tehran2009) -> tuple[Drop, ...]:
    stopped = facts.interruption + facts.interruption_minutes * MINUTE_MS
    announced = facts.moved_window + facts.moved_window_minutes * MINUTE_MS
    planned: Planned = "on_time"
    if facts.interruption < facts.moved_window:
        planned = "early"
    elif stopped > announced:
        planned = "overrun"
    return (
        Drop("SMS cut nationwide", "sms", facts.sms_cut, _june(17), 0.0, "unannounced"),
        Drop(
            "network collapse",
            "web",
            facts.collapse,
            facts.collapse + facts.collapse_hours * HOUR_MS,
            facts.collapse_left,
            "unannounced",
        ),
        Drop("maintenance", "twitter", facts.interruption, stopped, 0.0, planned),
    )


def _notices(facts: Tehran2009) -> tuple[Notice, ...]:
    first, moved = facts.first_window, facts.moved_window
    declared = (first, first + facts.first_window_minutes * MINUTE_MS)
    final = (moved, moved + facts.moved_window_minutes * MINUTE_MS)
    name = "upgrade-june-2009"
    return (
        Notice("maintenance", name, "twitter", *declared, _june(15, 18), "declared"),
        Notice("maintenance", name, "twitter", *final, _june(15, 23, 30), "moved"),
    )


def _bursts(facts: Tehran2009) -> tuple[Burst, ...]:
    def burst(
        name: str,
        topic: str,
        when: tuple[int, int],
        rates: tuple[float, float],
        series: tuple[str, ...],
        photo_share: float = 0.03,
    ) -> Burst:
        twitter, web = (rate * facts.volume for rate in rates)
        regions = _ABROAD if topic in {"broadcaster", "maintenance"} else _TEHRAN
        return Burst(name, topic, *when, {"twitter": twitter, "web": web}, series, photo_share, regions)

    # Day after day of it, a channel is used to surges: that twitter must ring is said of the first and of the greatest.
    twitter, protest = "channel=twitter", "keyword=protest"
    election, photo = "keyword=election", "media=photo"
    censorship, internet = "keyword=censorship", "keyword=internet"
    sms_cut = burst("reports of the SMS cut", "sms_cut", (_june(11, 20), _june(12, 4)), (3, 0.5), ())
    blocked = burst("sites blocked", "censorship", (_june(12, 5), _june(12, 15)), (5, 1), (censorship,))
    network = burst("network complaints", "internet_cut", (_june(13, 14), _june(13, 22)), (6, 1), (internet,))
    evening = (facts.phones_cut, facts.phones_cut + facts.phones_hours * HOUR_MS)
    phones = burst("phones cut", "telephone_cut", evening, (5, 1), ())
    gunfire = burst("gunfire", "violence", (_june(15, 15), _june(15, 21)), (12, 2), ("keyword=violence",), 0.25)
    bursts = (
        replace(sms_cut, reports="sms"),
        burst("election day", "election", (_june(12, 4), _june(12, 20)), (11, 4), (election,)),
        replace(blocked, may=("report=web",)),
        burst("the result", "election", (_june(12, 21), _june(13, 6)), (26, 6), (election, twitter)),
        burst("first protests", "protest", (_june(13, 9), _june(13, 20)), (22, 2), (protest,), 0.12),
        replace(network, reports="internet"),
        replace(phones, reports="telephone", may=(internet,)),
        burst("#cnnfail", "broadcaster", (_june(13, 20), _june(14, 6)), (12, 0), ("keyword=broadcaster",)),
        burst("arrests", "arrest", (_june(13, 22), _june(14, 8)), (6, 1), ("keyword=arrest",)),
        burst("protests go on", "protest", (_june(14, 11), _june(14, 19)), (19, 5), (protest,), 0.12),
        burst("rally", "protest", (_june(15, 11, 30), _june(15, 18)), (40, 8), (protest, twitter, photo), 0.3),
        replace(gunfire, may=("keyword=medical",)),
        burst("#nomaintenance", "maintenance", (_june(15, 19), _june(16)), (22, 0), ("keyword=maintenance",)),
        burst("second rally", "protest", (_june(16, 12), _june(16, 19)), (36, 8), (protest, photo), 0.25),
    )
    return tuple(_tagged(one) for one in bursts)


def _tagged(burst: Burst) -> Burst:
    """Allow for the tag of the election: whoever uses it speaks of the election, whatever else the post is about."""
    if "#iranelection" not in TAGS[burst.topic]:
        return burst
    return replace(burst, may=(*burst.may, "keyword=election"))
