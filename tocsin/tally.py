"""The tally of one partition: records in, exact counts per bucket out.

It decides everything line by line and by event time alone, so the same lines give the same counts however
they were cut into records, however fast they came, and however often a crash made them come again.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import astuple, replace

from tocsin.bounds import MOST_NOTICES
from tocsin.clocks import Clock, Rules
from tocsin.copies import Counted, keys_of
from tocsin.event_time import UNKNOWN, EventTime
from tocsin.masks import NO_SERIES, SeriesMasks
from tocsin.open_bucket import Meaning, OpenBucket
from tocsin.partials import Folded, Partial, Position
from tocsin.posts import (
    Heartbeat,
    Notice,
    Part,
    Post,
    Posts,
    Reject,
    RejectReason,
    control_lines,
    decode,
    reject,
)
from tocsin.reading import Matcher, Reading
from tocsin.series import is_value
from tocsin.sifting import Row, Rows, sift
from tocsin.words import hash_names

_FEW = 6  # posts, that are counted sooner one by one


class Columns(NamedTuple):
    """The posts of a record, by columns."""

    channels: Sequence[str]
    sources: Sequence[str]
    rows: Rows
    means: Meaning


RecordAt = int | Sequence[int] | None  # epoch ms: of all lines, or of each


class PartitionTally:
    """Counts the posts of one partition, from a known position on.

    Args:
        partition: Number, for the partials.
        rules: Lateness, blindness and the width of a bucket.
        matcher: Keyword groups.
        position: Where an earlier tally had come to; None at the beginning of the topic.
    """

    def __init__(self, partition: int, rules: Rules, matcher: Matcher, position: Position | None = None) -> None:
        self._partition = partition
        self._rules = rules
        self._matcher = matcher
        self._time = EventTime(rules, position)
        self._reading = Reading(matcher)
        self._series = SeriesMasks(matcher.series, position.learned if position else ())
        self._unusable: deque[Reject] = deque()  # lines around a run of posts that is being counted
        self._open: dict[int, OpenBucket] = {}
        self._counted: dict[int, Counted] = {}
        self._value = b""  # of the record that is being counted
        self._record_at: RecordAt = None
        self._reset_counters()

    @property
    def position(self) -> Position:
        """Where this tally stands: what it needs to know to go on with the next record."""
        return Position(self._time.clocks, self._time.through, self._series.learned)

    @property
    def clocks(self) -> dict[str, Clock]:
        """The clocks as they stand."""
        return self._time.clocks

    def fold(self, value: bytes, record_at: RecordAt = None, parts: Iterable[Part] | None = None) -> Folded:
        """Count one record, or several whose lines were put together: that makes no difference.

        Args:
            value: NDJSON, as on the topic.
            record_at: Kafka's timestamp of the record, epoch ms, or of the record that each line came in; bounds the
                event times of a source that sends no heartbeats. None when there is no broker.
            parts: What it says, if it has been decoded already.

        Returns:
            Partials to publish, rejects to bury, and the newest bucket that was touched.
        """
        self._value, self._record_at = value, record_at
        self._newest, self._posts = -1, 0
        self._partials: list[Partial] = []
        self._rejects: list[Reject] = []
        self._time.forget_limits()
        self._controls: list[tuple[int, bytes]] = []
        heard = counted = 0
        parts = decode(value) if parts is None else list(parts)
        columns: Columns | None = None
        for part in parts:
            if isinstance(part, Posts):
                columns = columns or self._in_columns(
                    [p for part in parts if isinstance(part, Posts) for p in part.posts]
                )
                self._on_posts(part, columns, counted)
                counted += len(part.posts)
            elif isinstance(part, Reject):
                self._unusable.append(part)
            else:
                self._refuse_before()
                self._on_control(part, heard)
                heard += 1
        self._refuse_before()
        return Folded(self._newest, self._partials, self._rejects, self._posts)

    def _on_control(self, line: Heartbeat | Notice, place: int) -> None:
        """Believe a heartbeat or a notice, or refuse it; ``place`` tells the how-manieth it is here, from 0."""
        written = self._record_at
        if not (written is None or isinstance(written, int)):
            written = self._written_at(self._control_line(place)[0])
        if refused := self._believe(line, written):
            number, data = self._control_line(place)
            self._refuse(reject(number, *refused, data))

    def _control_line(self, place: int) -> tuple[int, bytes]:
        """Look up the number and the bytes of a heartbeat or a notice; mostly nobody asks."""
        if not self._controls:
            self._controls = list(control_lines(self._value))
        return self._controls[place]

    def _believe(self, line: Heartbeat | Notice, written_at: int | None) -> tuple[RejectReason, str] | None:
        """Believe a heartbeat or a notice, or say why not."""
        if isinstance(line, Heartbeat):
            refused = self._time.hear(line, written_at)
            if refused is None:
                self._on_clock(line.at)
            return refused
        if not self._rules.trust.believes(line):
            return (
                "not_trusted",
                'field "signature": not made with TOCSIN_CONTROL_KEY; tocsin maintenance declare signs',
            )
        if len(self._notices) >= MOST_NOTICES:
            return "too_many", f"more than {MOST_NOTICES} notices at once"
        self._notices.append(replace(line, signature="") if line.signature else line)
        return None

    def _written_at(self, line: int) -> int | None:
        """Tell when the record that a line came in was written."""
        at = self._record_at
        return at if at is None or isinstance(at, int) else at[line - 1]

    def _in_columns(self, posts: Sequence[Post]) -> Columns:
        """Lay out all posts of a record by columns, of whichever runs they are."""
        if self._reading.is_full:
            for bucket in self._open.values():
                bucket.settle()  # one that nobody adds to any more would keep the whole reading until it closes
            self._reading = Reading(self._matcher)
        columns = zip(*map(astuple, posts), strict=True)
        ids, ats, sources, channels, authors, texts, langs, regions, reposts = columns
        codes = self._series.codes_of(posts, zip(channels, sources, langs, regions, reposts, strict=True))
        hashes, at = hash_names(authors), np.fromiter(ats, np.int64, len(ats))
        numbers = self._reading.numbers_of(texts)
        rows = Rows(np.arange(len(ats)), keys_of(ids, hashes), hashes, at, codes, numbers)
        return Columns(channels, sources, rows, Meaning(self._series.combinations, self._reading))

    def _on_posts(self, run: Posts, columns: Columns, begin: int) -> None:
        """Count a run of posts: those of which nothing is doubtful all at once, the others one by one.

        Args:
            run: The posts.
            columns: Of all posts of the record.
            begin: How many of them precede these.
        """
        end = begin + len(run.posts)
        doubtful = columns.rows.between(begin, end)
        if len(run.posts) > _FEW and (limits := self._time.limits(columns.sources[begin:end])):
            late, plain, doubtful = sift(doubtful, limits, self._rules.bucket_ms)
            self._note(self._late, (begin + late).tolist(), columns.channels)
            for number, rows in plain.items():
                self._posts += len(rows.keys)
                if copies := self._bucket(number).add(rows, columns.means):
                    self._posts -= len(copies.keys)
                    self._note(self._duplicates, copies.places.tolist(), columns.channels)
        for row in doubtful.each():
            place = row.place - begin
            self._refuse_before(run.lines[place])
            self._count_one(run.lines[place], run.posts[place], row, columns.means)

    def _count_one(self, line: int, post: Post, row: Row, means: Meaning) -> None:
        """Count one post, or say why it is not counted."""
        through, latest, is_implied = self._time.limit(post.source)
        if is_implied and (written := self._written_at(line)) is not None:
            latest = written + self._rules.ahead_ms
        if post.at > latest or row.code == NO_SERIES:
            self._refuse(_explain(line, post, latest, self._value))
            return
        if is_implied:
            if self._time.imply(post):
                self._on_clock(post.at)
            through = self._time.closed_to(post.source)
        number = post.at // self._rules.bucket_ms
        if number <= through:
            self._note_one(self._late, post.channel)
        elif self._bucket(number).add_one(row, means):
            self._posts += 1
        else:
            self._note_one(self._duplicates, post.channel)

    def _note(self, counts: dict[str, int], places: Iterable[int], channels: Sequence[str]) -> None:
        """Note posts that are not counted, by their channels."""
        for channel, posts in Counter([channels[place] for place in places]).items():
            self._note_one(counts, channel, posts)

    def _note_one(self, counts: dict[str, int], channel: str, posts: int = 1) -> None:
        channel = self._series.channel_of(channel)
        counts[channel] = counts.get(channel, 0) + posts

    def _on_clock(self, at: int) -> None:
        """Note that a line moved a clock: its record is held back like a post's, and buckets may close."""
        self._newest = max(self._newest, self._rules.bucket(at))
        if closed := self._time.advance():
            self._partials.append(self._close(*closed))

    def _close(self, first: int, through: int) -> Partial:
        done = {n: self._open.pop(n).close() for n in sorted(self._open) if n <= through}
        partial = Partial(
            partition=self._partition,
            first=first,
            through=through,
            clocks=self._time.clocks,
            buckets={n: closed.counts for n, closed in done.items()},
            late=dict(sorted(self._late.items())),
            duplicates=dict(sorted(self._duplicates.items())),
            rejected=self._rejected,
            notices=self._notices,
            terms={n: closed.terms for n, closed in done.items() if closed.terms},
            people={n: closed.people for n, closed in done.items()},
        )
        self._counted = {n: counted for n, counted in self._counted.items() if n > through - self._rules.horizon}
        self._reset_counters()
        return partial

    def _reset_counters(self) -> None:
        self._late: dict[str, int] = {}
        self._duplicates: dict[str, int] = {}
        self._rejected: dict[str, int] = {}
        self._notices: list[Notice] = []

    def _bucket(self, number: int) -> OpenBucket:
        self._newest = max(self._newest, number)
        if number not in self._open:
            reach = range(number - self._rules.horizon, number + self._rules.horizon + 1)
            near = tuple(self._counted.setdefault(n, set()) for n in reach)
            self._open[number] = OpenBucket(self._series, self._counted[number], near)
        return self._open[number]

    def _refuse_before(self, line: int | None = None) -> None:
        """Refuse the unusable lines before a line, or all: a line after them may close the bucket they belong to."""
        while self._unusable and (line is None or self._unusable[0].line < line):
            self._refuse(self._unusable.popleft())

    def _refuse(self, rejected: Reject) -> None:
        self._rejects.append(rejected)
        self._rejected[rejected.reason] = self._rejected.get(rejected.reason, 0) + 1


def _explain(line: int, post: Post, latest: int, value: bytes) -> Reject:
    """Say why a well-formed post is refused."""
    data = value.split(b"\n")[line - 1]
    if latest == UNKNOWN:
        return reject(line, "not_trusted", "no source that TOCSIN_SOURCES names has told the time yet", data)
    if post.at > latest:
        detail = f'field "at": {post.at} is {post.at - latest} ms beyond what its source\'s clock allows'
        return reject(line, "ahead", detail, data)
    field = "source" if is_value(post.channel) else "channel"
    return reject(line, "bad_field", f'field "{field}": expected at most 32 of a-z, 0-9, ".", "_", "-"', data)
