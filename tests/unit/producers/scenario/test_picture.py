from dataclasses import replace

import pytest

from producers.scenario import SCENARIOS
from producers.scenario.parts import HOUR_MS
from producers.scenario.picture import draw


@pytest.fixture(scope="module")
def hours():
    """Six hours around the cut of the web, and of a slow clock."""
    scenario = SCENARIOS["clock-chaos"]()
    return replace(scenario, begin=scenario.begin + 41 * HOUR_MS, end=scenario.begin + 47 * HOUR_MS)


def test_the_same_scenario_gives_the_same_svg_and_another_seed_another(hours):
    one, two = draw(hours, 1, "svg"), draw(hours, 1, "svg")

    assert one.startswith(b"<?xml")
    assert one == two
    assert one != draw(hours, 2, "svg")


def test_every_channel_and_every_kind_of_truth_is_named(hours):
    picture = draw(hours, 1, "svg").decode()

    assert all(f"<!-- {channel.name}" in picture for channel in hours.channels)
    assert all(f"<!-- {kind} -->" in picture for kind in ("blind", "backlog", "outage"))
    assert "<!-- burst -->" not in picture


def test_a_png_is_drawn_too(hours):
    assert draw(hours, 1, "png").startswith(b"\x89PNG")
