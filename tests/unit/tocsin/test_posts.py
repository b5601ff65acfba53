import pytest

from tocsin.posts import MAX_LINE_BYTES, Heartbeat, Notice, Part, Post, Posts, Reject, decode, encode, partition_of

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


def test_blank_lines_are_skipped_but_counted_in_line_numbers() -> None:
    parts = decode(b"\n\n" + GOOD + b"\n\n{}\n" + GOOD + b"\n")
    assert isinstance(parts[0], Posts)
    assert list(parts[0].lines) == [3, 6]
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
