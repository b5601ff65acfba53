"""Reading a lexicon: YAML in, folded phrases out, or every mistake with its place.

An entry becomes patterns, one for each way of writing it; see :mod:`tocsin.lexicon` for what they mean.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, product

import yaml

from tocsin.errors import SettingsError
from tocsin.reports import Reports
from tocsin.series import is_value, series
from tocsin.text import normalise

MAX_GROUPS = 60  # services included
MAX_WORDS = 6  # of one entry: each space doubles the number of its patterns
MIN_STEM = 2  # letters before a *: fewer would count nearly every post
DEEPEST = 50  # brackets that may be open at once
SECTIONS = {"keywords": "keyword", "media": "media"}
REPORTS = "reports"

# Arabic writes these together with the word that follows: and, the, with, for, and what they make together.
_PROCLITICS = ("", "و", "ال", "وال", "ب", "بال", "وبال", "ل", "لل", "ولل")
_BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}
_ALL_SECTIONS = (*SECTIONS, REPORTS)
# What a report is made of: words by service, or one collection for all services.
_BY_SERVICE = ("services", "alone")
_OF_ALL = ("failing", "lacking", "working")


def read(source: str | Mapping[str, object], name: str) -> tuple[dict[str, frozenset[str]], Reports | None]:
    """Read a lexicon.

    Args:
        source: YAML text, or what it would give.
        name: What messages call it.

    Returns:
        For each series of a group its folded phrases; and the words of reports, if there are any.

    Raises:
        SettingsError: Naming every group and entry that is wrong, and what was expected.
    """
    problems: list[str] = []
    patterns: dict[str, frozenset[str]] = {}
    reports = None
    for section, content in _items(_parse(source, name) if isinstance(source, str) else source, "top level", problems):
        if section == REPORTS:
            reports = _reports(content, problems)
        elif section in SECTIONS:
            dimension = SECTIONS[section]
            patterns |= {series(dimension, group): found for group, found in _groups(content, section, problems)}
        else:
            problems.append(f"{section}: no such section; expected {_listed(_ALL_SECTIONS)}")
    groups = len(patterns) + (len(reports.names) if reports else 0)
    if not groups and not problems:
        problems.append(f"no group at all; expected at least one under {_listed(_ALL_SECTIONS)}")
    if groups > MAX_GROUPS:
        problems.append(f"{groups} groups, expected at most {MAX_GROUPS}")
    if problems:
        raise SettingsError("\n".join(f"{name}: {problem}" for problem in problems))
    return patterns, reports


def _reports(content: object, problems: list[str]) -> Reports:
    by_service: dict[str, dict[str, frozenset[str]]] = {part: {} for part in _BY_SERVICE}
    of_all: dict[str, frozenset[str]] = dict.fromkeys(_OF_ALL, frozenset())
    before = len(problems)
    for part, words in _items(content, REPORTS, problems):
        where = f"{REPORTS}.{part}"
        if part in by_service:
            by_service[part] = dict(_groups(words, where, problems))
        elif part in of_all:
            of_all[part] = _group(words, where, problems)
        else:
            problems.append(f"{where}: no such part; expected {_listed((*_BY_SERVICE, *_OF_ALL))}")
    reports = Reports(
        by_service["services"], by_service["alone"], of_all["failing"], of_all["lacking"], of_all["working"]
    )
    if len(problems) > before:
        return reports
    if not reports.names:
        problems.append(f"{REPORTS}: expected at least one service under {_listed(_BY_SERVICE)}")
    if reports.services and not reports.failing | reports.lacking:
        problems.append(f"{REPORTS}: expected failing or lacking beside services, or nobody could report one")
    return reports


def _groups(groups: object, where: str, problems: list[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Read what has a group's or a service's name over each collection of entries."""
    for group, words in _items(groups, where, problems):
        place = f"{where}.{group}"
        if not is_value(group):
            problems.append(f"{place}: expected a name of at most 32 of a-z 0-9 . _ -, beginning with a-z or 0-9")
        yield group, _group(words, place, problems)


def _group(words: object, where: str, problems: list[str]) -> frozenset[str]:
    before = len(problems)
    phrases = frozenset(_phrases(words, where, problems))
    if not phrases and len(problems) == before:
        problems.append(f"{where}: expected at least one entry")
    return phrases


class _Loader(yaml.BaseLoader):
    """Takes every scalar as text (``no``, ``1401``, ``2009-06-12``), and no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                problem = f"{key.value!r} stands here a second time"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _parse(text: str, name: str) -> object:
    if _depth(text) > DEEPEST:  # the parser would take seconds to find out
        raise SettingsError(f"{name}: more than {DEEPEST} brackets are open at once; entries with [ or {{ need quotes")
    try:
        loader = _Loader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(f"{name}{line}: {error.problem}. Entries with * # : ' and the like need quotes") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{name}: {error}") from error
    except RecursionError as error:
        raise SettingsError(f"{name}: nested too deep, or an anchor that holds itself") from error


def _depth(text: str) -> int:
    """Count the brackets that are open at once, at the most."""
    return max(accumulate(_BRACKETS[bracket] for bracket in text if bracket in _BRACKETS), default=0)


def _items(value: object, where: str, problems: list[str]) -> list[tuple[str, object]]:
    """List what should be a mapping with names as keys."""
    if not isinstance(value, Mapping):
        problems.append(f"{where}: expected names with something under each, got {_told(value)}")
        return []
    return [(str(key), item) for key, item in value.items()]


def _phrases(words: object, where: str, problems: list[str]) -> Iterator[str]:
    """Read a collection of entries: lists by language, or one list for all."""
    lists = [("", words)] if isinstance(words, list) else _items(words, where, problems)
    for language, entries in lists:
        place = f"{where}.{language}" if language else where
        if not isinstance(entries, list):
            problems.append(f"{place}: expected a list of entries, got {_told(entries)}")
            continue
        for number, entry in enumerate(entries, 1):
            try:
                yield from _variants(entry, _PROCLITICS if language == "ar" else ("",))
            except ValueError as error:
                problems.append(f"{place}, entry {number} ({_told(entry)}): {error}")


def _variants(entry: object, proclitics: tuple[str, ...]) -> Iterator[str]:
    """Spell out how an entry may be written: each of its spaces may be missing, as in hashtags and in Persian."""
    if not isinstance(entry, str):
        raise ValueError("expected text; quote it if it is text")  # noqa: TRY004 - gathered with the other problems
    stem = entry.strip().removesuffix("*")
    words = normalise(stem).split()
    if "*" in stem:
        raise ValueError("expected * at the end only")
    if not words:
        raise ValueError("expected a letter or digit; what follows a # is a comment, unless it is in quotes")
    if len(words) > MAX_WORDS:
        raise ValueError(f"{len(words)} words, expected at most {MAX_WORDS}")
    whole = stem == entry.strip()
    if not whole and len("".join(words)) < MIN_STEM:
        raise ValueError(f"expected at least {MIN_STEM} letters before *")
    for proclitic, *gaps in product(proclitics, *[(" ", "")] * (len(words) - 1)):
        yield proclitic + "".join(chain(*zip(words, [*gaps, " " if whole else ""], strict=True)))


def _told(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else "nothing" if value is None else f"a {type(value).__name__}"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
