"""The three channels that the Iranian scenarios share, and the people on them.

The shape of the population follows Web Ecology's count of 2,024,166 posts (59.3% of authors wrote once, 14.1% of all
posts; the top tenth wrote 65.5%; a quarter are reposts). Rhythm, levels, languages by channel, regions and the share
of photo links are **synthetic**: no source gives them.
"""

from producers.scenario.parts import Authors, Channel

TEHRAN_OFFSET_MINUTES = 270  # UTC+4:30, summer time of 2009

# By local hour, from midnight; deepest at 4, two humps, mean about 1. Night keeps more than half of the average, so
# that a night's silence is still a silence.
_RHYTHM = (
    *(0.98, 0.84, 0.74, 0.68, 0.66, 0.68, 0.74, 0.84, 0.94, 1.02, 1.08, 1.12),
    *(1.14, 1.14, 1.10, 1.08, 1.08, 1.10, 1.14, 1.20, 1.26, 1.28, 1.22, 1.10),
)
_WEEKDAYS = (1.0, 1.0, 1.0, 1.0, 0.92, 0.98, 1.0)  # Friday is the day of rest
_REGIONS = {"tehran": 0.46, "isfahan": 0.12, "shiraz": 0.1, "tabriz": 0.08, "mashhad": 0.1, "abroad": 0.14}
_ABROAD = {"tehran": 0.42, "isfahan": 0.05, "shiraz": 0.04, "tabriz": 0.03, "mashhad": 0.04, "abroad": 0.42}
_ORDINARY = {"everyday": 0.86, "election": 0.06, "internet": 0.03, "protest": 0.02, "censorship": 0.02, "arrest": 0.01}


def channels(volume: float) -> tuple[Channel, ...]:
    """Lay out the channels ``twitter``, ``sms`` and ``web``.

    Args:
        volume: Multiplies every level.
    """
    authors = Authors(once_share=0.1, regulars=int(26_000 * volume) + 100, skew=5)
    return (
        Channel(
            name="twitter",
            sources={"twitter-stream": 1.0},
            per_minute=13 * volume,
            rhythm=_RHYTHM,
            weekdays=_WEEKDAYS,
            langs={"en": 0.56, "fa": 0.34, "fr": 0.1},
            regions=_ABROAD,
            topics=_ORDINARY,
            authors=authors,
        ),
        Channel(
            name="sms",
            sources={"sms-gateway": 1.0},
            per_minute=12 * volume,
            rhythm=_RHYTHM,
            weekdays=_WEEKDAYS,
            langs={"fa": 0.94, "en": 0.06},
            regions={**_REGIONS, "abroad": 0.0},
            topics=_ORDINARY,
            authors=authors,
            photo_share=0.0,
            repost_share=0.08,
            hashtags=False,
        ),
        Channel(
            name="web",
            sources={"web-crawler": 1.0},
            per_minute=6 * volume,
            rhythm=_RHYTHM,
            weekdays=_WEEKDAYS,
            langs={"fa": 0.6, "en": 0.25, "fr": 0.15},
            regions=_REGIONS,
            topics=_ORDINARY,
            authors=authors,
            repost_share=0.1,
            hashtags=False,
        ),
    )
