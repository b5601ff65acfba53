"""A ratio that regresses is named, and nothing else is."""

from pathlib import Path

import pytest

from bench.peers.kept import Ratios, fallen, keep, load

KEPT = Ratios(costs={"worker": 10.0, "tally": 6.0}, leads={"Quix": 2.0, "Bytewax": 1.5})


def test_the_same_ratios_are_no_regression() -> None:
    assert not list(fallen(KEPT, KEPT))


def test_what_got_better_is_no_regression() -> None:
    assert not list(fallen(KEPT, Ratios({"worker": 2.0, "tally": 1.0}, {"Quix": 9.0, "Bytewax": 9.0, "new": 0.1})))


@pytest.mark.parametrize(("worker", "named"), [(10.9, []), (11.1, ["worker"])])
def test_a_step_that_costs_more_than_the_tolerance_allows_is_named(worker: float, named: list[str]) -> None:
    found = list(fallen(KEPT, Ratios({**KEPT.costs, "worker": worker}, KEPT.leads), tolerance=0.1))
    assert [line.partition(":")[0] for line in found] == named


@pytest.mark.parametrize(("quix", "named"), [(1.81, []), (1.79, ["Quix"])])
def test_a_lead_that_shrinks_by_more_than_the_tolerance_is_named(quix: float, named: list[str]) -> None:
    found = list(fallen(KEPT, Ratios(KEPT.costs, {**KEPT.leads, "Quix": quix}), tolerance=0.1))
    assert [line.partition(":")[0] for line in found] == named


def test_what_was_not_measured_is_named() -> None:
    found = list(fallen(KEPT, Ratios({"tally": 6.0}, {"Quix": 2.0})))
    assert [line.partition(":")[0] for line in found] == ["worker", "Bytewax"]


def test_ratios_are_kept_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    keep(path, Ratios({"worker": 10.004}, {"Quix": 2.0}))
    assert load(path) == Ratios({"worker": 10.0}, {"Quix": 2.0})
