"""Scenarios with their ground truth, judged offline: what must ring, and that nothing else does."""

import pytest
from streams.judged import revisions_of, scores_of_many

from producers.scenario import SCENARIOS

SEEDS = range(1, 21)
ONSET_BUCKETS = 2  # within which the onset of a total cut must lie


@pytest.mark.parametrize("seed", range(1, 4))
def test_every_alert_of_the_quiet_week_would_be_false_and_there_is_none(seed: int) -> None:
    assert list(revisions_of(SCENARIOS["quiet-week"](), seed)) == []


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "quiet-week"])
def test_what_happens_is_told_and_nothing_else_is(name: str) -> None:
    total = {event.name for event in SCENARIOS[name]().truth() if event.total}
    wrong = []
    for seed, score in scores_of_many(name, SEEDS).items():
        wrong += [f"seed {seed}: missed: {words}" for words in score.missed]
        wrong += [f"seed {seed}: false: {incident}: {words}" for incident, words in score.false.items()]
        wrong += [
            f"seed {seed}: {event}: onset is off by {buckets:+.1f} buckets"
            for event, buckets in score.onset_errors.items()
            if event in total and abs(buckets) > ONSET_BUCKETS
        ]
    assert not wrong, "\n".join([f"{name}:", *wrong])
