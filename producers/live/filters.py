"""Which posts are written. What is left out has still been seen: heartbeats do not suffer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tocsin.posts import Post


class Matcher(Protocol):
    """What is needed of a lexicon: a bit per group for each text."""

    def match(self, texts: Sequence[str]) -> list[int]:
        """Tell which groups each text mentions."""


@dataclass(frozen=True)
class Filter:
    """Takes a post that speaks one of the languages and mentions one of the groups.

    Attributes:
        langs: Languages; all if empty.
        groups: A bit for each keyword group; all posts if 0.
        lexicon: Knows the groups.
    """

    langs: frozenset[str] = field(default_factory=frozenset)
    groups: int = 0
    lexicon: Matcher | None = None

    def takes(self, post: Post) -> bool:
        """Tell whether a post is to be written."""
        if self.langs and (post.lang or "") not in self.langs:
            return False
        return not self.groups or self.lexicon is None or bool(self.lexicon.match([post.text])[0] & self.groups)
