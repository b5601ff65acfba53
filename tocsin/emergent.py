"""Incidents of emergent terms: when a word becomes news, and when it is over.

An emergent term wakes nobody: that people talk of something is a lead, not a state of the world, and the surge of a
series that is watched for itself pages already. Where there is one, it is the parent.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from tocsin import series as names
from tocsin.crowds import WINDOW
from tocsin.detect.terms import Emergent, TermDetector
from tocsin.incidents import Incident
from tocsin.merge import ClosedBucket

THRESHOLD = 16.0  # nats: a word is news from here on
RELEASE = 8.0  # nats: it stays news down to here
PATIENCE = 4 * WINDOW  # buckets below that, in a row, after which it is over
MOST_OPEN = 50  # at a time: a few people with many words must not fill what is kept for ever


class EmergentTerms:
    """Folds closed buckets into incidents of the kind ``term``.

    Args:
        bucket_ms: Width of a bucket in milliseconds.

    Attributes:
        open: Those that last, by word.
        untold: How many words of the last bucket were news and found no room.
    """

    def __init__(self, bucket_ms: int) -> None:
        self._bucket_ms = bucket_ms
        self._detector = TermDetector()
        self._last_news: dict[str, int] = {}  # by word: the last bucket whose window was above RELEASE
        self.open: dict[str, Incident] = {}
        self.untold = 0

    def fold(self, closed: ClosedBucket, bursts: Sequence[Incident]) -> list[Incident]:
        """Take in the next bucket.

        Args:
            closed: The one after the last.
            bursts: Those that last, the widest first; the first that began before a term was known explains it.

        Returns:
            New states of incidents, in order.
        """
        people = closed.counts.get(names.TOTAL, (0, 0, 0))[1]
        found = {emergent.word: emergent for emergent in self._detector.look(people, closed.terms, RELEASE)}
        revisions: list[Incident] = []
        for word in list(self.open):
            self._follow(word, closed.bucket, found.get(word), revisions)
        news = [e for word, e in found.items() if word not in self.open and e.score >= THRESHOLD]
        news.sort(key=lambda emergent: (-emergent.score, emergent.word))
        room = MOST_OPEN - len(self.open)
        self.untold = max(0, len(news) - room)
        for emergent in news[:room]:
            self._begin(closed.bucket, emergent, revisions)
        for word, incident in self.open.items():
            parent = next((burst.id for burst in bursts if burst.onset < incident.detected_at), None)
            if incident.parent is None and parent is not None:
                self._explain(word, parent, revisions)
        return revisions

    def _begin(self, bucket: int, emergent: Emergent, revisions: list[Incident]) -> None:
        onset, series = (bucket + 1 - WINDOW) * self._bucket_ms, names.series("term", emergent.word)
        incident = Incident(
            id=f"term:{series}:{onset}",
            revision=1,
            kind="term",
            series=series,
            onset=onset,
            detected_at=(bucket + 1) * self._bucket_ms,
            expected=round(emergent.expected, 3),
            observed=emergent.window,
            peak=emergent.authors,
            peak_authors=emergent.authors,
            score=round(emergent.score, 1),
        )
        self.open[emergent.word] = incident
        self._last_news[emergent.word] = bucket
        revisions.append(incident)

    def _follow(self, word: str, bucket: int, emergent: Emergent | None, revisions: list[Incident]) -> None:
        """Bring an open incident up to date, and close it once its word has been ordinary for a while."""
        incident = self.open[word]
        if emergent is not None:
            self._last_news[word] = bucket
            self.open[word] = replace(
                incident,
                expected=round(incident.expected + emergent.expected / WINDOW, 3),
                observed=incident.observed + emergent.authors,
                peak=max(incident.peak, emergent.authors),
                peak_authors=max(incident.peak_authors, emergent.authors),
                score=max(incident.score, round(emergent.score, 1)),
            )
        elif bucket - self._last_news[word] >= PATIENCE:
            end = (self._last_news.pop(word) + 1) * self._bucket_ms
            revisions.append(replace(self.open.pop(word), closed_at=end, revision=incident.revision + 1))

    def _explain(self, word: str, parent: str, revisions: list[Incident]) -> None:
        """Give an incident its parent: in its first revision, if that is being made just now."""
        incident = self.open[word]
        if incident in revisions:
            self.open[word] = revisions[revisions.index(incident)] = replace(incident, parent=parent)
        else:
            self.open[word] = replace(incident, parent=parent, revision=incident.revision + 1)
            revisions.append(self.open[word])

    def snapshot(self) -> dict[str, Any]:
        """Write the whole state down."""
        return {"detector": self._detector.snapshot(), "last_news": self._last_news, "open": self.open}

    def restore(self, state: dict[str, Any]) -> None:
        """Read back what :meth:`snapshot` wrote."""
        self._detector.restore(state["detector"])
        self._last_news = dict(state["last_news"])
        self.open = msgspec.convert(state["open"], dict[str, Incident])
