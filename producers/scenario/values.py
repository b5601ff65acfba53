"""How the values of a scenario's file are written, and how they are read: times, durations, shares, weights, names.

A value that begins with ``$`` stands for a fact of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Generic, TypeVar

from producers.scenario.document import Node, nearest
from producers.scenario.parts import DAY_MS, HOUR_MS, MINUTE_MS
from tocsin.zones import UnclearTimeError, zone_of

T = TypeVar("T")

_UNITS_MS = {"d": DAY_MS, "h": HOUR_MS, "m": MINUTE_MS, "s": 1000}
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?(?: ?Z| UTC)?")
_SHIFTED = re.compile(r"(?P<base>\$\w+|[^+$].*?)(?:\s+(?P<sign>[+-])\s*(?P<shift>\S+))?")
_OFFSET = re.compile(r"([+-])(\d\d?):(\d\d)")
_LEVELS_A_DAY, _LEVELS_A_WEEK = 24, 7


@dataclass(frozen=True)
class Context:
    """What a value may refer to.

    Attributes:
        facts: The text of each.
        begin: Of the scenario, epoch ms; None while that itself is read.
    """

    facts: Mapping[str, Node]
    begin: int | None = None

    def resolve(self, node: Node) -> str:
        """Take the text of a value, or that of the fact that it names."""
        return self.look_up(node.text) if node.text.startswith("$") else node.text

    def look_up(self, name: str) -> str:
        """Take the text of a fact, named with its ``$``.

        Raises:
            ValueError: When there is no such fact.
        """
        name = name.removeprefix("$")
        if name not in self.facts:
            raise ValueError(f"${name}: no such fact; {nearest(name, self.facts)}")
        return self.facts[name].text


@dataclass(frozen=True)
class Kind(Generic[T]):
    """A way in which values are written.

    Attributes:
        takes: For the reference: how they are written.
        read: Reads one; raises ValueError with what was expected.
    """

    takes: str
    read: Callable[[Node, Context], T]


def read_duration(text: str) -> int:
    """Read a duration such as ``1h30m`` to milliseconds.

    Raises:
        ValueError: When it is none.
    """
    found = _DURATION.fullmatch(text) if text else None
    if found is None:
        raise ValueError(f"expected a duration such as 90m, 1h30m or 2d, got '{text}'")
    return sum(int(part or 0) * unit for part, unit in zip(found.groups(), _UNITS_MS.values(), strict=True))


def read_time(text: str) -> int:
    """Read a time such as ``2009-06-13 13:30``, always UTC, to epoch ms.

    Raises:
        ValueError: When it is none.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(
            f"expected a time in UTC such as 2009-06-13 13:30, or +36h10m after the beginning, got '{text}'"
        )
    fields = [int(part or 0) for part in found.groups()]
    try:
        return round(datetime(*fields, tzinfo=UTC).timestamp()) * 1000  # type: ignore[arg-type,misc]  # six integers
    except ValueError as error:
        raise ValueError(f"'{text}': {error}") from error


def read_number(text: str) -> float:
    """Read a number, 0 or more.

    Raises:
        ValueError: When it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e12:  # neither infinite nor no number at all
        raise ValueError(f"expected a number, 0 or more, got '{text}'")
    return value


def _time(node: Node, context: Context) -> int:
    text = node.text
    if text.startswith("+"):
        if context.begin is None:
            raise ValueError(f"expected a time such as 2009-06-13 13:30, got '{text}': nothing has begun before")
        return context.begin + read_duration(text[1:])
    found = _SHIFTED.fullmatch(text)
    base, sign, shift = found.group("base", "sign", "shift") if found else (text, None, None)
    if base.startswith("$"):
        base = context.look_up(base)
        at = _time(Node(base, node.file, node.line), Context({}, context.begin))
    else:
        at = read_time(base)
    if shift is None:
        return at
    by = read_duration(context.look_up(shift) if shift.startswith("$") else shift)
    return at + by if sign == "+" else at - by


def _duration(node: Node, context: Context) -> int:
    return read_duration(context.resolve(node))


def _number(node: Node, context: Context) -> float:
    return read_number(context.resolve(node))


def _share(node: Node, context: Context) -> float:
    value = _number(node, context)
    if value > 1:
        raise ValueError(f"expected a share from 0 to 1, got '{context.resolve(node)}'")
    return value


def _whole(node: Node, context: Context) -> int:
    text = context.resolve(node)
    if not re.fullmatch(r"\d{1,9}", text) or not int(text):
        raise ValueError(f"expected a whole number from 1 on, got '{text}'")
    return int(text)


def _text(node: Node, context: Context) -> str:
    text = context.resolve(node)
    if not text:
        raise ValueError("expected text, got nothing")
    return text


def _flag(node: Node, context: Context) -> bool:
    text = context.resolve(node)
    if text not in ("true", "false"):
        raise ValueError(f"expected true or false, got '{text}'")
    return text == "true"


def _texts(node: Node, context: Context) -> tuple[str, ...]:
    return tuple(_text(one, context) for one in node.items)


def _texts_by_name(node: Node, context: Context) -> dict[str, tuple[str, ...]]:
    return {name: _texts(one, context) for name, one in node.names.items()}


def _numbers(node: Node, context: Context) -> dict[str, float]:
    return {name: _number(one, context) for name, one in node.names.items()}


def _weights(node: Node, context: Context) -> dict[str, float]:
    weights = _numbers(node, context)
    if not sum(weights.values()):
        raise ValueError("expected at least one weight above 0")
    return weights


def _levels(count: int, of: str) -> Callable[[Node, Context], tuple[float, ...]]:
    def read(node: Node, context: Context) -> tuple[float, ...]:
        if len(node.items) != count:
            raise ValueError(f"expected {count} levels, {of}, got {len(node.items)}")
        return tuple(_number(one, context) for one in node.items)

    return read


def _zone(node: Node, context: Context) -> tzinfo:
    text = context.resolve(node)
    if found := _OFFSET.fullmatch(text):
        sign, hours, minutes = found.groups()
        east = timedelta(hours=int(hours), minutes=int(minutes))
        if east < timedelta(days=1):
            return timezone(east if sign == "+" else -east)
    try:
        return zone_of(text)
    except UnclearTimeError as error:
        raise ValueError(f"expected a zone such as Asia/Tehran, or an offset such as +04:30: {error}") from error


def choice(*values: str) -> Kind[str]:
    """Make the kind of values that are one of a few words."""

    def read(node: Node, context: Context) -> str:
        text = context.resolve(node)
        if text not in values:
            raise ValueError(f"expected {' or '.join(values)}, got '{text}'")
        return text

    return Kind(" or ".join(f"`{value}`" for value in values), read)


TIME = Kind("time", _time)
DURATION = Kind("duration", _duration)
NUMBER = Kind("number", _number)
SHARE = Kind("share", _share)
WHOLE = Kind("whole number", _whole)
TEXT = Kind("text", _text)
FLAG = Kind("`true` or `false`", _flag)
TEXTS = Kind("list", _texts)
TEXTS_BY_NAME = Kind("lists by name", _texts_by_name)
NUMBERS = Kind("numbers by name", _numbers)
WEIGHTS = Kind("weights by name", _weights)
HOURS = Kind("24 levels", _levels(_LEVELS_A_DAY, "one for each hour from midnight"))
WEEKDAYS = Kind("7 levels", _levels(_LEVELS_A_WEEK, "Monday first"))
ZONE = Kind("zone or offset", _zone)
