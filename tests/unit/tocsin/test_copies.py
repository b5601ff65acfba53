"""A post is known by its identifier and its author."""

from tocsin.copies import Counted


def test_two_authors_may_share_an_identifier_and_each_is_known() -> None:
    counted = Counted()
    counted.add("1", "a")
    counted.add("1", "b")
    counted.add("1", "c")
    assert [counted.holds("1", author) for author in "abcd"] == [True, True, True, False]


def test_what_is_noted_in_bulk_is_known_as_what_is_noted_alone() -> None:
    counted = Counted()
    counted.add_new({"1": "a", "2": "b"})
    assert counted.holds("2", "b")
    assert not counted.holds("2", "a")
    assert counted.among({"2", "3"}) == {"2"}
