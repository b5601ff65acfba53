"""Looks at Redis for all browsers at once, and reads only what is new."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from dashboards.live.look import Choice, Look, Sheet, drawn
from dashboards.live.spans import Stretch, fitting, stretch
from dashboards.live.watch import Freshness, Watch
from dashboards.model import Status
from dashboards.reader import Reader
from tocsin.errors import TocsinError, UnavailableError
from tocsin.incidents import Incident

SELDOM_S = 5.0  # which series there are, and how much memory Redis holds, may be so old

Wish = tuple[str, str]  # a span and a dimension


@dataclass(frozen=True)
class Scene:
    """All that browsers want to see, as of one moment.

    Attributes:
        look: What is stored, or was when Redis last answered.
        fresh: Whether it still holds.
        address: Of Redis.
        now: Wall clock, epoch ms.
        sheets: What charts show, by span and dimension.
    """

    look: Look
    fresh: Freshness
    address: str
    now: int
    sheets: Mapping[Wish, tuple[Sheet, Stretch]] = field(default_factory=dict)


class Lookout:
    """Reads one deployment again and again. Not for several threads at a time.

    Args:
        reader: Of the deployment.
        monotonic: A clock that never goes back, in seconds.
        wall: The wall clock, in seconds since 1970.
    """

    def __init__(
        self, reader: Reader, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._reader = reader
        self._monotonic = monotonic
        self._wall = wall
        self._watch = Watch(monotonic())
        self._look = Look()
        self._known: dict[str, int] = {}
        self._read_seldom: float | None = None
        self._sheets: dict[Wish, tuple[Sheet, Stretch]] = {}

    def look(self, choices: Iterable[Choice]) -> Scene:
        """Read what is new, and all that is needed to show the choices."""
        at, now = self._monotonic(), round(self._wall() * 1000)
        try:
            self._read(at, now, choices)
        except TocsinError as error:
            self._watch = self._watch.on_trouble(at, str(error))
        return Scene(self._look, self._fresh(at, now), self._reader.address, now, dict(self._sheets))

    def _fresh(self, at: float, now: int) -> Freshness:
        status = self._look.status
        return self._watch.fresh(at, now, status.bucket_ms / 1000 if status else 0.0)

    def _read(self, at: float, now: int, choices: Iterable[Choice]) -> None:
        before, status = self._look.status, self._reader.status()
        if status is None or (before and (status.closed < before.closed or status.revisions < before.revisions)):
            self._look, self._sheets, self._read_seldom = Look(), {}, None  # another stream has begun
            before = None
        if status is not None and status != before:
            self._look = replace(
                self._look,
                status=status,
                incidents=self._incidents(before),
                channels=self._reader.channels(),
                windows=tuple(self._reader.windows()),
            )
        self._watch = self._watch.on_look(at, status.closed_through if status else None)
        if status is not None:
            self._read_what_changes_seldom(status, at)
            self._read_sheets(status, choices, self._fresh(at, now), now)

    def _incidents(self, before: Status | None) -> dict[str, Incident]:
        """Read anew what lasts, and what the log says has changed; what is over stays as it is."""
        if before is None:
            return {incident.id: incident for incident in self._reader.incidents()}
        known = self._look.incidents
        lasting = {incident.id for incident in known.values() if incident.closed_at is None}
        changed = {revision.id for revision in self._reader.revisions(before.revisions)}
        return known | {incident.id: incident for incident in self._reader.incidents(sorted(lasting | changed))}

    def _read_what_changes_seldom(self, status: Status, at: float) -> None:
        if self._read_seldom is not None and at - self._read_seldom < SELDOM_S:
            return
        self._known = self._reader.series()
        self._look = replace(self._look, volumes=self._reader.volumes(status), memory=self._memory())
        self._read_seldom = at

    def _memory(self) -> int | None:
        try:
            return self._reader.server().get("used_memory")
        except UnavailableError:
            raise
        except TocsinError:  # whoever may only read keys may not ask for this
            return None

    def _read_sheets(self, status: Status, choices: Iterable[Choice], fresh: Freshness, now: int) -> None:
        auto = fitting(status, fresh.pace, now)
        sheets: dict[Wish, tuple[Sheet, Stretch]] = {}
        for choice in choices:
            wish = choice.span, choice.dimension
            if wish not in sheets:
                shown = stretch(status, auto if choice.span == "auto" else choice.span)
                series, left_out = drawn(self._known, self._look.volumes, choice.dimension)
                sheets[wish] = self._sheet(status, Sheet(series, left_out), shown, self._sheets.get(wish)), shown
        self._sheets = sheets

    def _sheet(self, status: Status, wanted: Sheet, shown: Stretch, before: tuple[Sheet, Stretch] | None) -> Sheet:
        kept = []
        if before is not None:
            sheet, seen = before
            alike = (seen.by, seen.step, sheet.series) == (shown.by, shown.step, wanted.series)
            if alike and sheet.rows and sheet.rows[0].at <= shown.begin:
                kept = [row for row in sheet.rows if shown.begin <= row.at and row.at + shown.step <= seen.end]
        begin = kept[-1].at + shown.step if kept else shown.begin
        starts = range(begin, shown.end, shown.step)
        rows = self._reader.rows(status, wanted.series, shown.by, starts, kept=bool(kept))
        return replace(wanted, rows=(*kept, *rows))
