"""An hour of three channels, and then minutes in which nearly every verdict is due. Seeded."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tocsin.posts import Heartbeat, Notice, Post, encode

START = 1_245_000_000_000
SETTINGS = {"allowed_lateness_seconds": 1, "blind_after_seconds": 5}
CALM, CRISIS, AFTER = 4_000, 75, 420  # seconds
SOURCES = {"gateway": ("sms", 6), "stream": ("twitter", 6), "crawler": ("web", 4)}

SMS_CUT = range(CALM + 5, CALM + 45)
CRAWLER_DEAD = range(CALM + 10, CALM + 50)
WINDOW = range(CALM + 20, CALM + 40)
MAINTENANCE = range(CALM + 20, CALM + 35)
REPORTS = range(CALM + 8, CALM + 30)
FLOOD = range(CALM + 46, CALM + 56)


@dataclass(frozen=True)
class Second:
    """The lines of one second, and whether it belongs to the crisis."""

    lines: list[bytes]
    in_crisis: bool


def crisis(seed: int = 1) -> Iterator[Second]:
    """Write the stream, second by second."""
    rnd = Random(seed)
    opening = [encode([Heartbeat(source, START, (channel,))]) for source, (channel, _) in SOURCES.items()]
    yield Second(opening, in_crisis=False)
    held: list[bytes] = []
    for second in range(CALM + CRISIS + AFTER):
        at = START + second * 1000
        lines = [_notice(at)] if second == CALM else []
        for source, (channel, rate) in SOURCES.items():
            silent = (channel == "sms" and second in SMS_CUT) or (channel == "twitter" and second in MAINTENANCE)
            posts = [_post(rnd, source, channel, at, number, _text(second, number)) for number in range(rate)]
            if silent and channel == "sms":
                held += posts
            elif not silent and not (source == "crawler" and second in CRAWLER_DEAD):
                lines += posts
        if second in FLOOD:
            size = -(-len(held) // (FLOOD.stop - second))
            lines, held = lines + 2 * held[:size], held[size:]
        for source, (channel, _) in SOURCES.items():
            if not (source == "crawler" and second in CRAWLER_DEAD):
                lines.append(encode([Heartbeat(source, at + 1000, (channel,))]))
        yield Second(lines, in_crisis=CALM <= second < CALM + CRISIS)
    end = START + (CALM + CRISIS + AFTER) * 1000 + 3_000
    closing = [encode([Heartbeat(source, end, (channel,))]) for source, (channel, _) in SOURCES.items()]
    yield Second(closing, in_crisis=False)


def _notice(at: int) -> bytes:
    begin, end = (START + second * 1000 for second in (WINDOW.start, WINDOW.stop))
    return encode([Notice("maintenance", "upgrade", "twitter", begin, end, at, "declared")])


def _text(second: int, number: int) -> str:
    return "sms is down, is it only me?" if second in REPORTS and number % 2 == 0 else "tea at noon"


def _post(rnd: Random, source: str, channel: str, at: int, number: int, text: str) -> bytes:
    author = f"a{rnd.randrange(5_000)}"
    when = at + rnd.randrange(1000)
    return encode([Post(f"{at}-{number}", when, source, channel, author, text, lang=rnd.choice(("fa", "en")))])
