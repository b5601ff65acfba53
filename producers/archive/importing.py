"""What importers have in common: what they find, what they skip and why, and how they read fields.

An importer turns one object of a service into posts. It raises on no input: what cannot be used is skipped for one of
the reasons below, and counted. No reason names an author or quotes a post.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Literal, get_args

from msgspec import Struct

from producers.archive.times import TimeError, epoch_ms
from producers.pseudonyms import Pseudonyms
from tocsin.posts import MAX_TEXT, Post
from tocsin.series import is_value

SkipReason = Literal[
    "not_json",
    "bad_encoding",
    "too_large",
    "bad_field",
    "unknown_kind",
    "api_error",
    "missed",
    "cut_off",
    "unreadable",
    "repeated",
    "edit",
    "deletion",
    "withheld",
    "bare_repost",
    "account",
    "service",
]
SKIP_REASONS: tuple[SkipReason, ...] = get_args(SkipReason)
# Something is wrong: the first of these are named by file and line. The others are part of any stream.
FAULTS = frozenset(SKIP_REASONS[: SKIP_REASONS.index("repeated")])

# What Twitter writes where it knows no language: undetermined, and tweets of mentions, tags, media, links alone.
_NO_LANGUAGE = {"und", "qam", "qct", "qht", "qme", "qst", "zxx", "art"}

_LARGEST = 2**63 - 1
_TITLE = re.compile(r"[A-Za-z -]{1,40}")


class Found(Struct, frozen=True):
    """A post, and which of its versions: the least that is found counts.

    Attributes:
        post: To be written.
        version: Grows with every edit.
    """

    post: Post
    version: int = 0


class Skipped(Struct, frozen=True):
    """Something that is no post, or no more.

    Attributes:
        reason: Why.
        detail: In words, without anything that people wrote.
    """

    reason: SkipReason
    detail: str = ""


Outcome = Found | Skipped


class Importer(ABC):
    """Reads the objects of one service.

    Args:
        pseudonyms: Name the authors.
    """

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    def parts(self, values: list[Any]) -> list[Any]:
        """Take a list apart into the objects that :meth:`read` takes."""
        return values

    @abstractmethod
    def read(self, value: Any) -> Iterator[Outcome]:
        """Find the posts of an object as it came as JSON, and say what was skipped. Raises on no input."""


class FieldError(Exception):
    """A field is missing or not what it must be; the message names it, and what was expected."""


def dig(value: Any, *path: str) -> Any:
    """Go down into nested objects; None where the path ends too early."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list; none if it is no list."""
    return (each for each in (value if isinstance(value, list) else ()) if isinstance(each, dict))


def identity(name: str, *values: Any) -> str:
    """Choose the first value that can be a number or name of something.

    Raises:
        FieldError: When there is none.
    """
    for value in values:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and 0 < len(value) <= 256:
            return value
    raise FieldError(f"{name}: expected a number or a name, got {kind_of(values[0])}")


def written(name: str, *values: Any) -> str:
    """Choose the first value that is a text, and cut it to what a post may hold.

    Raises:
        FieldError: When there is none.
    """
    for value in values:
        if isinstance(value, str):
            return value[:MAX_TEXT]
    raise FieldError(f"{name}: expected text, got {kind_of(values[0])}")


def moment(name: str, *values: Any) -> int:
    """Choose the first value that is a time.

    Returns:
        Epoch ms.

    Raises:
        FieldError: When there is none.
    """
    reason = f"expected a time, got {kind_of(values[0])}"
    for value in values:
        if isinstance(value, str):
            try:
                return epoch_ms(value)
            except TimeError as error:
                reason = str(error)
    raise FieldError(f"{name}: {reason}")


def serial(number: str) -> int:
    """Turn the number of something into a version that grows with it; 0 if it is none."""
    return min(int(number), _LARGEST) if number.isdecimal() else 0


def language(*values: Any) -> str | None:
    """Choose the first value that names a language, in small letters."""
    return next((lang for lang in map(series_value, values) if lang and lang not in _NO_LANGUAGE), None)


def series_value(value: Any) -> str | None:
    """Turn a language or country into the name of a series, if it can be one."""
    return value.lower() if isinstance(value, str) and is_value(value.lower()) else None


def kind_of(value: Any) -> str:
    """Say what a value is, without saying which."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, str):
        return "text" if value else "empty text"
    return {int: "a number", float: "a number", list: "a list", dict: "an object"}.get(type(value), "something else")


def api_error(errors: Any) -> Skipped:
    """Say that a service reported an error; by its title alone, for details may name people."""
    first = errors[0] if isinstance(errors, list) and errors else errors
    title = dig(first, "title")
    code = dig(first, "code")
    if isinstance(title, str) and _TITLE.fullmatch(title):
        return Skipped("api_error", title)
    return Skipped("api_error", f"code {code}" if isinstance(code, int) else "an error")
