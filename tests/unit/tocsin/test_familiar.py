"""Where most posts come from is known by heart; what comes out is what a plain decoder gives."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin import familiar
from tocsin.familiar import FamiliarDecoder
from tocsin.posts import Post

PLAIN = msgspec.json.Decoder(Post)
NAMES = st.one_of(
    st.sampled_from(["sms", "twitter", "fa", "other", "é"]), st.text(max_size=40), st.none(), st.integers()
)


def lines_of(*places: tuple[object, object, object, object]) -> bytes:
    names = ("source", "channel", "lang", "region")
    posts = [{"id": "1", "at": 1, "author": "a", "text": "t", **dict(zip(names, p, strict=True))} for p in places]
    return "\n".join(map(json.dumps, posts)).encode()


def told(decoder, raw: bytes) -> object:
    try:
        return decoder.decode_lines(raw)
    except msgspec.ValidationError as error:
        return str(error)


@given(st.lists(st.lists(st.tuples(NAMES, NAMES, NAMES, NAMES), min_size=1, max_size=3), max_size=8))
def test_it_says_what_a_plain_decoder_says(runs) -> None:
    decoder = FamiliarDecoder(Post)
    for run in runs:
        raw = lines_of(*run)
        assert told(decoder, raw) == told(PLAIN, raw)


def test_familiar_names_are_not_made_anew() -> None:
    decoder = FamiliarDecoder(Post)
    for _ in range(2):
        first, second = decoder.decode_lines(lines_of(("s", "c", "fa", "tehran"), ("s", "c", "fa", "tehran")))
    assert type(first) is Post
    assert (first.source is second.source, first.lang is second.lang, first.region is second.region) == (True,) * 3


@pytest.mark.parametrize("bound", ["_MOST", "_LONGEST"])
def test_where_names_are_too_many_or_too_long_none_is_familiar_any_more(bound: str, monkeypatch) -> None:
    monkeypatch.setattr(familiar, bound, 6)
    decoder = FamiliarDecoder(Post)
    for n in range(9):
        raw = lines_of((f"source{n}", "c", None, None), (f"source{n}", "c", None, None))
        assert decoder.decode_lines(raw) == PLAIN.decode_lines(raw)
    first, second = decoder.decode_lines(lines_of(("longer", "c", None, None), ("longer", "c", None, None)))
    assert first.source is not second.source
