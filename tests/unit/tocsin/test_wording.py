"""What is quoted can steer no terminal."""

import pytest

from tocsin.wording import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("\r\x08\x9b31m", "\\r\\x08\\x9b31m"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("\ud800", "\\ud800"),
        ("line\n\ttab", "line\n\ttab"),
        ("سلام\u200cها \u200f😀", "سلام\u200cها \u200f😀"),
    ],
)
def test_what_steers_is_spelt_out_and_all_else_stays(text: str, shown: str) -> None:
    assert printable(text) == shown
