"""A scenario's file as a tree that remembers where each value stands, so that every mistake is told with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from tocsin.errors import TocsinError

LIBRARY = Path(__file__).resolve().parent / "library"
USE = "use"
SUFFIXES = (".yaml", ".yml")
# Sections whose entries are taken over from a used file one by one; with a 2, key by key.
_BY_NAME = {"settings": 1, "places": 1, "flaws": 1, "facts": 2, "topics": 2, "channels": 2}


class ScenarioError(TocsinError):
    """A scenario cannot be used. Stop, and tell the file, the line, the key and what was expected."""

    exit_code = 2


@dataclass(frozen=True)
class Node:
    """A value, and where it stands.

    Attributes:
        value: Text, a list, or names with something under each.
        file: That it was read from.
        line: In that file, from 1; 0 if it was not read from any line.
        path: Of keys, from the top; entries of lists are counted from 1.
    """

    value: str | list[Node] | dict[str, Node]
    file: str
    line: int
    path: str = ""

    @property
    def text(self) -> str:
        """The value, if it is text.

        Raises:
            ValueError: When it is not.
        """
        if not isinstance(self.value, str):
            raise ValueError(f"expected a single value, got {self.told}")  # noqa: TRY004 - gathered with the others
        return self.value

    @property
    def items(self) -> list[Node]:
        """The entries of a list; a single text is a list of one.

        Raises:
            ValueError: When it is neither.
        """
        if isinstance(self.value, str):
            return [self]
        if not isinstance(self.value, list):
            raise ValueError(f"expected a list, got {self.told}")  # noqa: TRY004 - gathered with the others
        return self.value

    @property
    def names(self) -> dict[str, Node]:
        """What stands under each name.

        Raises:
            ValueError: When it is something else.
        """
        if not isinstance(self.value, dict):
            raise ValueError(f"expected names with something under each, got {self.told}")  # noqa: TRY004 - likewise
        return self.value

    @property
    def told(self) -> str:
        """The value in an error's words."""
        if isinstance(self.value, str):
            return f"'{self.value}'" if self.value else "nothing"
        return "a list" if isinstance(self.value, list) else "names"

    def blame(self, problem: object) -> str:
        """Say what is wrong here."""
        place = f"{self.file} line {self.line}" if self.line else self.file
        return f"{place}: {self.path}: {problem}" if self.path else f"{place}: {problem}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Spell the names that are known, or the one that was probably meant."""
    known = list(known)
    close = difflib.get_close_matches(name, known, 1, 0.6)
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'}"


def load(path: Path) -> Node:
    """Read a file, and whatever it uses.

    What the file says replaces what the used one says; channels, topics and facts are taken over key by key.

    Raises:
        ScenarioError: When one of them cannot be read.
    """
    return _load(path, ())


def parse(text: str, file: str) -> Node:
    """Read a document.

    Args:
        text: YAML; every scalar is taken as text.
        file: What messages call it.

    Raises:
        ScenarioError: When it is no YAML, or a name stands in it twice.
    """
    try:
        root = yaml.compose(text, _Loader)
        node = Node({}, file, 1) if root is None else _node(root, file, "")
        return node if isinstance(node.value, dict) else _refuse(node)
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ScenarioError(f"{file}{line}: {error.problem}. Text with # : {{ ' and the like needs quotes") from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"{file}: {error}") from error
    except ValueError as error:
        raise ScenarioError(str(error)) from error
    except RecursionError as error:
        raise ScenarioError(f"{file}: nested too deep, or an anchor that holds itself") from error


def _refuse(node: Node) -> Node:
    raise ValueError(node.blame(f"expected names with something under each, got {node.told}"))


_Loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # ten times as fast, where it was built


def _load(path: Path, users: tuple[Path, ...]) -> Node:
    path = path.resolve()
    if path in users:
        raise ScenarioError(f"{path.name}: uses itself, by way of {', '.join(user.name for user in users)}")
    document = _read_library(path) if path.is_relative_to(LIBRARY) else _read(path)
    used = document.names.get(USE)
    if used is None:
        return document
    below = _load(_find(used, path), (*users, path))
    merged = dict(below.names)
    for name, node in document.names.items():
        merged[name] = _over(merged[name], node, _BY_NAME.get(name, 0)) if name in merged else node
    del merged[USE]
    for said, other in (("end", "length"), ("length", "end")):  # of the same thing: the used file's must not stand
        if said in document.names and other not in document.names:
            merged.pop(other, None)
    return replace(document, value=merged)


def _read(path: Path) -> Node:
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: expected UTF-8, got byte 0x{error.object[error.start]:02x}") from error
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error


_read_library = cache(_read)  # what comes with Tocsin does not change while it runs


def _find(used: Node, user: Path) -> Path:
    """Find a used file: a path beside the file that uses it, or a name in the library."""
    name = used.value
    if not isinstance(name, str):
        raise ScenarioError(used.blame("expected one name or path"))
    if name.endswith(SUFFIXES):
        return user.parent / name
    known = {path.stem: path for path in sorted(LIBRARY.rglob("*.yaml"))}
    if name not in known:
        raise ScenarioError(used.blame(f"nothing has that name; {nearest(name, known)} A file of yours ends in .yaml"))
    return known[name]


def _over(below: Node, above: Node, depth: int) -> Node:
    """Lay what a file says over what the used one says, as many names deep."""
    if depth == 0 or not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    merged = dict(below.value)
    for name, node in above.value.items():
        merged[name] = _over(merged[name], node, depth - 1) if name in merged else node
    return replace(above, value=merged)


def _node(node: yaml.Node, file: str, path: str) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Node(node.value, file, line, path)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(one, file, f"{path} #{n}".strip()) for n, one in enumerate(node.value, 1)], file, line, path)
    found: dict[str, Node] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        here = f"{path}.{name}" if path else name
        if not name or name in found:
            problem = f"{name} stands here a second time" if name else "expected a name"
            raise ValueError(Node("", file, key.start_mark.line + 1, path).blame(problem))
        # Where an anchor is used again, its lines are those where it was written.
        found[name] = _node(value, file, here)
    return Node(found, file, line, path)
