"""What has been counted, so that a copy of it can be told: posts by identifier and author."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from tocsin.posts import Post


class Counted:
    """The posts of one bucket. Identifiers are unique per author, and in practice hardly two authors share one."""

    __slots__ = ("_author_of", "_others")

    def __init__(self) -> None:
        self._author_of: dict[str, str] = {}
        self._others: set[tuple[str, str]] = set()  # of identifiers that more than one author used

    def among(self, ids: AbstractSet[str]) -> set[str]:
        """Tell which of these identifiers have been used, by whomever."""
        return self._author_of.keys() & ids

    def holds(self, post: Post) -> bool:
        """Tell whether a post has been counted here."""
        return self._author_of.get(post.id) == post.author or (post.id, post.author) in self._others

    def add(self, post: Post) -> None:
        """Note a post."""
        if self._author_of.setdefault(post.id, post.author) != post.author:
            self._others.add((post.id, post.author))

    def add_new(self, ids: Iterable[str], authors: Iterable[str]) -> None:
        """Note posts whose identifiers are different, and none of them among those used."""
        self._author_of.update(zip(ids, authors, strict=True))
