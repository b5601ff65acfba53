"""Matching, held against a reference so plain that it can be believed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tocsin.lexicon import default_lexicon, load_lexicon
from tocsin.text import normalise

GROUPS = {
    "keywords": {
        "a": {"fa": ["تظاهرات", "می‌خواهم", "انتخابات ایران"], "en": ["iran election", "election", "elect*"]},
        "b": {"fr": ["manifestation réprimée", "cœur", "l'été"], "en": ["iran", "no", "a b c"]},
        "c": {"ru": ["митинг*"], "el": ["ΔΙΑΔΗΛΩΣΗ"], "hi": ["किताब"], "zh": ["選挙"]},
    },
    "media": {"photo": ["twitpic.com", ".jpg", "com twitpic*"]},
}
LEXICON = load_lexicon(GROUPS)
ENTRIES = [
    [entry for entries in (words.values() if isinstance(words, dict) else [words]) for entry in entries]
    for section in GROUPS.values()
    for words in section.values()
]

any_text = st.text(st.characters(codec=None), max_size=40)
noise = st.one_of(
    any_text,
    st.sampled_from([" ", "", "\n", "\n\n\n", "_", "#", "\u200c", "\u200d", "\u0301", "\u0640", "\0", "\x01", "\x02"]),
    st.sampled_from(["\ud83d", "\u202e", "😀", "x", "é", "ﷲ", "œ", "ﬁ", "1"]),
)


@st.composite
def spelled(draw: st.DrawFn) -> str:
    """A keyword, or a part of one, as somebody may write it."""
    entry = draw(st.sampled_from([entry for entries in ENTRIES for entry in entries])).rstrip("*")
    separator = draw(st.sampled_from([" ", "", "_", "\u200c", ", ", " \u0301 "]))
    case = draw(st.sampled_from([str, str.upper, str.title, normalise]))
    begin = draw(st.sampled_from([0, 0, 0, 1]))
    return separator.join(case(entry).split()[begin:])


texts = st.lists(st.one_of(spelled(), noise), max_size=8).map("".join)


def reference(text: str) -> int:
    """Match by trying each entry at each word: a run of words must spell it, ending words only where it does."""
    words = normalise(text).split()
    return sum(any(spells(words, entry) for entry in entries) << bit for bit, entries in enumerate(ENTRIES))


def spells(words: list[str], entry: str) -> bool:
    parts = normalise(entry).split()
    spelling = "".join(parts)
    ends = {len("".join(parts[: i + 1])) for i in range(len(parts))}
    for begin in range(len(words)):
        length = 0
        for word in words[begin:]:
            rest = spelling[length:]
            length += len(word)
            if entry.endswith("*") and rest and word.startswith(rest):
                return True
            if not rest.startswith(word) or length not in ends:
                break
            if length == len(spelling):
                return True
    return False


@given(st.lists(any_text, max_size=6))
def test_no_text_raises_and_each_gets_a_mask(batch: list[str]) -> None:
    masks = default_lexicon().match(batch)

    assert len(masks) == len(batch)
    assert all(0 <= mask < 1 << len(default_lexicon().series) for mask in masks)


@given(st.lists(texts, max_size=8))
def test_a_batch_gives_what_its_texts_give_one_by_one(batch: list[str]) -> None:
    assert LEXICON.match(batch) == [mask for text in batch for mask in LEXICON.match([text])]


@given(texts)
def test_a_match_is_what_the_plain_reference_says(text: str) -> None:
    assert LEXICON.match([text]) == [reference(text)]


@given(st.lists(spelled(), min_size=1, max_size=4).map(" ".join))
def test_whole_keywords_are_found_as_the_reference_finds_them(text: str) -> None:
    assert LEXICON.match([text]) == [reference(text)]


@given(texts)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(texts)
def test_normalised_words_are_single_spaced_letters_and_digits(text: str) -> None:
    folded = f" {normalise(text)} "

    assert all((one, two) != (" ", " ") for one, two in pairwise(folded.strip()))
    assert LEXICON.match([text]) == LEXICON.match([folded])


@given(texts, st.sampled_from(["\u064e", "\u0301", "\u200d", "\u202e", "\ufe0f"]), st.integers(0, 60))
def test_what_is_dropped_changes_nothing_wherever_it_stands(text: str, dropped: str, at: int) -> None:
    assert LEXICON.match([text[:at] + dropped + text[at:]]) == LEXICON.match([text])
