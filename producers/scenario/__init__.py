"""Synthetic streams with their ground truth, written in files; see ``docs/scenarios.md``."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from producers.scenario.document import LIBRARY, SUFFIXES, ScenarioError, load, nearest
from producers.scenario.model import Scenario
from producers.scenario.reading import read

_NAMES = (
    "quiet-week",
    "tehran-2009",
    "collector-death",
    "backlog",
    "twin-outage",
    "overrun",
    "flapping",
    "copy-flood",
    "slow-fade",
    "clock-chaos",
    "poison",
)


def read_scenario(path: Path, given: Mapping[str, str] | None = None) -> Scenario:
    """Read a scenario from its file.

    Args:
        path: Of the file.
        given: Facts that replace those of the file, by name.

    Raises:
        ScenarioError: Naming everything that is wrong in it, with its place and what was expected.
    """
    return read(load(path), path.stem, given or {})


SCENARIOS: Mapping[str, Callable[..., Scenario]] = {
    name: partial(read_scenario, LIBRARY / f"{name}.yaml") for name in _NAMES
}


def is_scenario(what: str) -> bool:
    """Tell whether that is a scenario's name or file, and not an archive."""
    return what in SCENARIOS or what.endswith(SUFFIXES)


def find_scenario(what: str, given: Mapping[str, str] | None = None) -> Scenario:
    """Find a scenario by its name, or in a file of one's own.

    Args:
        what: A name, or a path that ends in ``.yaml`` or ``.yml``.
        given: Facts that replace those of the file, by name.

    Raises:
        ScenarioError: When there is none, or something in it is wrong.
    """
    if what in SCENARIOS:
        return SCENARIOS[what](given)
    if not what.endswith(SUFFIXES):
        raise ScenarioError(f"{what}: no such scenario; {nearest(what, SCENARIOS)} A file of yours ends in .yaml")
    return read_scenario(Path(what), given)


__all__ = ["SCENARIOS", "Scenario", "ScenarioError", "find_scenario", "is_scenario", "read_scenario"]
