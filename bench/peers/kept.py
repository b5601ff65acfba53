"""The ratios that were measured and kept, and which of today's fell behind them. Seconds are never compared.

All ratios are of one run: what Tocsin costs beside the decoder alone, and what the others cost beside Tocsin.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

TOLERANCE = 0.15  # of a ratio: two runs of the same worker have differed by 0.08


class Ratios(Struct, frozen=True):
    """Ratios of one run, by the name of what was measured.

    Attributes:
        costs: CPU time of Tocsin over that of the decoder alone: they must not rise.
        leads: CPU time of another over Tocsin's: they must not fall.
    """

    costs: dict[str, float]
    leads: dict[str, float]


def fallen(kept: Ratios, now: Ratios, tolerance: float = TOLERANCE) -> Iterator[str]:
    """Name what has become worse, or was not measured any more.

    Args:
        kept: Ratios that hold.
        now: Those of this run.
        tolerance: What share of a ratio may be lost.

    Yields:
        A line for each, with both ratios.
    """
    for name, was in kept.costs.items():
        yield from _lost(name, was, now.costs.get(name), "times decode", tolerance)
    for name, was in kept.leads.items():
        yield from _lost(name, was, now.leads.get(name), "times Tocsin", -tolerance)


def _lost(name: str, was: float, found: float | None, unit: str, allowed: float) -> Iterator[str]:
    """Compare one ratio; how far it may move from what it was has the sign of the direction that is worse."""
    if found is None:
        yield f"{name}: not measured; it was {was:.2f} {unit}"
    elif (found / was - 1 - allowed) * allowed > 0:
        yield f"{name}: {found:.2f} {unit}; it was {was:.2f}, and may be {was * (1 + allowed):.2f}"


def load(path: Path) -> Ratios:
    """Read what was kept."""
    return msgspec.json.decode(path.read_bytes(), type=Ratios)


def keep(path: Path, ratios: Ratios) -> None:
    """Keep ratios, rounded to what they can tell."""
    rounded = {
        kind: {name: round(ratio, 2) for name, ratio in getattr(ratios, kind).items()} for kind in ("costs", "leads")
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rounded), indent=2) + b"\n")
