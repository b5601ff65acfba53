"""Words of batches against the plain rules, one text at a time."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.text import normalise
from tocsin.words import MAX_LETTERS, MIN_LETTERS, find_words, hash_names

ZWNJ, ZWJ = "\u200c", "\u200d"
# Every kind of character that the rules tell apart, far more often than chance would bring it.
TEXTS = st.text(
    st.one_of(
        st.sampled_from("aAbwWé1٣#＃@＠_.:/ \n\0'œßﷲكي\u064b\u0640\ud800🔥" + ZWNJ + ZWJ),
        st.characters(max_codepoint=0x3000),
    ),
    max_size=40,
)


def words_of(*texts: str) -> list[str]:
    words = find_words(texts)
    return words.spell(np.arange(len(words.hashes)))


def by_the_rules(text: str) -> list[str]:
    """The rules as they are written, one letter after the other."""
    text = "".join(char for char in text if normalise(f"a{char}a") != "aa" or char == "\0")
    boundary, kept = "", []
    for char in text:
        if char in ("_", ZWNJ) and boundary in ("#", "＃"):
            continue
        if char not in ("_", ZWNJ) and not normalise(char):
            boundary = char
        kept.append(char)
    chunks = re.split("[\0- ]", "".join(kept))
    links = re.compile(r"@|＠|://|www\.|\.[^/]*/", re.IGNORECASE | re.ASCII)
    words = [word for chunk in chunks if not links.search(chunk) for word in normalise(chunk).split()]
    return [word for word in words if MIN_LETTERS <= len(word) <= MAX_LETTERS and not "0" <= word[0] <= "9"]


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_a_batch_has_the_words_of_its_texts(texts: list[str]) -> None:
    words = find_words(texts)
    found = list(zip(words.texts.tolist(), words.spell(np.arange(len(words.hashes))), strict=True))
    assert found == [(number, word) for number, text in enumerate(texts) for word in by_the_rules(text)]


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_two_words_have_the_same_hash_if_and_only_if_they_are_the_same(texts: list[str]) -> None:
    words = find_words(texts)
    spelt = words.spell(np.arange(len(words.hashes)))
    assert (
        len(set(zip(words.hashes.tolist(), spelt, strict=True))) == len(set(spelt)) == len(set(words.hashes.tolist()))
    )


@pytest.mark.parametrize(
    "written", ["#FreeIran", "#free_iran", "FREEIRAN", "freeirán", "＃free_iran", "#_free_iran_", f"#free{ZWNJ}iran"]
)
def test_a_hashtag_is_one_word_and_the_same_as_without_its_sign(written: str) -> None:
    assert words_of(f"so {written}!") == ["freeiran"]


def test_outside_of_a_hashtag_an_underscore_parts_words() -> None:
    assert words_of("free_iran #now free_iran") == ["free", "iran", "now", "free", "iran"]


@pytest.mark.parametrize(
    "written",
    ["@somebody", ".@some_body:", "some@body.org", "(@a/b)", "http://t.co/abc", "t.co/abcdef", "WWW.example", "＠dare"],
)
def test_neither_mentions_nor_addresses_nor_links_have_words(written: str) -> None:
    assert words_of(f"before {written} after") == ["before", "after"]


def test_a_slash_alone_makes_no_link_and_a_name_of_a_site_is_two_words() -> None:
    assert words_of("and/or example.com end.") == ["and", "example", "com", "end"]


@pytest.mark.parametrize("written", ["1388", "١٣٨٨", "20h30", "5pm", "ab", "x" * (MAX_LETTERS + 1)])
def test_numbers_and_what_is_too_short_or_too_long_are_no_terms(written: str) -> None:
    assert words_of(written) == []


def test_long_texts_are_read_to_their_end() -> None:
    assert words_of(*["word " * 40_000] * 2) == ["word"] * 80_000


@given(st.lists(st.text(max_size=8), min_size=1))
def test_names_have_the_same_hash_if_and_only_if_they_are_the_same_to_the_letter(names: list[str]) -> None:
    hashes = hash_names(names).tolist()
    assert len(set(zip(names, hashes, strict=True))) == len(set(names)) == len(set(hashes))
    assert hashes == [hash_names([name])[0] for name in names]


def test_names_hash_alike_however_many_there_are():
    names = [f"author {n}" for n in range(70_000)]
    assert hash_names(names)[::9_999].tolist() == hash_names(names[::9_999]).tolist()
