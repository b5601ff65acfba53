from dataclasses import replace

import pytest

from producers.scenario import SCENARIOS
from producers.scenario.expected import posts
from producers.scenario.parts import HOUR_MS
from tocsin.posts import Post


@pytest.mark.parametrize(
    ("name", "first", "hours"), [("quiet-week", 0, 12), ("flapping", 35, 4), ("backlog", 58, 5), ("copy-flood", 35, 3)]
)
def test_as_many_posts_are_expected_as_come(name, first, hours):
    scenario = SCENARIOS[name]()
    begin = scenario.begin + first * HOUR_MS
    part = replace(scenario, begin=begin, end=begin + hours * HOUR_MS)
    written = sum(isinstance(item.line, Post) for item in part.lines())

    assert posts(part) == pytest.approx(written, rel=0.08)


def test_what_a_dead_collector_does_not_see_is_not_expected():
    scenario = SCENARIOS["collector-death"]()
    returned = SCENARIOS["collector-death"]({"returns": "60m"})

    assert posts(returned) > posts(scenario) + 4_000
