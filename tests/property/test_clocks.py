"""Event time never goes back, and neither the order of sources nor disorder within bounds changes a count."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.clocks import Clock, Rules, blind_sources, on_heartbeat, watermark
from tocsin.merge import ClosedBucket, Merger
from tocsin.posts import Heartbeat, Post, encode
from tocsin.tally import PartitionTally

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
CLOCKS = st.dictionaries(st.sampled_from("abcd"), st.builds(Clock, at=st.integers(0, 200_000)), min_size=1)
SOURCES = {"gateway": "sms", "stream": "twitter", "crawler": "web"}


class NoWords:
    series = ()

    def match(self, texts: Sequence[str]) -> list[int]:
        return [0] * len(texts)


def line(kind: int, source: str, at: int, author: int) -> Post | Heartbeat:
    if kind == 0:
        return Heartbeat(source, at, ("sms",))
    return Post(str(author), at, source, "sms", f"a{author}", "x")


LINES = st.lists(
    st.builds(line, st.integers(0, 2), st.sampled_from(["a", "b", "c"]), st.integers(0, 300_000), st.integers(0, 20)),
    max_size=60,
)


@given(LINES)
def test_whatever_comes_buckets_close_in_order_once_and_without_a_gap(lines: list[Post | Heartbeat]) -> None:
    tally = PartitionTally(0, RULES, NoWords())
    through = None
    for each in lines:
        for partial in tally.fold(encode([each])).partials:
            assert partial.first <= partial.through
            assert through is None or partial.first == through + 1
            assert all(partial.first <= number <= partial.through for number in partial.buckets)
            through = partial.through
        now = tally.position.through
        assert now is None or through is None or now == through


@given(LINES)
def test_whatever_comes_a_source_that_sends_heartbeats_has_a_clock_that_never_goes_back(
    lines: list[Post | Heartbeat],
) -> None:
    tally = PartitionTally(0, RULES, NoWords())
    before: dict[str, Clock] = {}
    for each in lines:
        tally.fold(encode([each]))
        for source, clock in before.items():
            now = tally.clocks[source]
            assert now.at >= clock.at or (clock.implied and not now.implied)
            assert clock.implied or not now.implied
        before = tally.clocks


@given(CLOCKS, st.sampled_from("abcd"), st.integers(0, 400_000))
def test_the_watermark_never_lies_behind_the_furthest_clock_by_more_than_blindness_and_lateness(
    clocks: dict[str, Clock], source: str, at: int
) -> None:
    clocks = on_heartbeat(clocks, Heartbeat(source, at), RULES)
    furthest, mark = max(clock.at for clock in clocks.values()), watermark(clocks, RULES)
    assert furthest - RULES.blind_ms - RULES.lateness_ms <= mark <= furthest - RULES.lateness_ms


@given(CLOCKS)
def test_whoever_is_blind_for_the_bucket_that_closes_is_beyond_the_limit_and_whoever_is_beyond_it_never_holds_it(
    clocks: dict[str, Clock],
) -> None:
    closing = watermark(clocks, RULES) // RULES.bucket_ms - 1
    furthest = max(clock.at for clock in clocks.values())
    for source in blind_sources(clocks, closing, RULES):
        assert clocks[source].at < furthest - RULES.blind_ms


@dataclass(frozen=True)
class Town:
    """Three sources with clocks of their own, each of which sends some posts late. No source is ever blind."""

    seed: int

    def by_source(self) -> dict[str, list[Post | Heartbeat]]:
        rnd = Random(self.seed)
        return {source: self._lines(rnd, source, channel) for source, channel in SOURCES.items()}

    def _lines(self, rnd: Random, source: str, channel: str) -> list[Post | Heartbeat]:
        lines: list[Post | Heartbeat] = []
        for second in range(60):
            for number in range(rnd.randrange(4)):
                at = 100_000 + second * 1000 - rnd.choice((0, 500, 1_500, 4_000, 12_000))
                lines.append(
                    Post(f"{source}{second}.{number}", at, source, channel, f"{source}{rnd.randrange(9)}", "x")
                )
            if rnd.random() < 0.8:
                lines.append(Heartbeat(source, 100_000 + second * 1000, (channel,)))
        return lines


def closed(lines: Sequence[Post | Heartbeat]) -> list[ClosedBucket]:
    """Close the buckets of a town, from its opening heartbeats to its closing ones."""
    opening = [Heartbeat(source, 90_000, (channel,)) for source, channel in SOURCES.items()]
    ending = [Heartbeat(source, 180_000, (channel,)) for source, channel in SOURCES.items()]
    tally, merger = PartitionTally(0, RULES, NoWords()), Merger(1)
    partials = tally.fold(encode([*opening, *lines, *ending])).partials
    return [bucket for partial in partials for bucket in merger.add(partial)]


def outcome(buckets: Sequence[ClosedBucket]) -> tuple[dict[int, object], dict[str, int]]:
    late: dict[str, int] = {}
    for bucket in buckets:
        for channel, n in bucket.late.items():
            late[channel] = late.get(channel, 0) + n
    # Of what is late only the sum is fixed: in which bucket it is told depends on when it came.
    counted = {b.bucket: {name: n for name, n in b.counts.items() if "backlog=" not in name} for b in buckets}
    return counted, late


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=settings.default.max_examples // 3)
def test_the_interleaving_of_sources_changes_neither_a_count_nor_what_is_late(seed: int, order: int) -> None:
    town, rnd = Town(seed).by_source(), Random(order)
    one_by_one = [each for second in zip(*_by_second(town), strict=True) for part in second for each in part]
    waiting = {source: list(lines) for source, lines in town.items()}
    mixed: list[Post | Heartbeat] = []
    while any(waiting.values()):
        behind = min((source for source, lines in waiting.items() if lines), key=lambda s: _time_of(waiting[s]))
        near = [s for s, lines in waiting.items() if lines and _time_of(lines) <= _time_of(waiting[behind]) + 20_000]
        mixed.append(waiting[rnd.choice(near)].pop(0))
    assert outcome(closed(mixed)) == outcome(closed(one_by_one))
    assert sum(outcome(closed(mixed))[1].values()) > 0


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=settings.default.max_examples // 3)
def test_disorder_between_two_heartbeats_changes_no_bucket(seed: int, order: int) -> None:
    lines, rnd = Town(seed).by_source()["gateway"], Random(order)
    shuffled: list[Post | Heartbeat] = []
    run: list[Post | Heartbeat] = []
    for each in lines:
        if isinstance(each, Heartbeat):
            rnd.shuffle(run)
            shuffled += [*run, each]
            run = []
        else:
            run.append(each)
    assert closed([*shuffled, *run]) == closed(lines)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=settings.default.max_examples // 3)
def test_copies_change_no_count(seed: int, order: int) -> None:
    lines, rnd = Town(seed).by_source()["gateway"], Random(order)
    copied = [each for line in lines for each in [line] * rnd.choice((1, 1, 2, 3))]
    assert outcome(closed(copied))[0] == outcome(closed(lines))[0]


def _time_of(lines: Sequence[Post | Heartbeat]) -> int:
    """The time of the heartbeat that comes next: how far its source has come."""
    return next((each.at for each in lines if isinstance(each, Heartbeat)), 160_000)


def _by_second(town: dict[str, list[Post | Heartbeat]]) -> list[list[list[Post | Heartbeat]]]:
    """Cut each source's lines behind its heartbeats, into equally many parts."""
    cut = []
    for lines in town.values():
        parts: list[list[Post | Heartbeat]] = [[] for _ in range(61)]
        for each in lines:
            second = _time_of(lines[lines.index(each) :]) // 1000 - 100
            parts[min(max(second, 0), 60)].append(each)
        cut.append(parts)
    return cut
