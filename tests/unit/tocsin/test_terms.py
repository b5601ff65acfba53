"""Distinct authors of each term, against sets."""

import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice, product
from string import ascii_lowercase

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from streams.news import NoWords
from streams.terms import count_terms

from tocsin.authors import authors_of
from tocsin.reading import Reading
from tocsin.terms import CROWD, MOST_TERMS, TermCounter, TermCounts
from tocsin.words import find_words, hash_names

POSTS = st.lists(
    st.tuples(
        st.sampled_from([f"a{n}" for n in range(9)]),
        st.lists(st.sampled_from(["salam", "vote", "#Vote", "street", "night", "@night"]), max_size=4).map(" ".join),
    ),
    max_size=40,
)


def read(counts: TermCounts | None) -> dict[str, tuple[int, set[int]]]:
    """Each term's distinct authors, and their hashes as far as they are named."""
    if counts is None:
        return {}
    authors, told = iter(np.frombuffer(counts.authors, "<u8").tolist()), {}
    sizes = np.frombuffer(counts.counts, "<u4").tolist()
    for word, size in zip(counts.words.split(), sizes, strict=True):
        told[word] = (size, set(islice(authors, size if size < CROWD else 0)))
    assert next(authors, None) is None
    return told


@given(POSTS)
def test_each_term_has_as_many_authors_as_there_are_and_a_few_are_named(posts: list[tuple[str, str]]) -> None:
    truth = defaultdict(set)
    for author, text in posts:
        for word in text.lower().split():
            if not word.startswith("@"):
                truth[word.removeprefix("#")].add(int(hash_names([author])[0]))
    expected = {word: (len(who), who if len(who) < CROWD else set()) for word, who in truth.items()}
    assert read(count_terms(posts)) == expected


@given(POSTS, st.randoms(use_true_random=False), st.sampled_from([1, 2, 3, MOST_TERMS]))
def test_the_order_of_posts_changes_nothing(posts, rnd, most: int) -> None:
    shuffled = list(posts)
    rnd.shuffle(shuffled)
    assert count_terms(shuffled, most) == count_terms(posts, most)


def test_a_flood_by_one_author_is_one_author() -> None:
    assert read(count_terms([("a", "look here")] * 10_000))["look"][0] == 1


def test_terms_come_by_ascending_hash_with_their_words() -> None:
    counts = count_terms([("a", " ".join(f"word{letter}" for letter in "abcdefgh"))])
    assert counts is not None
    hashes = np.frombuffer(counts.hashes, "<u8")
    assert (np.diff(hashes.astype(object)) > 0).all()
    assert hashes.tolist() == [find_words([word]).hashes[0] for word in counts.words.split()]


def test_a_bucket_without_terms_has_none() -> None:
    assert count_terms([]) is None
    assert count_terms([("a", "1 2 3 :-)")]) is None


def different_words() -> Iterator[str]:
    return map("".join, product(ascii_lowercase, repeat=5))


def test_a_million_different_words_stay_within_the_bound_and_a_whole_sample_of_them_is_kept() -> None:
    assert count_terms([("a", "what builds the tables")])
    counter, reading, words = TermCounter(), Reading(NoWords()), different_words()
    tracemalloc.start()
    for _ in range(500):
        if reading.is_full:
            reading = Reading(NoWords())
        texts = [" ".join(islice(words, 200)) for _ in range(10)]
        counter.add(reading, reading.numbers_of(texts))
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 16 << 20, "a million words alone take 52 MiB"
    assert most < 48 << 20
    counts = counter.close(authors_of([hash_names([f"a{n}" for n in range(5_000)])]))
    assert counts is not None
    assert counts.level == 4
    kept = set(counts.words.split())
    assert MOST_TERMS / 2 < len(kept) <= MOST_TERMS
    some = list(islice(different_words(), 20_000))
    below = {word for word, h in zip(some, find_words([" ".join(some)]).hashes.tolist(), strict=True) if h < 1 << 60}
    assert below == kept & set(some)


def test_a_flood_hides_no_term_of_the_sample_and_changes_no_count() -> None:
    words = different_words()
    own = list(islice(words, 20))
    talk = [(f"a{n % 40}", f"street night vote {own[n % 20]}") for n in range(400)]
    flood = [("z", " ".join(islice(words, 100))) for _ in range(90)]
    calm, flooded = read(count_terms(talk)), read(count_terms([*flood[:45], *talk, *flood[45:]], most=1_000))
    common = set(calm) & set(flooded)
    assert 0 < len(common) < len(calm)
    assert {word: flooded[word] for word in common} == {word: calm[word] for word in common}
