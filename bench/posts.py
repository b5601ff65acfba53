"""A stream for measuring: ordinary posts of the scenarios' people, as dense as a busy day, in full records."""

import re
from dataclasses import replace
from itertools import count
from string import ascii_lowercase

from producers.scenario import SCENARIOS
from tocsin.posts import MAX_LINES

SECONDS = 120
VOCABULARY, _STRIDE = 20_000, 7_919  # which have no common factor, so that neighbours differ in more than a letter
SETTINGS = {"bucket_seconds": 5, "allowed_lateness_seconds": 2, "blind_after_seconds": 30, "ahead_seconds": 60}


def records(volume: float = 6_000.0, lines: int = MAX_LINES) -> list[bytes]:
    """Make two minutes of posts with a heartbeat a second, cut into records.

    Args:
        volume: How many times denser than the scenario's ordinary life.
        lines: Lines per record.

    Returns:
        Records, for a single partition.
    """
    quiet = SCENARIOS["quiet-week"]({"volume": str(volume)})
    begin = quiet.begin + 12 * 3_600_000  # noon, when people write most
    dense = replace(
        quiet,
        begin=begin,
        end=begin + SECONDS * 1000,
        heartbeat_seconds=1,
        settings=SETTINGS,
        flaws=replace(quiet.flaws, broken=0.0),  # the decoder alone, to which all is compared, would choke on them
    )
    raw = [item.raw for item in dense.lines(seed=1)]
    return [b"\n".join(raw[at : at + lines]) for at in range(0, len(raw), lines)]


def varied(values: list[bytes]) -> list[bytes]:
    """Give each text one more word, out of a large vocabulary: now hardly one of them repeats another.

    Args:
        values: Records, as from :func:`records`.
    """
    numbers = count()

    def word(begin: re.Match[bytes]) -> bytes:
        number, letters = next(numbers) * _STRIDE % VOCABULARY, b"b"
        for _ in range(4):
            number, letter = divmod(number, len(ascii_lowercase))
            letters += ascii_lowercase[letter].encode()
        return begin[0] + letters + b" "

    return [re.sub(rb'"text":"', word, value) for value in values]
