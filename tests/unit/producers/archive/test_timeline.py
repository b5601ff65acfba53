from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from producers.archive.timeline import timeline
from producers.items import item_of, read_line
from producers.scenario import SCENARIOS
from producers.scenario.parts import HOUR_MS
from tocsin.clocks import Rules
from tocsin.posts import Heartbeat, Notice, Post

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
START = 1_245_000_000_000
YEAR_MS = 365 * 86_400_000


def post(at, source="s", channel="sms"):
    return item_of(Post(f"{source}{at}", START + at, source, channel, "a", "hello"))


def heartbeat(at, source="s"):
    return item_of(Heartbeat(source, START + at, ("sms",)))


def run(*items):
    return list(timeline(items, RULES))


def heartbeats(stream, source="s"):
    return [i.line.at - START for i in stream if isinstance(i.line, Heartbeat) and i.line.heartbeat == source]


def accepted(stream):
    """Whether the pipeline would accept each post: not beyond what its source's clock allows."""
    clocks, verdicts = {}, []
    for item in stream:
        if isinstance(item.line, Heartbeat):
            clocks[item.line.heartbeat] = max(item.line.at, clocks.get(item.line.heartbeat, 0))
        elif isinstance(item.line, Post):
            verdicts.append(item.line.at <= clocks[item.line.source] + RULES.ahead_ms)
    return verdicts


def test_a_source_opens_just_before_its_first_post_and_says_its_channel():
    first = run(post(0))[0].line

    assert first == Heartbeat("s", START - 1, ("sms",))


def test_a_post_that_crosses_an_interval_is_preceded_by_a_heartbeat():
    stream = run(post(0), post(1_000), post(5_000), post(5_500))

    assert [i.line.at - START for i in stream][:6] == [-1, 0, 1_000, 4_999, 5_000, 5_500]


def test_the_stream_closes_far_enough_ahead_to_close_the_last_bucket():
    assert heartbeats(run(post(0), post(7_500)))[-1] == 7_500 + 5_000 + 2_000 + 1


def test_heartbeats_of_a_sources_own_are_the_last_word():
    stream = run(heartbeat(-1), post(0), post(20_000), heartbeat(30_000), post(31_000))

    assert heartbeats(stream) == [-1, 30_000, 31_000 + 7_001]


def test_each_source_vouches_only_for_itself():
    stream = run(post(0), post(0, "other"), *(post(at) for at in range(1_000, 60_000, 1_000)))

    assert heartbeats(stream, "other") == [-1], "silent for longer than blind_ms: it must stay blind"


def test_a_new_channel_of_a_source_is_announced():
    lines = [i.line for i in run(post(0), post(1, channel="web"))]

    assert [h.channels for h in lines if isinstance(h, Heartbeat)][1] == ("sms", "web")


def test_a_stray_from_the_future_does_not_move_the_clock():
    stream = run(post(0), post(YEAR_MS), *(post(at) for at in range(1_000, 4_000, 1_000)))

    assert max(heartbeats(stream)) < 60_000
    assert accepted(stream) == [True, False, True, True, True]


def test_a_stray_at_the_end_does_not_close_the_next_year():
    stream = run(post(0), post(1_000), post(YEAR_MS))

    assert heartbeats(stream)[-1] == 1_000 + 7_001


def test_a_stray_at_the_beginning_does_not_open_another_year():
    for stray in (-YEAR_MS, YEAR_MS, 2 * HOUR_MS):
        stream = run(post(stray), *(post(at) for at in range(0, 4_000, 1_000)))

        assert heartbeats(stream)[0] == -1


def test_time_passes_in_a_gap():
    stream = run(post(0), *(post(6 * HOUR_MS + at) for at in range(0, 4_000, 1_000)))

    assert all(accepted(stream))
    assert heartbeats(stream)[1] == 6 * HOUR_MS - 1


def test_no_post_of_a_sparse_archive_is_lost():
    assert all(accepted(run(*(post(hour * HOUR_MS) for hour in range(40)))))


def test_nothing_comes_of_nothing():
    assert run() == []
    assert run(read_line(b"{broken")) == [read_line(b"{broken")]


lines = st.lists(
    st.one_of(
        st.builds(post, st.integers(-1000, 200_000), st.sampled_from(["s", "t", "u"])),
        st.builds(heartbeat, st.integers(-1000, 200_000), st.sampled_from(["s", "t"])),
        st.builds(post, st.sampled_from([YEAR_MS, -YEAR_MS])),
        st.just(read_line(b"{broken")),
        st.just(item_of(Notice("maintenance", "n", "sms", START, START + 9, START, "declared"))),
    ),
    max_size=60,
)


@given(lines)
def test_the_archives_own_lines_come_through_in_their_order_and_only_heartbeats_are_added(items):
    stream = run(*items)

    rest = iter(stream)
    added = []
    for item in items:
        for found in rest:
            if found is item:
                break
            added.append(found)
        else:
            raise AssertionError("a line is missing")
    assert all(isinstance(item.line, Heartbeat) for item in [*added, *rest])


@given(lines)
def test_every_source_opens_with_a_heartbeat_and_added_clocks_never_go_back(items):
    clocks = {}
    for item in run(*items):
        if isinstance(item.line, Post):
            assert item.line.source in clocks
        elif isinstance(item.line, Heartbeat):
            if not any(item is own for own in items):
                assert item.line.at >= clocks.get(item.line.heartbeat, 0)
            clocks[item.line.heartbeat] = max(item.line.at, clocks.get(item.line.heartbeat, 0))


@given(lines)
def test_the_same_lines_give_the_same_stream(items):
    assert run(*items) == run(*items)


@given(st.lists(st.integers(0, 500_000), min_size=1, max_size=60).map(sorted))
def test_a_sorted_archive_loses_no_post_and_closes(times):
    stream = run(*map(post, times))

    assert all(accepted(stream))
    assert heartbeats(stream)[-1] >= times[-1] + RULES.bucket_ms + RULES.lateness_ms


def test_a_scenario_is_complete_already():
    quiet = SCENARIOS["quiet-week"]()
    quiet = replace(quiet, end=quiet.begin + 2 * HOUR_MS)
    stream = list(quiet.lines())

    assert list(timeline(stream, quiet.rules)) == stream
