"""When an incident is over: on the judge itself, since it takes a detector, a book and a stream to tell."""

import numpy as np
import pytest

from tocsin.clocks import Clock, Rules
from tocsin.incidents import Incident
from tocsin.judge import Judge
from tocsin.merge import ClosedBucket

WIDTH = 60_000
RULES = Rules(bucket_ms=WIDTH, lateness_ms=2_000, blind_ms=120_000, ahead_ms=60_000)
FIRST = 1_245_024_000_000 // WIDTH
CALM, LENGTH = 36 * 60, 300


def told(left: list[float], rate: float = 12.0, seed: int = 1) -> list[Incident]:
    """Judge a day and a half of calm, and then minutes in which so much of a channel is left."""
    rng, judge, found = np.random.default_rng(seed), Judge(RULES, 365), dict[str, Incident]()
    for number, level in enumerate([*[1.0] * CALM, *left]):
        posts = int(rng.poisson(rate * level))
        counts = {"channel=sms": (posts, posts, 0), "posts": (posts, posts, 0)} if posts else {}
        clocks = {"gateway": Clock((FIRST + number + 1) * WIDTH + RULES.lateness_ms, channels=("sms",))}
        for revision in judge.fold(ClosedBucket(FIRST + number, counts, clocks)).revisions:
            found[revision.id] = revision
    return [incident for incident in found.values() if incident.kind == "outage"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("minutes", [3, 4])
def test_what_is_down_and_up_every_few_minutes_is_one_outage(minutes: int, seed: int) -> None:
    flapping = [float(number // minutes % 2) for number in range(120)]
    (outage,) = told([*flapping, *[1.0] * 60], seed=seed)
    assert outage.closed_at is not None
    assert abs(outage.closed_at // WIDTH - FIRST - CALM - 120) <= 6


@pytest.mark.parametrize("seed", range(6))
def test_a_loss_of_three_quarters_does_not_end_before_it_is_over(seed: int) -> None:
    (outage,) = told([*[0.25] * LENGTH, *[1.0] * 90], rate=6.0, seed=seed)
    assert outage.closed_at is not None
    assert abs(outage.closed_at // WIDTH - FIRST - CALM - LENGTH) <= 10


@pytest.mark.parametrize("seed", range(4))
def test_a_channel_that_returns_with_two_thirds_for_good_is_back(seed: int) -> None:
    outages = told([*[0.0] * LENGTH, *[0.65] * 600], rate=20.0, seed=seed)
    assert outages[0].closed_at is not None
