"""What the partitions hold, woven into one stream, is judged as it was in the partitions."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from streams.noisy import CHANNELS, Noisy

from producers.items import Item, item_of, read_line, route
from producers.recording.weave import Weave
from tocsin.clocks import Rules
from tocsin.judge import Judge
from tocsin.merge import ClosedBucket, Merger
from tocsin.posts import Heartbeat, Post
from tocsin.tally import PartitionTally

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
STREAMS = st.builds(
    Noisy,
    seed=st.integers(0, 10**6),
    seconds=st.integers(60, 160),
    rate=st.floats(1.0, 6.0),
    crawler_dead=st.sampled_from([(0, 0), (40, 110), (20, 10**6)]),
)
SEEDS = st.integers(0, 10**6)
START = 1_245_000_000_000

Lines = list[list[Item]]  # of each partition


class Words:
    """The least of a lexicon."""

    series = ("keyword=election", "keyword=internet")

    def match(self, texts: Sequence[str]) -> list[int]:
        return [("election" in text) | ("internet" in text) << 1 for text in texts]


def spread(items: Sequence[Item], partitions: int) -> Lines:
    """What one producer writes."""
    lines: Lines = [[] for _ in range(partitions)]
    for item in items:
        for partition in route(item, partitions):
            lines[partition].append(item)
    return lines


def woven(lines: Lines, seed: int = 0, reach: int = 10**6) -> list[Item]:
    """Weave partitions that are read in pieces, one as fast as it pleases the broker."""
    rnd, weave, left = Random(seed), Weave(len(lines), reach), [list(reversed(part)) for part in lines]
    out: list[Item] = []
    while any(left):
        open_ones = [n for n, part in enumerate(left) if part and not weave.is_full(n)]
        idle = range(len(lines)) if not open_ones else ()
        if open_ones:
            n = rnd.choice(open_ones)
            weave.add(n, [left[n].pop() for _ in range(min(rnd.randint(1, 40), len(left[n])))])
        out += weave.ready(idle)
    return out + list(weave.drain())


def closed(lines: Lines) -> list[ClosedBucket]:
    """What the pipeline makes of partitions."""
    merger, found = Merger(len(lines)), []
    for partition, part in enumerate(lines):
        tally = PartitionTally(partition, RULES, Words())
        for item in part:
            for partial in tally.fold(item.raw).partials:
                found += merger.add(partial)
    return found


def digest(buckets: Sequence[ClosedBucket]) -> str:
    judge = Judge(RULES, 365)
    for bucket in buckets:
        judge.fold(bucket)
    return judge.digest


def clocks_at_posts(items: Sequence[Item]) -> dict[bytes, list[int]]:
    """The clock of its own source by which each post is judged; those of equal posts are sorted."""
    clocks: dict[str, int] = {}
    found: dict[bytes, list[int]] = {}
    for item in items:
        if isinstance(item.line, Heartbeat):
            clocks[item.line.heartbeat] = max(item.line.at, clocks.get(item.line.heartbeat, -1))
        elif isinstance(item.line, Post):
            found.setdefault(item.raw, []).append(clocks.get(item.line.source, -1))
    return {raw: sorted(values) for raw, values in found.items()}


def data(items: Sequence[Item]) -> Counter[bytes]:
    return Counter(item.raw for item in items if not item.is_control)


@given(STREAMS, SEEDS, st.integers(1, 4))
@settings(max_examples=settings.default.max_examples // 3)
def test_what_one_producer_wrote_is_judged_alike_to_the_byte(stream: Noisy, seed: int, partitions: int) -> None:
    items = [read_line(line) for line in stream.lines()]
    lines = spread(items, partitions)
    made = woven(lines, seed)

    assert [item for item in made if item.is_control] == [item for item in items if item.is_control]
    assert data(made) == data(items)
    assert closed([made]) == closed(lines)
    assert digest(closed([made])) == digest(closed(lines))


@given(STREAMS, SEEDS, st.integers(1, 4))
@settings(max_examples=settings.default.max_examples // 3)
def test_a_producer_that_was_killed_and_began_again_changes_no_verdict(
    stream: Noisy, seed: int, partitions: int
) -> None:
    """It had come further in some partitions than in others, and begins again before the first line that was lost."""
    rnd = Random(seed)
    items = [read_line(line) for line in stream.lines()]
    lines: Lines = [[] for _ in range(partitions)]
    begin = 0
    for _ in range(rnd.randint(1, 3)):
        ends = [max(begin, rnd.randint(begin, len(items)) - rnd.randint(0, 40)) for _ in lines]
        middle = rnd.choice(ends)
        ends = [min(max(end, middle - 40), middle + 40) for end in ends]
        for partition, end in enumerate(ends):
            lines[partition] += spread(items[begin:end], partitions)[partition]
        begin = max(0, min(ends) - rnd.randint(0, 60))
    for part, mine in zip(lines, spread(items[begin:], partitions), strict=True):
        part.extend(mine)
    made = woven(lines, seed)

    assert data(made) == sum((data(part) for part in lines), Counter())
    assert_same_verdicts(made, lines)


def producer(rnd: Random, source: str, seconds: int, lags: Sequence[int] = (0, 0, 0, 3_000, 20_000)) -> list[Item]:
    """What one of several producers writes, of a source of its own that never goes blind."""
    items = [item_of(Heartbeat(source, START, (CHANNELS[source],)))]
    for second in range(seconds):
        at = START + second * 1000
        for number in range(rnd.randint(0, 4)):
            when = at + rnd.randrange(1000) - rnd.choice(lags)
            author = f"a{rnd.randrange(20)}"
            items.append(
                item_of(Post(f"{source}-{at}-{number}", when, source, CHANNELS[source], author, "night and roof"))
            )
        if rnd.random() < 0.05:
            items.append(read_line(b"{broken %d" % rnd.randrange(10**9)))
        items.append(item_of(Heartbeat(source, at + 1000, (CHANNELS[source],))))
    end = START + seconds * 1000 + 10_000
    return [*items, *(item_of(Heartbeat(source, at, (CHANNELS[source],))) for at in (end, end + 10_000))]


def mixed(producers: Sequence[list[Item]], partitions: int, rnd: Random, skew: float) -> Lines:
    """Mix producers in each partition anew: they may be so many seconds apart."""
    lines: Lines = []
    for parts in zip(*(spread(items, partitions) for items in producers), strict=True):
        timed: list[tuple[float, Item]] = []
        for part in parts:
            due = 0.0
            for item in part:
                if isinstance(item.line, Heartbeat) and item.line.at > START:  # until then a source is not waited for
                    due = max(due, item.line.at + rnd.uniform(0, skew) * 1000)
                timed.append((due, item))
        lines.append([item for _, item in sorted(timed, key=lambda entry: entry[0])])
    return lines


@given(SEEDS, st.integers(1, 4), st.integers(1, 3), st.floats(0, 8))
@settings(max_examples=settings.default.max_examples // 3)
def test_posts_of_several_producers_are_judged_by_the_clocks_of_their_partition(
    seed: int, partitions: int, writers: int, skew: float
) -> None:
    rnd = Random(seed)
    producers = [producer(rnd, source, 60) for source in list(CHANNELS)[:writers]]
    lines = mixed(producers, partitions, rnd, skew)
    made = woven(lines, seed)

    assert data(made) == sum((data(part) for part in lines), Counter())
    for items in producers:
        heartbeats = [item for item in items if isinstance(item.line, Heartbeat)]
        assert [item for item in made if item in heartbeats] == heartbeats, "each once, and in their order"
    expected: dict[bytes, list[int]] = {}
    for part in lines:
        for raw, clocks in clocks_at_posts(part).items():
            expected[raw] = sorted(expected.get(raw, []) + clocks)
    assert clocks_at_posts(made) == expected

    assert_same_verdicts(made, lines)


@given(SEEDS, st.integers(1, 4), st.integers(2, 3), st.floats(0, 0.9))
@settings(max_examples=settings.default.max_examples // 5)
def test_several_producers_within_a_heartbeat_of_each_other_lead_to_the_same_digest_if_nothing_is_late(
    seed: int, partitions: int, writers: int, skew: float
) -> None:
    rnd = Random(seed)
    producers = [producer(rnd, source, 60, lags=(0,)) for source in list(CHANNELS)[:writers]]
    lines = mixed([[item for item in items if item.line] for items in producers], partitions, rnd, skew)

    assert digest(closed([woven(lines, seed)])) == digest(closed(lines))


def assert_same_verdicts(made: list[Item], lines: Lines) -> None:
    here, there = closed([made]), closed(lines)
    assert [counted(bucket) for bucket in here] == [counted(bucket) for bucket in there]
    for count in ("late", "duplicates", "rejected"):
        assert total(here, count) == total(there, count)


def counted(bucket: ClosedBucket) -> tuple[int, dict[str, tuple[int, int, int]]]:
    """The counts of a bucket, without what came late or twice: that is told when it comes, not when it was written."""
    return bucket.bucket, {name: n for name, n in bucket.counts.items() if not name.startswith("backlog=")}


def total(buckets: Sequence[ClosedBucket], count: str) -> Counter[str]:
    return sum((Counter(getattr(bucket, count)) for bucket in buckets), Counter())


@given(STREAMS, SEEDS, st.integers(2, 4), st.integers(20, 200))
@settings(max_examples=settings.default.max_examples // 5)
def test_partitions_that_begin_later_lose_nothing_that_is_there(
    stream: Noisy, seed: int, partitions: int, reach: int
) -> None:
    rnd = Random(seed)
    lines = [
        part[rnd.randint(0, len(part) // 2) :] for part in spread(list(map(read_line, stream.lines())), partitions)
    ]
    made = woven(lines, seed, reach)

    assert data(made) == sum((data(part) for part in lines), Counter())
    for item in {item.raw for part in lines for item in part if item.is_control}:
        most = max(sum(other.raw == item for other in part) for part in lines)
        assert sum(other.raw == item for other in made) >= most


@given(STREAMS, SEEDS)
@settings(max_examples=settings.default.max_examples // 5)
def test_posts_in_a_partition_that_begins_later_do_not_come_before_its_beginning(stream: Noisy, seed: int) -> None:
    whole, late = spread(list(map(read_line, stream.lines())), 2)
    late = late[Random(seed).randint(0, len(late)) :]
    made = woven([whole, late], seed)
    clocks, expected = clocks_at_posts(made), clocks_at_posts(late)

    assert all(clock <= max(clocks[raw]) for raw, found in expected.items() for clock in found)
    assert all(-1 not in clocks[raw] for raw in expected), "its first posts stand just before its first heartbeat"


@given(SEEDS, st.integers(1, 4), st.integers(10, 60))
@settings(max_examples=settings.default.max_examples // 5)
def test_a_source_without_heartbeats_loses_no_line_and_keeps_the_order_of_each_partition(
    seed: int, partitions: int, reach: int
) -> None:
    rnd = Random(seed)
    at = (START + second * 300 + rnd.randrange(300) for second in range(200))
    items = [item_of(Post(str(n), when, "bare", "web", f"a{rnd.randrange(9)}", "roof")) for n, when in enumerate(at)]
    lines = spread(items, partitions)
    made = woven(lines, seed, reach)

    assert data(made) == data(items)
    for part in lines:
        mine = {item.raw for item in part}
        assert [item for item in made if item.raw in mine] == part
    if reach > len(items):
        assert made == items
