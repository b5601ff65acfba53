"""What a row of a series is told depends on it and the rows before it alone, and points the right way."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.counts_csv import BACK_MS, Row
from tocsin.detect.scores import Scored, Scores
from tocsin.grid import Grid
from tocsin.rating import Rating

STEP_MS = 120_000
# Mostly the next row in time; now and then one twice, early, late, after a gap, or from before a clock was put back.
STEPS = st.sampled_from([*[STEP_MS] * 12, 0, STEP_MS - 40_000, STEP_MS + 40_000, 4 * STEP_MS, 30 * STEP_MS, -STEP_MS])
VALUES = st.none() | st.integers(0, 60) | st.sampled_from([500, 10**6, 10**12])
WIDTHS = st.sampled_from([STEP_MS, 3 * STEP_MS])


def rows_of(steps: list[int], values: list[int | None]) -> list[Row]:
    at_ms = newest = 1_245_081_600_000
    rows = []
    for step, value in zip(steps, values, strict=False):
        at_ms = max(at_ms + step, newest - BACK_MS)
        newest = max(newest, at_ms)
        rows.append(Row(2, str(at_ms), str(value), at_ms, value, rounded=False))
    return rows


def rate(rows: list[Row], width_ms: int, *, zero: bool) -> list[tuple[Row, Scored]]:
    rating = Rating(Grid(width_ms, STEP_MS, 7000), Scores(width_ms, 365), zero=zero)
    return [(one.row, one.scored) for row in rows for one in rating.fold(row) if one.row is not None]


@given(
    st.lists(STEPS, min_size=20, max_size=80),
    st.lists(VALUES, min_size=80, max_size=80),
    WIDTHS,
    st.booleans(),
    st.data(),
)
@settings(max_examples=settings.default.max_examples // 5)
def test_cutting_a_file_short_changes_no_earlier_row(
    steps: list[int], values: list[int | None], width_ms: int, zero: bool, data: st.DataObject
) -> None:
    rows = rows_of(steps, values)
    whole = rate(rows, width_ms, zero=zero)
    assert [row for row, _ in whole] == rows
    assert all(0 <= score <= 1 for _, scored in whole for score in (scored.burst, scored.outage))
    assert all(0 <= scored.lower <= scored.expected <= scored.upper for _, scored in whole)

    cut = data.draw(st.integers(0, len(rows)))
    assert rate(rows[:cut], width_ms, zero=zero) == whole[:cut]


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.05, 3.0, 50.0, 3e6]),
    st.integers(5, 150),
    st.lists(st.integers(0, 400) | st.integers(0, 10**12), min_size=2, max_size=6),
)
@settings(max_examples=settings.default.max_examples // 5)
def test_a_larger_last_value_never_lowers_the_burst_nor_raises_the_outage(
    seed: int, rate: float, length: int, last: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    pattern = rng.choice([0.0, 0.4, 1.0, 5.0], size=length, p=[0.1, 0.1, 0.7, 0.1])
    history: list[int | None] = [*rng.poisson(rate * pattern).tolist()]
    history[length // 3] = None
    scores = Scores(STEP_MS, 365)
    for bucket, value in enumerate(history):
        scores.score(bucket, value)

    scored = [scores.score(length, value) for value in sorted(last)]
    assert [one.burst for one in scored] == sorted(one.burst for one in scored)
    assert [one.outage for one in scored] == sorted((one.outage for one in scored), reverse=True)
