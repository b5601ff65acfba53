"""A post is known by its identifier and its author."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.copies import keys_of
from tocsin.words import hash_names


def key_of(id_: str, author: str) -> int:
    return int(keys_of([id_], hash_names([author]))[0])


@given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), min_size=1))
def test_posts_have_the_same_key_if_and_only_if_both_are_the_same(posts: list[tuple[str, str]]) -> None:
    ids, authors = zip(*posts, strict=True)
    keys = keys_of(ids, hash_names(authors)).tolist()
    assert len(set(zip(posts, keys, strict=True))) == len(set(posts)) == len(set(keys))


def test_what_identifier_and_author_exchange_makes_another_post() -> None:
    assert len({key_of(*pair) for pair in (("a1", "b2"), ("a2", "b1"), ("b2", "a1"), ("b1", "a2"))}) == 4


def test_a_key_is_the_same_in_every_process() -> None:
    assert key_of("twitter-1", "ed61f1d067d21d5b15cadeb5") == 7910612481825008396
