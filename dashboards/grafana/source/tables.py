"""The tables of panels in ``docs/dashboards.md``: what is said in Grafana is said there, in the same words."""

import re
from collections.abc import Mapping

from dashboards.grafana.source.queries import Board, panels_of

_PLACE = re.compile(r"(<!-- panels of ([\w-]+) -->\n)(?:\n\|(?:.*\n)*?(?=\n|\Z))?")


def with_tables(page: str, boards: Mapping[str, Board]) -> str:
    """Put the table of each dashboard where the page wants it, instead of an older one.

    Args:
        page: Markdown, with a comment ``panels of UID`` for each table.
        boards: By uid.
    """
    return _PLACE.sub(lambda found: f"{found[1]}\n{table_of(boards[found[2]])}", page)


def table_of(board: Board) -> str:
    """One row for each panel, in reading order."""
    rows = [f"| {panel['title']} | {panel['description']} |" for panel in panels_of(board)]
    return "\n".join(["| panel | how to read it |", "|---|---|", *rows, ""])
