"""How far a collector may vouch for its source: the event time up to which it has written all there was.

Two things are known. A server tells events in their order, but for a small allowance: so whatever is older than the
newest event has come. And it answers: what it had told before its answer has come before it. Its clock is not ours,
though, and what it tells takes its time. So a lag is kept, the most by which an event came later by our clock than it
happened by the server's; an answer to a question asked at ``t`` vouches up to ``t`` less the lag.
"""

_GENERATION_MS = 30_000


class Lag:
    """The most by which events came later than they happened, in the last 30 to 60 seconds of a connection."""

    def __init__(self) -> None:
        self._current: int | None = None
        self._previous: int | None = None
        self._began = 0

    def add(self, lag: int, now: int) -> None:
        """Note how much later than it happened an event came, in ms, at ``now``, epoch ms of our clock."""
        if self._current is None or now - self._began >= _GENERATION_MS:
            self._previous, self._current, self._began = self._current, lag, now
        else:
            self._current = max(self._current, lag)

    @property
    def most(self) -> int | None:
        """Milliseconds, negative where our clock is slow; None as long as nothing is known."""
        if self._current is None:
            return None
        return self._current if self._previous is None else max(self._previous, self._current)


class Voucher:
    """Tells up to what event time everything has come.

    Args:
        allowance_ms: How much older than the newest event one that follows may be.
        newest: The newest event of an earlier run, epoch ms.
    """

    def __init__(self, allowance_ms: int, newest: int | None = None) -> None:
        self._allowance = allowance_ms
        self.newest = newest
        self._lag = Lag()
        self._answered: int | None = None

    def open(self) -> None:
        """Begin a connection. What was known of the lag is void: this server may have another clock, or a backlog."""
        self._lag = Lag()
        self._answered = None

    def on_event(self, at: int, now: int) -> None:
        """Note an event that the server saw at ``at``, and we at ``now``; both epoch ms."""
        self.newest = at if self.newest is None else max(self.newest, at)
        self._lag.add(now - at, now)

    def on_clock(self, at: int, now: int) -> None:
        """Note that the server's clock showed ``at`` or later, and ours showed ``now``, without anything happening."""
        self._lag.add(now - at, now)

    def on_answer(self, asked: int) -> None:
        """Note that the server answered something that we asked at a time, epoch ms of our clock."""
        self._answered = asked if self._answered is None else max(self._answered, asked)

    @property
    def through(self) -> int | None:
        """Event time, epoch ms, up to which everything has come; None if nothing is known."""
        told = self.newest
        most = self._lag.most
        if self._answered is not None and most is not None:
            told = self._answered - most if told is None else max(told, self._answered - most)
        return None if told is None else max(0, told - self._allowance)
