"""What has been counted, so that a copy of it can be told: posts by identifier and author."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet


class Counted:
    """The posts of one bucket. Identifiers are unique per author, and in practice hardly two authors share one."""

    __slots__ = ("_author_of", "_others")

    def __init__(self) -> None:
        self._author_of: dict[str, str] = {}
        self._others: set[tuple[str, str]] = set()  # of identifiers that more than one author used

    def among(self, ids: AbstractSet[str]) -> set[str]:
        """Tell which of these identifiers have been used, by whomever."""
        used = self._author_of.keys()
        return set() if used.isdisjoint(ids) else used & ids

    def holds(self, id_: str, author: str) -> bool:
        """Tell whether a post has been counted here."""
        return self._author_of.get(id_) == author or (id_, author) in self._others

    def add(self, id_: str, author: str) -> None:
        """Note a post."""
        if self._author_of.setdefault(id_, author) != author:
            self._others.add((id_, author))

    def add_new(self, author_of: Mapping[str, str]) -> None:
        """Note posts, by identifier, none of which is among those used."""
        self._author_of.update(author_of)
