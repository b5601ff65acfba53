"""Who is believed: which sources may tell the time, and which notices may declare maintenance.

A source that may tell the time can make event time go on, and so blind all others; a notice can excuse an outage. Both
are lines like any other, and whoever can write to the topic can write them. So a deployment names its sources, and has
a key without which nobody can make a notice. Both are settings, the same for all workers, so that every worker decides
alike. A name is no proof: who may write at all is for the broker to say.

References:
    Krawczyk, Bellare and Canetti, "HMAC: keyed-hashing for message authentication", RFC 2104, 1997.
"""

import hmac
from dataclasses import dataclass, field

from msgspec.structs import replace

from tocsin.posts import Notice, encode


@dataclass(frozen=True, slots=True)
class Trust:
    """What a deployment believes.

    Attributes:
        sources: That may tell the time; empty for any.
        key: That signs notices; empty where none is needed.
    """

    sources: frozenset[str] = frozenset()
    key: bytes = field(default=b"", repr=False)

    def tells_time(self, source: str) -> bool:
        """Tell whether a source may move its clock."""
        return not self.sources or source in self.sources

    def sign(self, notice: Notice) -> Notice:
        """Sign a notice; as it is where no key is set."""
        return replace(notice, signature=self._signature(notice)) if self.key else notice

    def believes(self, notice: Notice) -> bool:
        """Tell whether a notice was signed with the key, or needs no signature."""
        return not self.key or hmac.compare_digest(notice.signature.encode(), self._signature(notice).encode())

    def _signature(self, notice: Notice) -> str:
        """Sign all that a notice says. Its newest ``at`` holds, so to send an old one again changes nothing."""
        return hmac.new(self.key, encode((replace(notice, signature=""),)), "sha256").hexdigest()


ANYBODY = Trust()
