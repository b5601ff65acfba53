"""An archive read in blocks is the very stream that is read line by line, wherever it is cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from producers.archive.records import records_of_blocks, records_of_items
from producers.archive.timeline import timeline
from producers.items import read_line
from tocsin.clocks import Rules
from tocsin.posts import Heartbeat, Notice, Post, decode, encode

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
START = 1_245_000_000_000

times = st.one_of(st.integers(0, 20_000), st.integers(0, 400_000), st.just(10**9)).map(lambda ms: START + ms)
sources = st.sampled_from(["bare", "gateway", "stream"])
posts = st.builds(lambda source, at: encode([Post(str(at), at, source, "sms", "a", "hello")]), sources, times)
heartbeats = st.builds(lambda source, at: encode([Heartbeat(source, at, ("sms",))]), sources, times)
notices = times.map(lambda at: encode([Notice("maintenance", "n", "sms", at, at + 1, at, "declared")]))
broken = st.sampled_from([b"{", b"\xff", b"", b" ", b" \r", b'{"id":"1"}', b'{"heartbeat":1}'])
lines = st.lists(st.one_of(posts, posts, heartbeats, notices, broken), max_size=60)


@given(lines, st.lists(st.integers(0, 60), max_size=6), st.booleans())
def test_blocks_give_the_stream_that_lines_give(raw: list[bytes], cuts: list[int], ended: bool) -> None:
    text = b"\n".join(raw) + b"\n" * ended
    breaks = [0, *(at + 1 for at, byte in enumerate(text) if byte == ord("\n"))]
    places = sorted({0, len(text), *(breaks[cut] for cut in cuts if cut < len(breaks))})
    blocks = [text[begin:end] for begin, end in pairwise(places)]

    expected = [item.raw for item in timeline((read_line(line) for line in raw if line.strip()), RULES)]
    records = list(records_of_blocks(blocks, RULES))
    found = [line for record in records for line in record.value.split(b"\n") if line.strip()]
    assert found == expected
    rest = b"\n".join(expected)
    assert sum(map(posts_in, records)) == sum(len(part.posts) for part in decode(rest) if hasattr(part, "posts"))


def posts_in(record) -> int:
    return sum(len(part.posts) for part in record.parts if hasattr(part, "posts"))


def test_what_lacks_nothing_is_decoded_once_and_comes_out_as_it_went_in() -> None:
    opening = encode([Heartbeat("gateway", START, ("sms",))])
    closing = encode([Heartbeat("gateway", START + 60_000, ("sms",))])
    block = b"\n".join([opening, *(encode([Post(str(n), START + n, "gateway", "sms", "a", "")]) for n in range(9))])
    records = list(records_of_blocks([block, closing], RULES))
    assert [record.value for record in records] == [block, closing]


def test_records_of_items_hold_at_most_as_many_lines_as_one_on_the_wire() -> None:
    items = [read_line(encode([Heartbeat("gateway", START + n, ())])) for n in range(1_001)]
    assert [len(record.parts) for record in records_of_items(items)] == [500, 500, 1]
