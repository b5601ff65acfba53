"""Reading the sections of a scenario's file by their schema, and gathering everything that is wrong in them."""

from collections.abc import Iterable, Mapping
from typing import Any

from producers.scenario.document import Node, nearest
from producers.scenario.schema import Key, Section
from producers.scenario.values import Context


class Sections:
    """Reads sections.

    Attributes:
        problems: Everything that was wrong so far, with its place and what was expected.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []

    def names(self, node: Node | None) -> dict[str, Node]:
        """List what stands under each name; nothing where that is missing, or is something else."""
        try:
            return dict(node.names) if node and node.value else {}
        except ValueError as error:
            self._blame(node, error)
            return {}

    def entries(self, node: Node | None) -> list[Node]:
        """List the entries of a list; nothing where that is missing, or is something else."""
        try:
            return node.items if node and node.value else []
        except ValueError as error:
            self._blame(node, error)
            return []

    def all(self, section: Section, nodes: Iterable[Node], context: Context) -> list[Any]:
        """Make a part of each entry; those that are wrong are left out."""
        made = [self.one(section, node, context) for node in nodes]
        return [part for part in made if part is not None]

    def named(self, section: Section, node: Node | None, context: Context) -> list[Any]:
        """Make a part of what stands under each name; those that are wrong are left out."""
        made = [self.one(section, entry, context, name=name) for name, entry in self.names(node).items()]
        return [part for part in made if part is not None]

    def one(self, section: Section, node: Node, context: Context, **more: object) -> Any | None:
        """Make a part.

        Args:
            section: What may stand in it.
            node: What stands there.
            context: What its values may refer to.
            more: What the part needs besides.

        Returns:
            The part; None if anything of it is wrong.
        """
        before = len(self.problems)
        if not isinstance(node.value, dict):
            self.problems.append(node.blame(f"expected names with something under each, got {node.told}"))
            return None
        self.refuse_unknown(node.value, section.by_name)
        values = self.values(section.keys, node, context)
        if "length" in section.by_name:
            self.span(values, node)
        return section.make(**more, **values) if len(self.problems) == before else None

    def refuse_unknown(self, own: Mapping[str, Node], known: Iterable[str]) -> None:
        """Refuse keys that nobody would read."""
        for name in own:
            if name not in set(known):
                self.problems.append(own[name].blame(f"no such key; {nearest(name, known)}"))

    def values(self, keys: Iterable[Key], node: Node, context: Context) -> dict[str, Any]:
        """Read the values of keys, those that are missing by their defaults."""
        values: dict[str, Any] = {}
        own = node.names
        for key in keys:
            if key.needed and key.name not in own:
                self.problems.append(node.blame(f"expected {key.name}: {key.meaning}"))
            elif key.name in own or key.default:
                found = own.get(key.name) or Node(key.default, node.file, node.line, f"{node.path}.{key.name}")
                try:
                    values[key.name] = key.kind.read(found, context)
                except ValueError as error:
                    fact = f"{found.value}: " if isinstance(found.value, str) and found.value.startswith("$") else ""
                    self.problems.append(found.blame(f"{fact}{error}"))
        return values

    def span(self, values: dict[str, Any], node: Node) -> None:
        """Turn a length into an end, and see that one of both is there."""
        length, begin, own = values.pop("length", None), values.get("begin"), node.names
        if ("length" in own) == ("end" in own):
            self.problems.append(node.blame("expected an end or a length, and not both"))
        elif begin is not None and (length is not None or "end" in values):
            values.setdefault("end", begin + (length or 0))
            if values["end"] <= begin:
                self.problems.append(node.blame("expected an end after the begin"))

    def _blame(self, node: Node | None, error: ValueError) -> None:
        if node is not None:
            self.problems.append(node.blame(error))
