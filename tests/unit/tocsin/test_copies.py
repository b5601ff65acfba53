"""A post is known by its identifier and its author."""

from tocsin.copies import Counted
from tocsin.posts import Post


def post(id_: str, author: str) -> Post:
    return Post(id_, 0, "s", "sms", author, "hello")


def test_two_authors_may_share_an_identifier_and_each_is_known() -> None:
    counted = Counted()
    counted.add(post("1", "a"))
    counted.add(post("1", "b"))
    counted.add(post("1", "c"))
    assert [counted.holds(post("1", author)) for author in "abcd"] == [True, True, True, False]


def test_what_is_noted_in_bulk_is_known_as_what_is_noted_alone() -> None:
    counted = Counted()
    counted.add_new(["1", "2"], ["a", "b"])
    assert counted.holds(post("2", "b"))
    assert not counted.holds(post("2", "a"))
    assert counted.among({"2", "3"}) == {"2"}
