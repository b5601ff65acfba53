"""What was read lately."""

import pytest

from tocsin import remembered
from tocsin.remembered import Remembered
from tocsin.words import hash_names


def test_the_words_of_a_text_are_folded_and_each_is_there_once() -> None:
    (words,) = Remembered().words_of(["Vote, vote and #VOTE at 20h30"])
    assert sorted(words.values()) == ["and", "vote"]


def test_what_is_asked_again_is_the_same_and_is_not_read_again(monkeypatch) -> None:
    memory = Remembered()
    first = memory.words_of(["salam", "vote"])
    people = memory.people_of(["a", "b", "a"])
    monkeypatch.setattr(remembered, "find_words", None)
    monkeypatch.setattr(remembered, "hash_names", None)
    assert memory.words_of(["vote", "salam"]) == first[::-1]
    assert memory.people_of(["b", "a"]) == [people[1], people[0]]


def test_an_author_has_the_hash_that_others_give_him() -> None:
    found = Remembered().people_of(["a", "b"])
    assert [value for value, _ in found] == hash_names(["a", "b"]).tolist()


def test_it_forgets_before_it_grows_too_large(monkeypatch) -> None:
    monkeypatch.setattr(remembered, "_TEXTS", 10)
    monkeypatch.setattr(remembered, "_AUTHORS", 10)
    memory = Remembered()
    for number in range(100):
        memory.words_of([f"text number {number}"])
        memory.people_of([f"a{number}"])
    monkeypatch.setattr(remembered, "find_words", None)
    monkeypatch.setattr(remembered, "hash_names", None)
    memory.words_of(["text number 99"])
    memory.people_of(["a99"])
    for forgotten in (lambda: memory.words_of(["text number 0"]), lambda: memory.people_of(["a0"])):
        with pytest.raises(TypeError):
            forgotten()
