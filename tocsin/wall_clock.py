"""What the clock of a zone shows, and when: some times it skips, and some it shows twice."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from tocsin.zones import UnclearTimeError, city_of

Fold = Literal["first", "second"]

MINUTE_MS = 60_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(at: int, zone: tzinfo) -> datetime:
    """Tell what a clock shows at a moment, in epoch ms."""
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(zone)


def spell_local(at: int, zone: tzinfo) -> str:
    """Spell what a clock shows, with its weekday: ``Wed 2009-06-17 01:30``; seconds where there are any."""
    shown = local(at, zone)
    return shown.strftime("%a %Y-%m-%d %H:%M:%S" if shown.second else "%a %Y-%m-%d %H:%M")


def offset_minutes(at: int, zone: tzinfo) -> int:
    """Tell how far east of UTC a clock stands at a moment, in minutes, rounded down."""
    return (local(at, zone).utcoffset() or timedelta()) // timedelta(minutes=1)


def moments(shown: datetime) -> list[int]:
    """Find the moments, in epoch ms, at which the clock of its zone shows a time: none, one, or two."""
    found = {shown.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(
        (moment - _EPOCH) // timedelta(milliseconds=1)
        for moment in found
        if moment.astimezone(shown.tzinfo).replace(fold=0) == shown.replace(fold=0)
    )


def only_moment(text: str, shown: datetime, fold: Fold | None) -> int:
    """Find the one moment, in epoch ms, at which the clock of its zone shows a time.

    Args:
        text: From which it was read, for the error to quote.
        shown: The time, with its zone.
        fold: Which of two is meant.

    Raises:
        UnclearTimeError: When the clock skips it; or shows it twice, and nobody said which is meant.
    """
    found = moments(shown)
    if not found:
        raise UnclearTimeError(f'"{text}": {_gap(shown)}')
    if len(found) == 1:
        return found[0]
    if fold is None:
        first, second = (f"{local(at, UTC):%Y-%m-%dT%H:%MZ}" for at in found)
        raise UnclearTimeError(
            f'"{text}": the clocks of {_city(shown)} go back, and show {shown:%H:%M} twice: at {first} and at '
            f"{second}. Say which: --fold first or --fold second"
        )
    return found[0 if fold == "first" else 1]


def _gap(shown: datetime) -> str:
    """Say what a clock does instead of showing a time, and which times are next to it."""
    zone = shown.tzinfo or UTC
    # With the offset of afterwards the time lies before the jump, with that of before it lies behind.
    low, high = (int(shown.replace(fold=fold).timestamp()) for fold in (1, 0))
    before = local(low * 1000, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if local(middle * 1000, zone).utcoffset() == before else (low, middle)
    jump = high * 1000
    last, first = local(jump - MINUTE_MS, zone), local(jump, zone)
    stopped = last + timedelta(minutes=1)
    return (
        f"{shown:%Y-%m-%d %H:%M} does not exist in {_city(shown)}: the clocks go from {stopped:%Y-%m-%d %H:%M} to "
        f'{first:%Y-%m-%d %H:%M}. Write "{last:%Y-%m-%d %H:%M}" ({local(jump - MINUTE_MS, UTC):%Y-%m-%dT%H:%MZ}) or '
        f'"{first:%Y-%m-%d %H:%M}" ({local(jump, UTC):%Y-%m-%dT%H:%MZ})'
    )


def _city(shown: datetime) -> str:
    return city_of(str(shown.tzinfo))
