import pytest

from tocsin.posts import (
    MAX_LINE_BYTES,
    MAX_LINES,
    MAX_TEXT,
    REASONS,
    Heartbeat,
    Notice,
    Part,
    Post,
    Posts,
    Reject,
    decode,
    encode,
    partition_of,
)

POST = Post("1", 1_245_000_000_000, "s", "sms", "a", "salam", "fa", "tehran")
GOOD = encode([POST])


def rejects(raw: bytes) -> list[tuple[int, str]]:
    return [(part.line, part.reason) for part in decode(raw) if isinstance(part, Reject)]


def kinds(parts: list[Part]) -> list[str]:
    return [type(part).__name__ for part in parts]


def test_absent_optional_fields_are_left_out_of_the_wire() -> None:
    assert encode([Post("1", 5, "s", "sms", "a", "x")]) == (
        b'{"id":"1","at":5,"source":"s","channel":"sms","author":"a","text":"x"}'
    )


def test_unknown_fields_are_ignored() -> None:
    assert decode(GOOD[:-1] + b',"likes":3}')[0] == Posts(range(1, 2), [POST])


def test_control_lines_keep_their_place_between_posts() -> None:
    beat = Heartbeat("s", 5, ("sms",))
    parts = decode(b"\n".join([GOOD, encode([beat]), GOOD, GOOD]))
    assert kinds(parts) == ["Posts", "Heartbeat", "Posts"]
    assert isinstance(parts[2], Posts)
    assert list(parts[2].lines) == [3, 4]


@pytest.mark.parametrize("more", [b"", b"\n" + GOOD, b"\n" + encode([Heartbeat("s", 5, ("sms",))]), b"\nbroken"])
def test_what_can_be_read_as_a_post_is_one_wherever_it_stands(more: bytes) -> None:
    both = GOOD[:-1] + b',"heartbeat":"s","channels":["sms"]}'
    assert decode(both + more)[-1 if more == b"\nbroken" else 0].posts[0] == POST


def test_blank_lines_are_skipped_but_counted_in_line_numbers() -> None:
    _, run = decode(b"\n\n" + GOOD + b"\n\n{}\n" + GOOD + b"\n")
    assert isinstance(run, Posts)
    assert list(run.lines) == [3, 6]
    assert rejects(b"\n\n" + GOOD + b"\n\n{}\n") == [(5, "unknown_kind")]


def test_an_empty_record_holds_nothing() -> None:
    assert decode(b"") == []
    assert decode(b"\n\n") == []


def test_a_post_that_speaks_of_heartbeats_is_still_a_post() -> None:
    post = Post("1", 5, "s", "heartbeat", "a", 'the word "heartbeat" and "notice"')
    assert decode(encode([post])) == [Posts(range(1, 2), [post])]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nope", "not_json"),
        (b'{"id": "1"', "not_json"),
        (b"[1, 2]", "unknown_kind"),
        (b'{"delete": {"id": 1}}', "unknown_kind"),
        (b'{"id": "1", "text": "x"}', "bad_field"),
        (GOOD.replace(b"1245000000000", b'"2009-06-14"'), "bad_field"),
        (GOOD.replace(b"1245000000000", b"-1"), "bad_field"),
        (GOOD.replace(b"1245000000000", b"1e99"), "bad_field"),
        (GOOD.replace(b"1245000000000", b"99999999999999999999"), "bad_field"),
        (GOOD.replace(b'"a"', b'""'), "bad_field"),
        (GOOD.replace(b"salam", b"x" * 5000), "too_large"),
        (GOOD.replace(b"salam", b"x" * MAX_LINE_BYTES), "too_large"),
        (GOOD.replace(b"salam", b"\xff\xfe"), "bad_encoding"),
        (GOOD.replace(b"salam", b"\\ud800"), "not_json"),
        (b'{"a":' * 2000, "not_json"),
        (b'{"heartbeat": "s"}', "bad_field"),
        (b'{"heartbeat": 5, "at": 5}', "bad_field"),
        (b'{"notice": "party", "id": "1"}', "bad_field"),
    ],
)
def test_a_bad_line_says_why_and_costs_no_neighbour(line: bytes, reason: str) -> None:
    raw = b"\n".join([GOOD, line, GOOD])
    assert rejects(raw) == [(2, reason)]
    assert sum(len(part.posts) for part in decode(raw) if isinstance(part, Posts)) == 2


