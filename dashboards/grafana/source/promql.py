"""As much of PromQL as is needed to tell what a query asks for: metrics, labels, and where it looks at rates."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
# A name, and what follows it; a function is followed by a parenthesis.
_NAMED = re.compile(r"(?<![\w$:.])([a-zA-Z_:][\w:]*)(?:\s*(\{[^}]*\}))?(?!\s*\()(?![\w:])")
_MATCHED = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
_WORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right",
          "inf", "nan", "Inf", "NaN"}  # fmt: skip
_RATE = re.compile(r"\b(?:rate|irate|increase|delta|idelta|deriv)\s*\(")
_WINDOW = re.compile(r"\[([^\]]*)\]")


class Selector(NamedTuple):
    """One metric that a query reads.

    Attributes:
        metric: Its name.
        labels: Those that the selector looks at.
        text: As it stands in the query.
    """

    metric: str
    labels: tuple[str, ...]
    text: str


def selectors(expr: str) -> Iterator[Selector]:
    """Every metric that a query reads, in the order in which they stand."""
    bare = expr
    for pattern in (_STRING, _WINDOW, _GROUPED):
        bare = pattern.sub(_blank, bare)
    for found in _NAMED.finditer(bare):
        if found[1] not in _WORDS:
            text = expr[found.start() : found.end()]
            yield Selector(found[1], tuple(_MATCHED.findall(found[2] or "")), text)


def grouped(expr: str) -> set[str]:
    """Every label by which a query groups or matches."""
    return {label.strip() for inside in _GROUPED.findall(expr) for label in inside.split(",") if label.strip()}


def rate_windows(expr: str) -> Iterator[str]:
    """The window of each function that tells how fast something changes."""
    for found in _RATE.finditer(expr):
        window = _WINDOW.search(expr, found.end())
        yield window[1] if window else ""


def _blank(found: re.Match[str]) -> str:
    """Take out what stands in quotes, brackets or lists of labels, and leave everything else where it was."""
    ends = '"' if found[0].startswith('"') else " "
    return f"{ends}{' ' * (len(found[0]) - 2)}{ends}"
