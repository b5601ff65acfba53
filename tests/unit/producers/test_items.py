import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.items import item_of, read_line, read_lines, route, signed
from tocsin.posts import MAX_LINE_BYTES, Heartbeat, Notice, Post, partition_of
from tocsin.trust import Trust

POST = Post("1", 1_245_000_000_000, "s", "sms", "somebody", "سلام", "fa", "tehran")
HEARTBEAT = Heartbeat("s", 1_245_000_000_000, ("sms",))
NOTICE = Notice("maintenance", "n", "sms", 5, 9, 1, "declared")


@pytest.mark.parametrize("line", [POST, HEARTBEAT, NOTICE])
def test_what_was_spelled_is_read_again(line):
    assert read_line(item_of(line).raw) == item_of(line)


def test_a_replay_signs_notices_and_nothing_else_where_a_key_is_set():
    trust = Trust(key=b"a key of the deployment")
    items = [item_of(line) for line in (POST, HEARTBEAT, NOTICE)] + [read_line(b"broken")]

    post, heartbeat, notice, broken = signed(items, trust)

    assert [post, heartbeat, broken] == [items[0], items[1], items[3]]
    assert not trust.believes(NOTICE)
    assert trust.believes(read_line(notice.raw).line)
    assert list(signed(items, Trust())) == items


def test_a_post_that_only_mentions_a_heartbeat_is_a_post():
    post = Post("1", 1, "s", "sms", "a", 'my "heartbeat" and a "notice"')

    assert read_line(item_of(post).raw).line == post


@given(st.binary(max_size=80))
def test_any_bytes_are_kept_as_they_are(raw):
    assert read_line(raw).raw == raw


SPELLED = [item_of(line).raw for line in (POST, HEARTBEAT, NOTICE)]
LINES = st.sampled_from([*SPELLED, b"", b" ", SPELLED[0][:-1], b'{"heartbeat":1}', b"x" * (MAX_LINE_BYTES + 1)])


@given(st.lists(LINES | st.binary(max_size=9), max_size=12).map(b"\n".join))
def test_a_line_means_the_same_read_alone_or_with_many(block):
    assert list(read_lines(block)) == [read_line(raw) for raw in block.split(b"\n") if raw.strip()]


def test_a_post_that_the_pipeline_would_refuse_for_its_size_is_no_post():
    raw = item_of(POST).raw + b" " * MAX_LINE_BYTES

    assert read_line(raw).line is None


def test_a_post_goes_to_the_partition_of_its_author():
    assert list(route(item_of(POST), 7)) == [partition_of("somebody", 7)]


@pytest.mark.parametrize("line", [HEARTBEAT, NOTICE])
def test_control_lines_go_to_every_partition(line):
    assert list(route(item_of(line), 3)) == [0, 1, 2]


def test_an_unusable_line_goes_to_one_partition_that_its_bytes_choose():
    assert list(route(read_line(b"{broken"), 5)) == [zlib.crc32(b"{broken") % 5]
