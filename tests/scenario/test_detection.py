"""The detector on simulated series, from fixed seeds: it keeps quiet where nothing happens, and sees what does.

How often and how fast is measured in bench/detection; here, that it has not become blind or nervous.
"""

import math

import numpy as np
import pytest

from tocsin.detect.baseline import Ints
from tocsin.detect.detector import Detector

MINUTE, DAY, SERIES = 60_000, 1_440, 60
THRESHOLD = math.log(1_000 * DAY)  # one false alarm in 1,000 series-days, on each side
LEARN = 8 * DAY
CUT = LEARN + DAY // 2


def world(rate: float, days: int, seed: int = 1) -> Ints:
    """Count series with a daily rhythm, slow noise of a tenth, and over-dispersed counts: (buckets, series)."""
    rng = np.random.default_rng(seed)
    buckets, memory = days * DAY, math.exp(-1 / 60)
    at = np.arange(buckets)[:, None]
    noise = np.zeros((buckets, SERIES))
    steps = rng.normal(0, 0.1 * math.sqrt(1 - memory**2), (buckets, SERIES))
    for bucket in range(1, buckets):
        noise[bucket] = memory * noise[bucket - 1] + steps[bucket]
    rhythm = 0.6 * np.sin(2 * np.pi * (at / DAY + rng.random(SERIES)))
    return rng.poisson(rate * np.exp(rhythm + noise) * rng.gamma(10, 0.1, (buckets, SERIES)))


def alarms(counts: Ints) -> tuple[Ints, Ints]:
    """Tell when each series first rang after the days to learn from, for a burst and for an outage; -1 for never."""
    detector = Detector(MINUTE)
    detector.admit(f"series={number:03}" for number in range(SERIES))
    yes = np.ones(SERIES, np.bool_)
    burst, outage = np.full(SERIES, -1), np.full(SERIES, -1)
    for bucket, observed in enumerate(counts):
        look = detector.look(bucket, observed, yes)
        up, down = look.found.up >= THRESHOLD, look.found.down >= THRESHOLD
        if bucket >= LEARN:
            burst[up & (burst < 0)] = bucket
            outage[down & (outage < 0)] = bucket
        detector.learn(look, ~(up | down))
    return burst, outage


@pytest.mark.parametrize("rate", [0.5, 5.0, 50.0])
def test_nothing_rings_where_nothing_happens(rate: float) -> None:
    burst, outage = alarms(world(rate, 11))
    assert (burst >= 0).sum() + (outage >= 0).sum() == 0


@pytest.mark.parametrize(("rate", "left", "minutes"), [(5.0, 0.0, 12), (5.0, 0.2, 45), (50.0, 0.2, 10)])
def test_every_channel_that_falls_silent_or_nearly_so_is_found_soon(rate: float, left: float, minutes: int) -> None:
    counts = world(rate, 9)
    counts[CUT:] = np.random.default_rng(2).binomial(counts[CUT:], left)
    burst, outage = alarms(counts)
    assert (burst < 0).all()
    delays = outage - CUT
    assert (delays >= 0).all(), "one was missed, or rang before anything had happened"
    assert delays.max() < minutes


def test_a_loss_of_half_is_found_in_every_channel_and_mostly_within_the_hour() -> None:
    counts = world(50.0, 9)
    counts[CUT:] = np.random.default_rng(2).binomial(counts[CUT:], 0.5)
    _, outage = alarms(counts)
    assert (outage >= CUT).all()
    assert np.median(outage - CUT) < 60


def test_a_surge_to_threefold_is_found_in_every_series_and_never_taken_for_an_outage() -> None:
    counts = world(5.0, 9)
    counts[CUT:] *= 3
    burst, outage = alarms(counts)
    assert (outage < 0).all()
    assert (burst >= CUT).all()
    assert (burst - CUT).max() < 45
