"""What texts say: each is read once, and what a reading takes in has an end."""

import numpy as np
import pytest
from streams.news import NoWords

from tocsin import reading as module
from tocsin.lexicon import load_lexicon
from tocsin.reading import Reading

VOTES = load_lexicon({"keywords": {"election": ["vote"], "street": ["march"]}})


def words_of(reading: Reading, number: int) -> list[str]:
    lengths, starts, uses = reading.uses
    return sorted(reading.words[word] for word in uses[starts[number] : starts[number] + lengths[number]])


def test_the_words_of_a_text_are_folded_and_each_is_there_once() -> None:
    reading = Reading(NoWords())
    assert reading.numbers_of(["Vote, vote and #VOTE at 20h30", "and so on"]).tolist() == [0, 1]
    assert words_of(reading, 0) == ["and", "vote"]
    assert words_of(reading, 1) == ["and"]
    assert sorted(reading.words) == ["and", "vote"]


def test_texts_that_mention_the_same_groups_share_the_number_of_a_set() -> None:
    reading = Reading(VOTES)
    reading.numbers_of(["nothing", "vote", "march", "vote and march", "the vote"])
    assert [reading.masks[group] for group in reading.groups] == [0, 1, 2, 3, 1]
    assert len(reading.masks) == 4


def test_a_text_that_comes_again_has_its_number_and_is_not_read_again(monkeypatch) -> None:
    reading = Reading(NoWords())
    assert reading.numbers_of(["salam", "vote", "salam"]).tolist() == [0, 1, 0]
    assert len(reading.groups) == 2
    monkeypatch.setattr(module, "find_words", None)
    assert reading.numbers_of(["vote", "salam"]).tolist() == [1, 0]
    assert len(reading.groups) == 2


@pytest.mark.parametrize("bound", ["MOST_TEXTS", "MOST_LETTERS", "MOST_WORDS"])
def test_it_is_full_when_it_has_taken_in_enough(bound: str, monkeypatch) -> None:
    monkeypatch.setattr(module, bound, 20)
    monkeypatch.setattr(module, "_BATCH", 5)
    reading, taken = Reading(NoWords()), 0
    while not reading.is_full:
        reading.numbers_of([f"w{chr(97 + taken)}rd"])
        taken += 1
    assert 5 <= taken <= 21 if bound != "MOST_LETTERS" else taken == 5


def test_what_was_handed_out_stays_as_it_was_when_more_is_read() -> None:
    reading = Reading(VOTES)
    reading.numbers_of(["vote"])
    groups, (lengths, _, _) = reading.groups, reading.uses
    before = groups.copy(), lengths.copy()
    reading.numbers_of([f"march number {n}" for n in range(3_000)])
    assert len(reading.groups) == 3_001
    np.testing.assert_array_equal((groups, lengths), before)
