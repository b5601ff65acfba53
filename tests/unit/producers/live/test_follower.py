from dataclasses import replace

from servers.listening import PLAN

from producers.live.events import Event, Opened
from producers.live.filters import Filter
from producers.live.follower import AHEAD_MS, Follower
from producers.live.memory import key_of
from tocsin.posts import Heartbeat, Post

HOUR = 3_600_000
START = 400 * HOUR


def event(number: int, at: int) -> Event:
    post = Post(str(number), at, "jetstream", "bluesky", "somebody", "x")
    return Event("post", at, key=key_of(str(number)), mark=at * 1000, post=post)


def begun(*events: Event) -> Follower:
    """A follower that is connected and has been told events as they happened."""
    follower = Follower(PLAN, Filter(), None, 0)
    follower.on_open(Opened(), START)
    for each in events:
        follower.on_event(each, each.at + 100)
    return follower


def test_a_source_begins_with_a_heartbeat_before_its_first_post() -> None:
    follower = Follower(PLAN, Filter(), None, START)
    follower.on_open(Opened(), START)
    lines, _ = follower.on_event(event(1, START), START + 100)
    assert lines == [Heartbeat("jetstream", START - 1_000, ("bluesky",)), event(1, START).post]


def test_what_a_server_repeats_from_beyond_the_memory_is_not_written_again() -> None:
    follower = begun(*(event(number, START + number * HOUR) for number in range(4)))
    lines, _ = follower.on_event(event(0, START), START + 3 * HOUR)
    assert lines == []
    assert follower.counts["older than memory"] == 1


def test_an_event_far_ahead_of_our_clock_moves_neither_heartbeats_nor_the_cursor() -> None:
    follower = begun(event(1, START))
    mark = follower.mark
    lines, _ = follower.on_event(event(2, START + AHEAD_MS + 1_000_000), START + 200)
    assert [line for line in lines if isinstance(line, Post)], "the pipeline is to count it as ahead"
    assert follower.mark == mark
    assert follower.vouched <= START
    assert follower.counts["ahead"] == 1


def test_no_heartbeat_while_nobody_listens() -> None:
    follower = begun(event(1, START), event(2, START + 500))
    follower.on_close("dropped", START + 600)
    assert follower.beat(START + 60_000) == []


def test_attempts_that_fail_belong_to_the_gap_that_they_follow() -> None:
    follower = begun(event(1, START), event(2, START + 5_000))
    follower.on_close("dropped", START + 6_000)
    for second in range(3):
        follower.on_attempt()
        follower.on_close("it takes no connection", START + 7_000 + second)
    follower.on_attempt()
    follower.on_open(Opened(), START + 20_000)
    _, gap = follower.on_event(event(2, START + 5_000), START + 20_000)
    assert gap is not None
    assert (gap.cause, gap.attempts, gap.offline_ms, gap.outcome) == ("dropped", 4, 14_000, "recovered")


def test_a_gap_is_not_recovered_by_something_new_that_claims_to_be_old() -> None:
    follower = begun(event(1, START), event(2, START + 5_000))
    follower.on_close("dropped", START + 6_000)
    follower.on_open(Opened(), START + 20_000)
    _, gap = follower.on_event(event(3, START + 4_000), START + 20_000)
    assert gap is None
    assert follower.beat(START + 25_000) == []
    _, gap = follower.on_event(event(4, START + 19_000), START + 26_000)
    assert gap is not None
    assert gap.outcome == "lost"


def test_a_lost_gap_survives_the_end_of_the_run_until_it_has_been_told() -> None:
    follower = begun(event(1, START))
    follower.on_close("dropped", START)
    follower.on_open(Opened(), START + 10_000)
    follower.on_event(event(2, START + 10_000), START + 10_000)
    again = Follower(PLAN, Filter(), follower.state(START + 10_000), START + 11_000)
    again.on_open(Opened(), START + 11_000)
    lines = [line for n in range(2, 60) for line in again.on_event(event(n, START + n * 5_000), START + n * 5_000)[0]]
    beats = [line for line in lines if isinstance(line, Heartbeat) and line.at > START]
    assert beats[0].heartbeat == PLAN.witness
    assert beats[0].at > START + PLAN.blind_ms
    assert beats[1] == Heartbeat(PLAN.source, beats[0].at, (PLAN.channel,))


def test_while_a_timeline_is_fetched_heartbeats_follow_it_and_the_mark_stays_before_the_gap() -> None:
    plan = replace(PLAN, source="mastodon")
    follower = Follower(plan, Filter(), None, START)
    follower.on_open(Opened(clock=START), START)
    follower.on_answer(START + 1_000)
    first = replace_event(event(1, START))
    follower.on_event(first, START + 1_000)
    follower.on_close("dropped", START + 2_000)
    follower.on_open(Opened(clock=START + HOUR), START + HOUR)
    beats = follower.on_reached(START + 60_000, START + HOUR)
    assert [beat.at for beat in beats] == [START + 59_000]
    follower.on_event(replace_event(event(2, START + 60_000)), START + HOUR)
    assert follower.mark == first.mark
    gap = follower.on_bridged(whole=False, now=START + HOUR)
    assert gap is not None
    assert (gap.outcome, gap.begin, gap.end) == ("lost", START + 59_000, START + HOUR)
    assert follower.mark == (START + 60_000) * 1000


def replace_event(told: Event) -> Event:
    """The same, of a service that tells nothing of the order."""
    return Event(told.kind, told.at, told.key, told.mark, told.post, ordered=False)
