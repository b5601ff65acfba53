"""Scenarios judged without servers, many seeds at once, and held against their truth."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context

from producers.scenario import SCENARIOS, Scenario
from tocsin.incidents import Incident
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.posts import MAX_LINES
from tocsin.scoring import Score, score
from tocsin.settings import load_settings


def revisions_of(scenario: Scenario, seed: int) -> Iterator[Incident]:
    """Judge a scenario with the settings that it recommends; yields each revision as it comes."""
    settings = load_settings(**scenario.settings)
    offline = Offline(settings.rules, default_lexicon(), settings.false_page_days)
    lines = (item.raw for item in scenario.lines(seed))
    while part := list(islice(lines, MAX_LINES)):
        for judgement in offline.fold(b"\n".join(part)):
            yield from judgement.revisions


def score_of(name: str, seed: int) -> Score:
    """Judge a scenario by its name, and hold what came of it against its truth."""
    scenario = SCENARIOS[name]()
    return score(revisions_of(scenario, seed), scenario.truth(seed), scenario.end, scenario.rules.bucket_ms)


def scores_of_many(name: str, seeds: range) -> dict[int, Score]:
    """Do the same for many seeds, on all cores. Children are spawned: a fork would share what threads hold."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        return dict(zip(seeds, pool.map(partial(score_of, name), seeds), strict=True))
