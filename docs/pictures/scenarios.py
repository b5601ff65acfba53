"""Draws the pictures of ``docs/scenarios.md``. Run: ``python docs/pictures/scenarios.py``."""

from pathlib import Path

from producers.scenario import SCENARIOS
from producers.scenario.picture import draw

NAMES = ("copy-flood", "slow-fade", "clock-chaos", "poison")


def main() -> None:
    """Draw each scenario with seed 1."""
    folder = Path(__file__).with_name("scenarios")
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        (folder / f"{name}.svg").write_bytes(draw(SCENARIOS[name](), 1, "svg"))


if __name__ == "__main__":
    main()
