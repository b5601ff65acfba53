"""One way to whatever can be played: a scenario by its name or file, an archive by its path."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from producers.archive import Format, open_archive
from producers.archive.cut import between
from producers.archive.native import NativeArchive
from producers.archive.records import Record, records_of_blocks, records_of_items
from producers.archive.timeline import timeline
from producers.items import Item
from producers.scenario import SCENARIOS, Scenario, find_scenario, is_scenario
from tocsin.clocks import Rules
from tocsin.errors import ArchiveError
from tocsin.truth import TruthFile


@dataclass(frozen=True)
class Stream:
    """Something that can be played, from its start, as often as one likes.

    Attributes:
        name: Of the scenario, or of the file.
        settings: What the pipeline should be set to for it, by name; empty if that does not matter.
        size: Bytes on disk; None for a scenario.
        done: Tells how many of them have been read.
        remarks: Tells what had to be left out, and why, once it has been read.
        begin: Epoch ms; None for an archive.
        end: Likewise.
        truth: What happens in a scenario; None for an archive, of which nobody knows.
        bounds: Event times between which it is cut, epoch ms; None where it is not.
    """

    name: str
    settings: Mapping[str, int]
    size: int | None
    done: Callable[[], int]
    remarks: Callable[[], list[str]]
    begin: int | None
    end: int | None
    truth: TruthFile | None
    _items: Callable[[], Iterable[Item]]
    _blocks: Callable[[], Iterable[bytes]] | None = None
    bounds: tuple[int | None, int | None] = (None, None)

    def items(self, rules: Rules) -> Iterator[Item]:
        """Read the stream, with the heartbeats that it lacks.

        Args:
            rules: What the pipeline is set to.

        Raises:
            ArchiveError: When an archive turns out to be damaged.
        """
        whole = timeline(self._items(), rules)
        return whole if self.bounds == (None, None) else timeline(between(whole, *self.bounds), rules)

    def records(self, rules: Rules) -> Iterator[Record]:
        """Read the same lines many at a time, for those who go through all of them as fast as they can.

        Args:
            rules: What the pipeline is set to.

        Raises:
            ArchiveError: When an archive turns out to be damaged.
        """
        if self._blocks is not None and self.bounds == (None, None):
            return records_of_blocks(self._blocks(), rules)
        return records_of_items(self.items(rules))


def open_stream(what: str, *, author_key: str | None = None, seed: int = 1, fmt: Format | None = None) -> Stream:
    """Find what is to be played.

    Args:
        what: Name of a scenario, path of a scenario's file (``.yaml``, ``.yml``), or path of an archive.
        author_key: Secret that makes pseudonyms, for archives that name real authors.
        seed: Of a scenario's noise.
        fmt: Of an archive; guessed if None.

    Raises:
        ArchiveError: When it is neither.
        ScenarioError: When something in a scenario's file is wrong.
        SettingsError: When an archive needs a key and there is none.
    """
    if is_scenario(what):
        return _of_scenario(find_scenario(what), seed)
    path = Path(what)
    if not path.exists():
        raise ArchiveError(f"{what}: no such archive, and no such scenario; scenarios are: {', '.join(SCENARIOS)}")
    archive = open_archive(path, author_key, fmt)
    return Stream(
        name=path.name,
        settings={},
        size=archive.size,
        done=lambda: archive.done,
        remarks=lambda: archive.remarks,
        begin=None,
        end=None,
        truth=None,
        _items=lambda: archive,
        _blocks=archive.blocks if isinstance(archive, NativeArchive) else None,
    )


def _of_scenario(scenario: Scenario, seed: int) -> Stream:
    return Stream(
        name=scenario.name,
        settings=scenario.settings,
        size=None,
        done=lambda: 0,
        remarks=list,
        begin=scenario.begin,
        end=scenario.end,
        truth=TruthFile(tuple(scenario.truth(seed)), scenario.name, seed, scenario.settings),
        _items=lambda: scenario.lines(seed),
    )
