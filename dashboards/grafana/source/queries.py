"""Every query of a dashboard, with Grafana's variables filled in as Grafana would."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

_LABEL_VALUES = re.compile(r"label_values\((.*),\s*(\w+)\)")

Board = Mapping[str, Any]  # the JSON of a dashboard
Kind = Literal["range", "instant", "annotation", "values"]


class Asked(NamedTuple):
    """One query.

    Attributes:
        where: Panel and letter, or the name of the annotation or variable.
        kind: In which form it is asked; ``values`` asks for those of a label.
        expr: PromQL, with variables.
        label: Whose values are asked for; else empty.
        regex: What of them is kept, in slashes; else empty.
    """

    where: str
    kind: Kind
    expr: str
    label: str = ""
    regex: str = ""


def panels_of(board: Board) -> Iterator[Mapping[str, Any]]:
    """Every panel but rows, with those within folded rows."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", ())
        else:
            yield panel


def name_of(panel: Mapping[str, Any]) -> str:
    """What to call a panel, even one without a title."""
    return str(panel.get("title") or f"panel {panel.get('id')}")


def queries_of(board: Board) -> Iterator[Asked]:
    """Every query of panels, annotations and variables.

    Raises:
        ValueError: For a variable that asks in another way than by ``label_values``.
    """
    for panel in panels_of(board):
        for target in panel["targets"]:
            kind: Kind = "instant" if target.get("instant") else "range"
            yield Asked(f"{name_of(panel)} ({target['refId']})", kind, target["expr"])
    for note in board["annotations"].get("list", ()):
        yield Asked(f"annotation {note['name']}", "annotation", note["target"]["expr"])
    for variable in board["templating"].get("list", ()):
        if variable["type"] == "query":
            found = _LABEL_VALUES.fullmatch(variable["query"]["query"])
            if found is None:
                raise ValueError(f"variable {variable['name']}: {variable['query']['query']} is no label_values(...)")
            yield Asked(variable["name"], "values", found[1], found[2], variable.get("regex", ""))


def filled(expr: str, values: Mapping[str, str]) -> str:
    """Fill in variables, those of dashboards and Grafana's own alike.

    Args:
        expr: With ``$name`` or ``${name}``.
        values: By name.

    Raises:
        KeyError: For a variable that is not among them.
    """
    return re.sub(r"\$(?:\{(\w+)\}|([a-zA-Z_]\w*))", lambda found: values[found[1] or found[2]], expr)


def kept(values: list[str], regex: str) -> list[str]:
    """What Grafana keeps of the values of a variable: the group of its expression, where that fits."""
    if not regex:
        return values
    found = (re.search(regex.strip("/"), value) for value in values)
    return [match[1] for match in found if match]
