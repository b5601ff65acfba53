"""What would have been seen: one run over a stream, and how it fares against what is true."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from tocsin.course import Course
from tocsin.incidents import Incident, to_record
from tocsin.judge import Judgement
from tocsin.scoring import Score, score
from tocsin.truth import Truth

_DAY_MS = 86_400_000


class Recorder:
    """Keeps of a run what a report needs: its incidents, and its course in a bounded number of points.

    Args:
        bucket_ms: Width of a bucket.
    """

    def __init__(self, bucket_ms: int) -> None:
        self.course = Course(bucket_ms)
        self.revisions: list[Incident] = []

    def fold(self, judgement: Judgement) -> None:
        """Take in what one bucket led to."""
        self.course.add(judgement.look)
        self.revisions += judgement.revisions


@dataclass(frozen=True)
class Run:
    """A stream as it was judged with some settings.

    Attributes:
        settings: What was chosen, by name.
        bucket_ms: Width of a bucket.
        digest: Of all counts and incidents.
        totals: Posts, and what became of the others, by name.
        course: Of the stream.
        incidents: The last state of each, by onset.
        score: Against the truth; None where nobody knows it.
    """

    settings: Mapping[str, Any]
    bucket_ms: int
    digest: str
    totals: Mapping[str, int]
    course: Course
    incidents: list[Incident]
    score: Score | None

    @property
    def begin(self) -> int:
        """Epoch ms."""
        return self.course.begin

    @property
    def end(self) -> int:
        """Epoch ms."""
        return (self.course.last + 1) * self.bucket_ms

    @property
    def days(self) -> float:
        """How long the stream is."""
        return max(self.end - self.begin, self.bucket_ms) / _DAY_MS

    @property
    def pages(self) -> int:
        """How many incidents would have woken somebody."""
        return sum(incident.pages for incident in self.incidents)

    @property
    def measures(self) -> dict[str, float | int | None]:
        """What two runs are compared by; None where it cannot be said."""
        measures: dict[str, float | int | None] = {
            "incidents": sum(incident.kind != "term" for incident in self.incidents),
            "pages": self.pages,
            "pages a day": round(self.pages / self.days, 3),
            "terms": sum(incident.kind == "term" for incident in self.incidents),
        }
        if self.score is not None:
            delays = [buckets * self.bucket_ms / 1000 for buckets in self.score.delays.values()]
            measures |= {
                "recall": round(self.score.recall, 4),
                "precision": round(self.score.precision, 4),
                "missed": len(self.score.missed),
                "false alarms": len(self.score.false),
                "false alarms a day": round(len(self.score.false) / self.days, 3),
                "false pages": self.score.false_pages,
                "median delay, s": median(delays) if delays else None,
                "longest delay, s": max(delays) if delays else None,
            }
        return measures

    def to_record(self) -> dict[str, Any]:
        """Spell the run for programs; times in epoch ms."""
        record = {
            "settings": dict(self.settings),
            "digest": self.digest,
            "begin": self.begin,
            "end": self.end,
            "totals": dict(sorted(self.totals.items())),
            "measures": self.measures,
            "incidents": [to_record(incident) for incident in self.incidents],
        }
        if self.score is not None:
            record |= {
                "missed": self.score.missed,
                "false": self.score.false,
                "onset_errors_buckets": self.score.onset_errors,
                "delays_buckets": self.score.delays,
            }
        return record


def held(recorder: Recorder, events: tuple[Truth, ...] | None, bucket_ms: int) -> Score | None:
    """Hold a recorded run against what is true; None where nobody knows.

    Args:
        recorder: That saw all of it.
        events: What is true.
        bucket_ms: Width of a bucket.
    """
    if events is None:
        return None
    return score(recorder.revisions, events, (recorder.course.last + 1) * bucket_ms, bucket_ms)
