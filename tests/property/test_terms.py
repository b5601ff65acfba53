"""Terms of any number of partitions, of any order, and through any interruption, against sets in plain Python."""

from collections import defaultdict
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from streams.terms import count_terms

from tocsin.crowds import WINDOW, Crowds, Terms
from tocsin.merge import ignore_nothing
from tocsin.posts import partition_of
from tocsin.terms import CROWD, MOST_TERMS, TermCounts

WORDS = [f"{a}{b}" for a in ("salam", "vote", "street", "night") for b in "abcdef"]
Uses = list[tuple[str, str]]  # author, word
BUCKETS = st.lists(
    st.lists(st.tuples(st.sampled_from([f"a{n}" for n in range(12)]), st.sampled_from(WORDS)), max_size=60),
    min_size=1,
    max_size=7,
)


def counted(uses: Uses, partitions: int, most: int) -> list[TermCounts]:
    of_partition: list[Uses] = [[] for _ in range(partitions)]
    for author, word in uses:
        of_partition[partition_of(author, partitions)].append((author, word))
    return [counts for some in of_partition if (counts := count_terms(some, most))]


def closed(buckets: list[Uses], partitions: int, most: int = MOST_TERMS) -> list[Terms | None]:
    crowds = Crowds(ignore_nothing, most)
    return [crowds.close(n, [counted(uses, partitions, most), [], []]) for n, uses in enumerate(buckets)]


def by_sets(buckets: list[Uses]) -> list[dict[str, list[int]]]:
    """Crowds by definition: at least five people within three buckets, in at least two of them."""
    told = []
    for number in range(len(buckets)):
        who: dict[str, list[set[str]]] = defaultdict(lambda: [set() for _ in range(WINDOW)])
        for back, uses in enumerate(buckets[max(0, number + 1 - WINDOW) : number + 1][::-1]):
            for author, word in uses:
                who[word][back].add(author)
        crowds = {w: s for w, s in who.items() if len(set().union(*s)) >= CROWD and sum(map(bool, s)) >= 2}
        told.append(
            {word: [len(people) for people in sets] for word, sets in crowds.items()} if buckets[number] else {}
        )
    return told


@given(BUCKETS, st.integers(1, 5))
def test_crowds_are_exact_over_any_number_of_partitions(buckets: list[Uses], partitions: int) -> None:
    told = [
        dict(zip(terms.words.split(), np.frombuffer(terms.authors, "<u2").reshape(-1, WINDOW).tolist(), strict=True))
        if terms
        else {}
        for terms in closed(buckets, partitions)
    ]
    assert told == by_sets(buckets)


@given(BUCKETS, st.integers(2, 5), st.sampled_from([1, 3, 8, MOST_TERMS]), st.integers(0, 10**6))
def test_neither_partitions_nor_order_change_anything_even_where_there_are_too_many(
    buckets: list[Uses], partitions: int, most: int, seed: int
) -> None:
    shuffled = [list(uses) for uses in buckets]
    for uses in shuffled:
        Random(seed).shuffle(uses)
    assert closed(shuffled, partitions, most) == closed(buckets, 1, most)


@given(BUCKETS, st.integers(1, 3), st.sampled_from([3, MOST_TERMS]), st.integers(0, 6))
def test_crowds_that_start_again_from_the_two_buckets_before_say_the_same(
    buckets: list[Uses], partitions: int, most: int, at: int
) -> None:
    at = min(at, len(buckets) - 1)
    counts = [counted(uses, partitions, most) for uses in buckets]
    again = Crowds(ignore_nothing, most)
    window = [counts[n] if n >= 0 else [] for n in range(at, at - WINDOW, -1)]
    assert again.close(at, window) == closed(buckets, partitions, most)[at]


@given(
    st.lists(st.tuples(st.sampled_from([f"a{n}" for n in range(12)]), st.text(max_size=40)), max_size=70),
    st.sampled_from([3, MOST_TERMS]),
    st.integers(1, 70),
)
def test_it_makes_no_difference_how_many_posts_are_taken_in_together(posts: Uses, most: int, together: int) -> None:
    assert count_terms(posts, most, together) == count_terms(posts, most)
