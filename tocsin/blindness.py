"""Incidents of the kind ``blind``: collectors that have died, so that nobody knows what their channels say."""

from collections.abc import Callable, Sequence
from typing import Any

from tocsin import series as names
from tocsin.casebook import Casebook
from tocsin.clocks import Rules
from tocsin.merge import ClosedBucket

# A collector that comes and goes is one incident: it must be back for so long.
BACK_MS = 300_000


class Blindness:
    """Opens and closes incidents of blind sources.

    A source that sends heartbeats is blind as soon as they are missing. Of one that sends none only its posts tell that
    it lives, so its silence is told once it lasts longer than chance allows: until then it is merely unobserved.

    Args:
        rules: Width of a bucket.
        book: Where incidents are kept.
    """

    def __init__(self, rules: Rules, book: Casebook) -> None:
        self._rules = rules
        self._book = book
        self._back: dict[str, int] = {}  # by series: the bucket since which a source is back that was blind
        self._missed: dict[str, int] = {}  # by source without heartbeats: posts expected of it since, in 1/1024

    def fold(
        self,
        closed: ClosedBucket,
        blind: Sequence[str],
        channels_of: Callable[[str], Sequence[str]],
        expected: Callable[[str], int],
        enough: float,
    ) -> None:
        """Take in the next bucket.

        Args:
            closed: The one after the last.
            blind: Sources that did not cover it.
            channels_of: Tells the channels of a source.
            expected: Tells how many posts were expected of a source in it, in 1/1024.
            enough: Posts that must be missing before a source without heartbeats is told to be blind. Where so many
                are expected, chance brings none with a probability of exp(-enough).
        """
        self._missed = {source: missed for source, missed in self._missed.items() if source in blind}
        silent = {}
        for source in blind:
            if closed.clocks[source].implied:
                self._missed[source] = self._missed.get(source, 0) + expected(source)
                if self._missed[source] < enough * 1024:
                    continue
            silent[names.series("source", names.value_or_other(source))] = source
        begin = closed.bucket * self._rules.bucket_ms
        for incident in self._book.of_kind("blind"):
            if incident.series in silent:
                self._back.pop(incident.series, None)
                continue
            since = self._back.setdefault(incident.series, closed.bucket)
            if (closed.bucket + 1 - since) * self._rules.bucket_ms >= BACK_MS:
                self._book.end(incident, self._back.pop(incident.series) * self._rules.bucket_ms)
        for series, source in silent.items():
            if self._book.find("blind", series) is None:
                channels = tuple(channels_of(source))
                # The bucket had to wait for this source, until the others had left it behind for good.
                known = max(begin + self._rules.bucket_ms, *(clock.at for clock in closed.clocks.values()))
                onset = closed.clocks[source].at
                self._book.begin("blind", series, onset, detected_at=known, channels=channels)

    def snapshot(self) -> dict[str, Any]:
        """Write the state down, without what the book holds."""
        return {"back": self._back, "missed": self._missed}

    def restore(self, state: dict[str, Any]) -> None:
        """Read back what :meth:`snapshot` wrote."""
        self._back, self._missed = dict(state["back"]), dict(state["missed"])