def test_the_reason_names_the_field_and_what_was_expected() -> None:
    (reject,) = [p for p in decode(GOOD.replace(b"1245000000000", b'"soon"')) if isinstance(p, Reject)]
    assert "Expected `int`, got `str`" in reject.detail
    assert "$.at" in reject.detail


def test_the_bytes_of_a_reject_are_cut() -> None:
    (reject,) = decode(b"x" * 50_000)
    assert isinstance(reject, Reject)
    assert len(reject.data) == MAX_LINE_BYTES


def test_a_notice_ends_after_it_begins() -> None:
    notice = Notice("maintenance", "m", "twitter", 10, 10, 5, "declared")
    assert rejects(encode([notice])) == [(1, "bad_field")]


def test_authors_spread_over_partitions_and_always_the_same_way() -> None:
    assert [partition_of(f"a{n}", 4) for n in range(8)] == [partition_of(f"a{n}", 4) for n in range(8)]
    assert {partition_of(f"a{n}", 4) for n in range(100)} == {0, 1, 2, 3}
    assert partition_of("سلام", 1) == 0


def test_line_numbers_count_blank_lines_and_heartbeats_in_between() -> None:
    beat = encode([Heartbeat("s", 5)])
    raw = b"\n".join([beat, b"", GOOD, b"", beat, b"bad", b"", GOOD, beat, b"{}", b"", b"", GOOD])
    assert rejects(raw) == [(6, "not_json"), (10, "unknown_kind")]
    assert [list(part.lines) for part in decode(raw) if isinstance(part, Posts)] == [[3], [8], [13]]


def test_heartbeats_and_notices_come_back_as_they_were_written() -> None:
    lines = [Heartbeat("s", 5, ("sms", "web")), Notice("maintenance", "m", "sms", 10, 20, 5, "moved")]
    assert decode(encode(lines)) == lines


def test_a_line_may_be_as_long_as_allowed_and_not_a_byte_longer() -> None:
    padding = b" " * (MAX_LINE_BYTES - len(GOOD))
    assert decode(GOOD + padding) == [Posts(range(1, 2), [POST])]
    assert rejects(GOOD + padding + b" ") == [(1, "too_large")]


def test_a_text_is_measured_in_characters_not_in_bytes() -> None:
    longest = Post("1", 5, "s", "sms", "a", "س" * MAX_TEXT)
    assert decode(encode([longest])) == [Posts(range(1, 2), [longest])]
    assert rejects(encode([Post("1", 5, "s", "sms", "a", "س" * (MAX_TEXT + 1))])) == [(1, "too_large")]


def test_a_heartbeat_that_is_too_large_is_refused_like_any_line() -> None:
    assert rejects(encode([Heartbeat("s", 5, ("c" * 250,) * 70)])) == [(1, "too_large")]


def test_a_bad_control_line_keeps_its_place_between_posts() -> None:
    parts = decode(b"\n".join([GOOD, b'{"heartbeat": "s", "at": "now"}', GOOD]))
    assert kinds(parts) == ["Posts", "Reject", "Posts"]
    assert rejects(b"\n".join([GOOD, b'{"heartbeat": "s", "at": "now"}', GOOD])) == [(2, "bad_field")]


def test_every_reason_is_one_of_the_closed_set() -> None:
    lines = [b"x", b"{}", b'{"id": 5}', b"\xff", GOOD + b" " * MAX_LINE_BYTES]
    assert {reason for _, reason in rejects(b"\n".join(lines))} == set(REASONS) - {"ahead", "not_trusted", "too_many"}


def test_a_full_record_keeps_all_its_posts_around_a_single_bad_line() -> None:
    lines = [GOOD] * (MAX_LINES - 1)
    lines.insert(250, b"bad")
    (reject, run) = decode(b"\n".join(lines))
    assert isinstance(run, Posts)
    assert isinstance(reject, Reject)
    assert (len(run.posts), run.lines[249], run.lines[250], reject.line) == (MAX_LINES - 1, 250, 252, 251)
