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
        recent = self._detector.scan.recent(row, look.bucket, self.patience(incident))
        if recent is None or not self._is_over(incident, row, recent, look):
            return None
        if not incident.cut:
            return recent.buckets
        recent = self._long_enough(incident, row, recent, look)
        if recent is None or not is_beyond(recent, _level_before(incident, recent), _spread(look, row)):
            return None
        return back_for(recent)

    def patience(self, incident: Incident) -> int:
        """Tell for how many buckets a series must be back, at least."""
        least, most = RECOVERY_MS
        noticed = min(max(incident.detected_at - incident.onset, least), most)
        return max(3, -(-noticed // self._rules.bucket_ms))

    def _long_enough(self, incident: Incident, row: int, recent: Recent, look: Look) -> Recent | None:
        """Look back further where little is missing, for it takes long to tell that it is no longer missing.

        Returns:
            A window in which the outage is over too; None if there is none yet.
        """
        wanted, needed = recent.total[1], enough_for(_level_before(incident, recent))
        if wanted >= needed:
            return recent
        most = RECOVERY_MS[1] // self._rules.bucket_ms
        longer = self._detector.scan.recent(row, look.bucket, min(math.ceil(recent.buckets * needed / wanted), most))
        return longer if longer is not None and self._is_over(incident, row, longer, look) else None

    def _is_over(self, incident: Incident, row: int, recent: Recent, look: Look) -> bool:
        if incident.detected_at > (look.bucket + 1 - recent.buckets) * self._rules.bucket_ms:
            return False  # the window reaches back to what gave the incident away
        if self._detector.scan.run[row] < recent.buckets:
            return False  # in a part of it nobody saw anything
        drift = look.expectation.drift if recent.block == 1 else look.expectation.anchor_drift
        is_over = outage_is_over if incident.cut else burst_is_over
        return is_over(recent, _spread(look, row), float(drift[row]))


def _spread(look: Look, row: int) -> float:
    return float(look.expectation.spread[row])


def _level_before(outage: Incident, recent: Recent) -> float:
    """Tell which share of what was expected an outage had left before a window."""
    came, wanted = recent.total
    return level_of(outage.observed - came, outage.expected - wanted)
