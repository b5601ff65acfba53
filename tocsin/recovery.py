"""Recovery: when an incident may be closed, and since when its series has been itself again."""

import math

from tocsin.clocks import Rules
from tocsin.detect.detector import Detector, Look
from tocsin.detect.recovery import (
    Recent,
    back_for,
    burst_is_over,
    enough_for,
    is_beyond,
    level_of,
    outage_is_over,
)
from tocsin.incidents import Incident

# A series must be back for as long as it took to notice that it was gone, within these bounds: a shorter look
# proves nothing at a low rate, and flapping would ring again and again.
RECOVERY_MS = (300_000, 6 * 3_600_000)


class Recovery:
    """Tells whether incidents of counted series are over.

    Args:
        rules: Width of a bucket.
        detector: Whose rows they are on.
    """

    def __init__(self, rules: Rules, detector: Detector) -> None:
        self._rules = rules
        self._detector = detector

    def back_for(self, incident: Incident, look: Look) -> int | None:
        """Tell for how many buckets a series has been back; None while nobody can be sure that it is.

        Args:
            incident: Up to date with the bucket that was looked at.
            look: What the detector saw of it.
        """
        row = self._detector.rows[incident.series]
        recent, level = self._lately(incident, row, look.bucket)
        if recent is None or not self._is_over(incident, row, recent, level, look):
            return None
        return back_for(recent) if incident.cut else recent.buckets

    def patience(self, incident: Incident) -> int:
        """Tell for how many buckets a series must be back, at least."""
        least, most = RECOVERY_MS
        noticed = min(max(incident.detected_at - incident.onset, least), most)
        return max(3, -(-noticed // self._rules.bucket_ms))

    def _lately(self, incident: Incident, row: int, bucket: int) -> tuple[Recent | None, float]:
        """Look back for long enough to tell whether a series is back; and which share came before that."""
        recent = self._detector.scan.recent(row, bucket, self.patience(incident))
        if recent is None or not incident.cut:
            return recent, 0.0
        level = _level_before(incident, recent)
        wanted, needed = recent.total[1], enough_for(level)
        if 0 < wanted < needed:  # the less is missing, the longer it takes to tell that it is no longer missing
            most = RECOVERY_MS[1] // self._rules.bucket_ms
            longer = min(math.ceil(recent.buckets * needed / wanted), most)
            recent = self._detector.scan.recent(row, bucket, longer)
            level = _level_before(incident, recent) if recent else level
        return recent, level

    def _is_over(self, incident: Incident, row: int, recent: Recent, level: float, look: Look) -> bool:
        if incident.detected_at > (look.bucket + 1 - recent.buckets) * self._rules.bucket_ms:
            return False  # the window reaches back to what gave the incident away
        if self._detector.scan.run[row] < recent.buckets:
            return False  # in a part of it nobody saw anything
        drift = look.expectation.drift if recent.block == 1 else look.expectation.anchor_drift
        errors = float(look.expectation.spread[row]), float(drift[row])
        if not incident.cut:
            return burst_is_over(recent, *errors)
        return is_beyond(recent, level, errors[0]) and outage_is_over(recent, *errors)


def _level_before(outage: Incident, recent: Recent) -> float:
    """Tell which share of what was expected an outage had left before a window."""
    came, wanted = recent.total
    return level_of(outage.observed - came, outage.expected - wanted)
