"""Whatever a server repeats, rewinds or drops: each post once, and no heartbeat that is not true."""

from hypothesis import given
from hypothesis import strategies as st
from servers.listening import PLAN

from producers.live.events import Event, Opened
from producers.live.filters import Filter
from producers.live.follower import Follower
from producers.live.memory import key_of
from tocsin.posts import Heartbeat, Post

STEPS = st.lists(st.integers(0, 90_000), min_size=1, max_size=60)
SERVED = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), max_size=12)


def events(steps: list[int]) -> list[Event]:
    """Posts at growing times."""
    at, told = 1_000_000, []
    for number, step in enumerate(steps):
        at += step
        post = Post(str(number), at, "jetstream", "bluesky", f"a{number % 3}", "x")
        told.append(Event("post", at, key=key_of(str(number)), mark=at * 1000, post=post))
    return told


def serve(told: list[Event], visits: list[tuple[int, int]]) -> tuple[Follower, list[Post | Heartbeat]]:
    """Connect again and again: each time go back so many events, then tell so many new ones, and drop; then the rest.

    The whole history is within the memory's window.
    """
    follower, lines, reached, now = Follower(PLAN, Filter(), None, 0), [], 0, 0
    for back, forward in [*visits, (30, len(told))]:
        follower.on_attempt()
        follower.on_open(Opened(), now)
        for event in told[max(0, reached - back - 1) : reached + forward]:
            now = max(now, event.at + 100)
            lines += follower.on_event(event, now)[0]
            lines += follower.beat(now)
        reached = min(len(told), reached + forward)
        lines += follower.beat(now + 5_000)
        follower.on_close("dropped", now)
        assert follower.beat(now + 10_000) == [], "who does not hear cannot vouch"
    return follower, lines


@given(STEPS.filter(lambda steps: sum(steps) < PLAN.memory_ms), SERVED)
def test_each_post_is_written_once_in_its_order_whatever_is_repeated(
    steps: list[int], visits: list[tuple[int, int]]
) -> None:
    told = events(steps)
    _, lines = serve(told, visits)
    assert [line for line in lines if isinstance(line, Post)] == [event.post for event in told]


@given(STEPS, SERVED)
def test_no_post_comes_behind_a_heartbeat_that_vouched_for_its_time_nor_far_ahead_of_the_last_one(
    steps: list[int], visits: list[tuple[int, int]]
) -> None:
    clock = None
    for line in serve(events(steps), visits)[1]:
        if isinstance(line, Heartbeat):
            assert clock is None or line.at > clock
            clock = line.at
        else:
            assert clock is not None, "a source begins with a heartbeat"
            assert clock <= line.at <= clock + 2 * PLAN.allowance_ms


@given(STEPS.filter(lambda steps: sum(steps) < PLAN.memory_ms), SERVED, st.integers(0, 11))
def test_a_run_that_ends_and_goes_on_from_its_state_writes_what_an_unbroken_one_writes(
    steps: list[int], visits: list[tuple[int, int]], cut: int
) -> None:
    told = events(steps)
    first, lines = serve(told[: len(told) // 2 + cut], visits)
    second = Follower(PLAN, Filter(), first.state(0), 0)
    second.on_open(Opened(), 0)
    for event in told:
        lines += second.on_event(event, event.at + 100)[0]
    assert [line for line in lines if isinstance(line, Post)] == [event.post for event in told]
    assert second.counts["repeated"] == len(told[: len(told) // 2 + cut])


@given(st.lists(st.integers(100, 2_000), min_size=5, max_size=30), st.integers(2_000, 10_000_000))
def test_posts_that_are_lost_for_good_are_told_and_the_witness_speaks_first(steps: list[int], gone: int) -> None:
    follower, now, at, lines = Follower(PLAN, Filter(), None, 0), 0, 0, []
    before = events(steps)
    after = events([*steps, gone, *([1_500] * 40)])[len(steps) :]
    gaps = []
    for told in (before, after):
        follower.on_open(Opened(), now)
        for event in told:
            now = at = event.at
            written, gap = follower.on_event(event, now)
            lines += written
            gaps += [gap] if gap else []
        follower.on_close("dropped", now)
    (gap,) = gaps
    assert (gap.outcome, gap.begin, gap.end) == ("lost", before[-1].at, after[0].at)
    witness = [i for i, line in enumerate(lines) if isinstance(line, Heartbeat) and line.heartbeat == PLAN.witness]
    heard = [i for i, line in enumerate(lines) if isinstance(line, Heartbeat) and line.heartbeat == PLAN.source]
    back = min(i for i in heard if i > witness[0])
    assert back == witness[0] + 1
    assert lines[witness[0]].at > gap.begin + PLAN.blind_ms, "it must have been blind before it comes back"
    assert all(lines[i].at <= gap.begin for i in heard if i < back)
    assert at == after[-1].at
