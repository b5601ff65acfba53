"""Two hours in which one channel of two falls silent for ten minutes, while its collector lives on. Seeded."""

from random import Random

from tocsin.posts import Heartbeat, Post, encode

SOURCES = {"gateway": "sms", "stream": "twitter"}
START = 1_245_000_000_000
SECONDS, SILENT = 7_200, (5_400, 6_000)


def silence(seed: int = 3) -> list[bytes]:
    """All lines, in order."""
    rnd = Random(seed)
    lines = [encode([Heartbeat(source, START, (channel,))]) for source, channel in SOURCES.items()]
    for second in range(SECONDS):
        for source, channel in SOURCES.items():
            if channel == "sms" and SILENT[0] <= second < SILENT[1]:
                continue
            for number in range(2 + (rnd.random() < 0.5)):
                post = Post(
                    id=f"{second}-{number}",
                    at=START + second * 1000 + rnd.randrange(1000),
                    source=source,
                    channel=channel,
                    author=f"a{rnd.randrange(500)}",
                    text="tea at noon",
                    lang=rnd.choice(("fa", "en")),
                )
                lines.append(encode([post]))
        lines += [encode([Heartbeat(s, START + (second + 1) * 1000, (c,))]) for s, c in SOURCES.items()]
    end = START + SECONDS * 1000 + 8_000
    return lines + [encode([Heartbeat(source, end, (channel,))]) for source, channel in SOURCES.items()]
