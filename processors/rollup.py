"""Rolling counts: posts per series by minute and by hour, as absolute values."""

from collections.abc import Iterator

from tocsin.keys import HOUR_MS, MINUTE_MS
from tocsin.masks import Counts

Sums = dict[str, int]


class Rollup:
    """The running minute and hour.

    Args:
        bucket_ms: Width of a bucket; a resolution that is not coarser is left out, for the bucket serves it.
    """

    def __init__(self, bucket_ms: int) -> None:
        self._bucket_ms = bucket_ms
        self.spans = tuple(span for span in (MINUTE_MS, HOUR_MS) if span > bucket_ms)
        self._running: dict[int, tuple[int, Sums]] = {}

    def resume(self, span: int, start: int, sums: Sums) -> None:
        """Take over what an earlier worker had counted of a running span."""
        self._running[span] = (start, sums)

    def start_of(self, span: int, bucket: int) -> int:
        """Tell when the minute or hour that a bucket belongs to began, epoch ms."""
        return bucket * self._bucket_ms // span * span

    def add(self, bucket: int, counts: Counts) -> Iterator[tuple[int, int, Sums]]:
        """Add a bucket.

        Yields:
            Of each span: its length and start in ms, and the new totals of the series that the bucket holds.
        """
        for span in self.spans:
            start = self.start_of(span, bucket)
            began, sums = self._running.get(span, (start, {}))
            if began != start:
                sums = {}
            for name, (posts, _, _) in counts.items():
                sums[name] = sums.get(name, 0) + posts
            self._running[span] = (start, sums)
            yield span, start, {name: sums[name] for name in counts}
