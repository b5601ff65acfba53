"""Scenarios with their ground truth, judged offline: what must ring, and that nothing else does."""

import pytest
from streams.judged import revisions_of, scores_of_many

from producers.scenario import SCENARIOS

# `make bench` takes twenty seeds, and fifty of quiet weeks.
SEEDS = pytest.mark.parametrize("seeds", [range(1, 3), pytest.param(range(3, 9), marks=pytest.mark.nightly)])
QUIET = pytest.mark.parametrize("seeds", [range(1, 2), pytest.param(range(2, 5), marks=pytest.mark.nightly)])
ONSET_BUCKETS = 2  # within which the onset of a total cut must lie


@QUIET
def test_every_alert_of_the_quiet_week_would_be_false_and_there_is_none(seeds: range) -> None:
    assert {seed: score.false for seed, score in scores_of_many("quiet-week", seeds).items() if score.wrong} == {}


def test_copies_are_a_burst_and_a_few_accounts_are_told_from_a_crowd() -> None:
    scenario = SCENARIOS["copy-flood"]()
    last = {incident.id: incident for incident in revisions_of(scenario, 1)}.values()
    bursts = [incident for incident in last if incident.series == "channel=twitter"]
    many, few = ({i.kind for i in last if f.begin - 120_000 <= i.onset < f.end} for f in scenario.floods)

    assert [incident.kind for incident in bursts] == ["burst", "burst"]
    assert bursts[0].peak_authors > 0.9 * bursts[0].peak
    assert bursts[1].peak_authors < 0.6 * bursts[1].peak
    assert (many, few) == ({"burst", "term"}, {"burst"})


@SEEDS
@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "quiet-week"])
def test_what_happens_is_told_and_nothing_else_is(name: str, seeds: range) -> None:
    total = {event.name for event in SCENARIOS[name]().truth() if event.total}
    wrong = []
    for seed, score in scores_of_many(name, seeds).items():
        wrong += [f"seed {seed}: missed: {words}" for words in score.missed]
        wrong += [f"seed {seed}: false: {incident}: {words}" for incident, words in score.false.items()]
        wrong += [
            f"seed {seed}: {event}: onset is off by {buckets:+.1f} buckets"
            for event, buckets in score.onset_errors.items()
            if event in total and abs(buckets) > ONSET_BUCKETS
        ]
    assert not wrong, "\n".join([f"{name}:", *wrong])
