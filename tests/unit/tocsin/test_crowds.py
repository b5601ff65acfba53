"""Who is a crowd, and that nobody else leaves the room by name."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from streams.terms import count_terms

from tocsin.crowds import MOST_AUTHORS, Crowds, Terms
from tocsin.merge import ignore_nothing
from tocsin.terms import TermCounts
from tocsin.words import find_words

Bucket = dict[str, Sequence[str]]  # authors by word


def counted(bucket: Bucket) -> list[TermCounts]:
    counts = count_terms((author, word) for word, authors in bucket.items() for author in authors)
    return [counts] if counts else []


def closed(*buckets: Bucket, ignored=ignore_nothing) -> Terms | None:
    """What the last of these buckets says."""
    crowds = Crowds(ignored)
    for number, bucket in enumerate(buckets):
        told = crowds.close(number, [counted(bucket), [], []])
    return told


def told(terms: Terms | None) -> dict[str, list[int]]:
    if terms is None or not terms.words:
        return {}
    return dict(zip(terms.words.split(), np.frombuffer(terms.authors, "<u2").reshape(-1, 3).tolist(), strict=True))


def test_five_people_in_three_buckets_are_a_crowd() -> None:
    assert told(closed({"news": "ab"}, {"news": "c"}, {"news": "de"})) == {"news": [2, 1, 2]}


def test_four_people_are_none_however_often_they_say_it() -> None:
    assert told(closed({"news": "abcd"}, {"news": "abcd"}, {"news": "abcd"})) == {}


def test_what_was_said_earlier_than_three_buckets_ago_makes_no_crowd() -> None:
    assert told(closed({"news": "abcd"}, {}, {"news": "a"}, {"news": "e"})) == {}


def test_a_crowd_that_was_heard_in_one_bucket_alone_is_not_told() -> None:
    assert told(closed({"other": "a"}, {"other": "b"}, {"news": "abcdefgh"})) == {}


def test_a_crowd_may_have_fallen_silent_in_the_last_bucket() -> None:
    assert told(closed({"news": "abc"}, {"news": "defg"}, {"other": "a"})) == {"news": [0, 4, 3]}


def test_words_of_the_lexicon_are_no_terms() -> None:
    def ignored(words: Sequence[str]) -> list[int]:
        return [4 if word == "protest" else 0 for word in words]

    bucket = {"protest": "abcde", "news": "abcde"}
    assert told(closed(bucket, bucket, ignored=ignored)) == {"news": [5, 5, 0]}


def test_what_leaves_names_no_word_of_a_few_and_no_author() -> None:
    bucket = {"secret": ["somebody", "else", "who", "knows"], "news": [f"author{n}" for n in range(9)]}
    terms = closed(bucket, bucket, bucket)
    assert terms is not None
    raw = msgspec.msgpack.encode(terms)
    assert b"news" in raw
    assert b"secret" not in raw
    assert not any(hash_.tobytes() in raw for hash_ in find_words(["secret"]).hashes)
    assert not any(author in raw for author in (b"somebody", b"author"))
    for part in counted(bucket):
        assert not any(part.authors[at : at + 8] in raw for at in range(0, len(part.authors), 8))


def test_every_term_is_counted_by_cell_for_the_detector_to_learn_from() -> None:
    terms = closed({"news": "abcdef", "secret": "a"})
    assert terms is not None
    cells = {int(hash_) >> 44: n for hash_, n in zip(find_words(["news secret"]).hashes, (6, 1), strict=True)}
    uses = np.frombuffer(terms.uses, "<u4")
    assert dict(zip((uses >> 12).tolist(), (uses & 4095).tolist(), strict=True)) == cells
    assert terms.distinct == 2


def test_more_authors_than_can_be_told_are_told_as_the_most() -> None:
    bucket = {"news": [f"a{n}" for n in range(MOST_AUTHORS + 500)]}
    assert told(closed(bucket, bucket)) == {"news": [MOST_AUTHORS, MOST_AUTHORS, 0]}


def test_a_bucket_without_terms_says_nothing() -> None:
    assert closed({"news": "abcde"}, {}) is None


@pytest.mark.parametrize("most", [1, 2, 8])
def test_too_many_terms_leave_a_sample_and_its_share(most: int) -> None:
    crowds = Crowds(ignore_nothing, most)
    bucket = {f"word{letter}": "abcdef" for letter in "klmnopqrst"}
    terms = [crowds.close(number, [counted(bucket), [], []]) for number in range(2)][-1]
    assert terms is not None
    assert terms.distinct <= most
    hashes = find_words([" ".join(bucket)]).hashes
    assert terms.distinct == sum(int(hash_) >> (64 - terms.level) == 0 for hash_ in hashes)
    assert len(told(terms)) == terms.distinct
