from hypothesis import given
from hypothesis import strategies as st
from streams.crisis import START, crisis

from producers.archive.cut import between
from producers.archive.timeline import timeline
from producers.items import item_of, read_line
from tocsin.clocks import Rules
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.posts import Heartbeat, Notice, Post

RULES = Rules(bucket_ms=5_000, lateness_ms=1_000, blind_ms=5_000, ahead_ms=60_000)
BROKEN = read_line(b"{broken")


def post(at, source="s"):
    return item_of(Post(f"{source}{at}", at, source, "sms", "a", "hello"))


def heartbeat(at, source="s"):
    return item_of(Heartbeat(source, at, ("sms",)))


def notice(at):
    return item_of(Notice("maintenance", "n", "sms", 10**6, 10**6 + 9, at, "declared"))


def test_what_lies_outside_is_left_out():
    stream = [heartbeat(0), post(99), heartbeat(99), post(100), heartbeat(150), post(199), post(200), heartbeat(200)]

    assert list(between(stream, 100, 200)) == [heartbeat(99), post(100), heartbeat(150), post(199)]


def test_without_bounds_a_stream_comes_out_as_it_went_in():
    stream = [BROKEN, heartbeat(0), notice(3), post(99), BROKEN, heartbeat(99)]

    assert list(between(stream, None, None)) == stream


def test_notices_made_before_the_cut_come_first_and_those_made_after_it_not_at_all():
    stream = [heartbeat(0), notice(1), notice(2), heartbeat(99), post(100), notice(150), notice(200), heartbeat(300)]

    assert list(between(stream, 100, 200)) == [notice(1), notice(2), heartbeat(99), post(100), notice(150)]


def test_it_opens_with_the_clock_of_each_source_the_furthest_first():
    stream = [
        heartbeat(10, "dead"),
        heartbeat(90, "slow"),
        heartbeat(95, "fast"),
        heartbeat(97, "fast"),
        post(101, "fast"),
        heartbeat(99, "slow"),
        post(102, "slow"),
    ]
    cut = list(between(stream, 100, None))

    assert cut == [heartbeat(97, "fast"), heartbeat(90, "slow"), heartbeat(10, "dead"), *stream[4:]]


def test_a_line_that_cannot_be_read_stays_if_its_neighbours_do():
    stream = [BROKEN, heartbeat(0), BROKEN, post(100), BROKEN, heartbeat(150), heartbeat(200), BROKEN]

    assert list(between(stream, 100, 200)) == [heartbeat(0), post(100), BROKEN, heartbeat(150)]


def test_nothing_of_a_source_follows_once_it_has_passed_the_end():
    backlog = [heartbeat(0), heartbeat(0, "slow"), heartbeat(201), post(150), post(160, "slow"), heartbeat(220, "slow")]

    assert list(between(backlog, 100, 200)) == [heartbeat(0), heartbeat(0, "slow"), post(160, "slow")]


def test_it_reads_no_further_than_it_must():
    def stream():
        yield heartbeat(100)
        yield heartbeat(200)
        raise AssertionError("every source has passed the end")

    assert list(between(stream(), 100, 200)) == [heartbeat(100)]


def test_a_dead_source_does_not_hold_up_the_end():
    def stream():
        yield heartbeat(50, "dead")
        yield heartbeat(100)
        yield heartbeat(200)
        yield post(150, "dead")
        yield heartbeat(200 + 3_600_000)
        raise AssertionError("the dead source may never pass the end")

    assert list(between(stream(), 100, 200)) == [heartbeat(50, "dead"), heartbeat(100), post(150, "dead")]


times = st.integers(0, 400)
lines = st.lists(
    st.one_of(
        st.builds(post, times, st.sampled_from("ab")),
        st.builds(heartbeat, times, st.sampled_from("ab")),
        st.builds(notice, times),
        st.just(BROKEN),
    ),
    max_size=40,
)


@given(lines, times, times)
def test_a_cut_keeps_the_order_and_every_post_of_its_time_that_was_not_late_at_its_end(items, begin, end):
    stream = list(timeline(items, RULES))
    cut = list(between(stream, begin, end))
    heard, passed, expected = set(), set(), []
    for item in stream:
        if isinstance(item.line, Heartbeat):
            heard.add(item.line.heartbeat)
            if item.line.at >= end:
                passed.add(item.line.heartbeat)
                if passed == heard:
                    break
        if isinstance(item.line, Post) and begin <= item.line.at < end and item.line.source not in passed:
            expected.append(item)

    assert [item for item in cut if isinstance(item.line, Post)] == expected
    opened = set()
    for item in cut:
        if isinstance(item.line, Heartbeat):
            opened.add(item.line.heartbeat)
        elif isinstance(item.line, Post):
            assert item.line.source in opened, "every source opens with a heartbeat"


def counts(items):
    offline = Offline(RULES, default_lexicon(), 365)
    found = {}
    for item in items:
        for judgement in offline.fold(item.raw):
            found[judgement.closed.bucket * RULES.bucket_ms] = judgement.closed.counts
    return found


def test_buckets_within_a_cut_are_counted_as_they_were_in_the_whole():
    whole = [read_line(line) for second in crisis() for line in second.lines]
    begin, end = START + 3_980_000, START + 4_080_000
    there, here = counts(whole), counts(timeline(between(whole, begin, end), RULES))
    within = range(begin, end - RULES.bucket_ms, RULES.bucket_ms)

    assert [here[at] for at in within] == [there[at] for at in within]
    assert min(here) >= begin - 2 * RULES.bucket_ms
    assert max(here) < end + 2 * RULES.bucket_ms
