"""Keyword groups: which of them each post of a batch touches.

A lexicon is written in YAML (``docs/lexicon.md`` teaches how) and becomes one automaton, which reads a whole
batch at once. Every pattern begins with the space that :mod:`tocsin.text` puts before a word, and ends with the one
behind it unless the entry ends in ``*``; so whatever the automaton finds is a hit, and nothing is left to verify.
"""

import json
from bisect import bisect_left
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib import resources
from itertools import chain, product
from pathlib import Path

import yaml
from ahocorasick_rs import BytesAhoCorasick, Implementation

from tocsin.errors import SettingsError
from tocsin.series import is_value, series
from tocsin.text import Alphabet, marks, normalise

MAX_GROUPS = 60
MAX_WORDS = 6  # of one entry: each space doubles the number of its patterns
MIN_STEM = 2  # letters before a *: fewer would count nearly every post
SECTIONS = {"keywords": "keyword", "media": "media"}

# Arabic writes these together with the word that follows: and, the, with, for, and what they make together.
_PROCLITICS = ("", "و", "ال", "وال", "ب", "بال", "وبال", "ل", "لل", "ولل")


class Lexicon:
    """Keyword groups, compiled. Immutable; the same texts always give the same answer.

    Args:
        patterns: For each series the folded phrases that count for it. One that ends in a space must end where a
            word ends; any other may end within a word.

    Attributes:
        series: Names of the series, such as ``keyword=protest``, in the order of the bits of :meth:`match`.
        digest: Names the content as it is matched, whatever its spelling in the file: what was counted under another
            digest is another count.

    Raises:
        ValueError: If the phrases hold more different letters than an :class:`~tocsin.text.Alphabet` can.
    """

    def __init__(self, patterns: Mapping[str, frozenset[str]]) -> None:
        self.series = tuple(patterns)
        canonical = json.dumps([[name, sorted(phrases)] for name, phrases in patterns.items()])
        self.digest = blake2b(canonical.encode(), digest_size=16).hexdigest()
        bits: dict[str, int] = {}
        for bit, phrases in enumerate(patterns.values()):
            for phrase in phrases:
                bits[phrase] = bits.get(phrase, 0) | 1 << bit
        self._masks = list(bits.values())
        self._alphabet = Alphabet("".join(bits))
        self._automaton = BytesAhoCorasick(
            [self._alphabet.encode_words(f" {phrase}") for phrase in bits], implementation=Implementation.DFA
        )

    def match(self, texts: Sequence[str]) -> list[int]:
        """Tell which series each text counts for. Raises on no text.

        Args:
            texts: A batch; the cost per text falls with its size, up to some hundreds.

        Returns:
            For each text a mask in which bit ``i`` is set if the text counts for ``series[i]``.
        """
        masks = [0] * len(texts)
        encoded = self._alphabet.encode(texts)
        found = self._automaton.find_matches_as_indexes(encoded, overlapping=True)
        if found:
            ends = marks(encoded)
            for pattern, start, _ in found:
                masks[bisect_left(ends, start)] |= self._masks[pattern]
        return masks


def load_lexicon(source: str | Mapping[str, object], name: str = "lexicon") -> Lexicon:
    """Build a lexicon from YAML, or from what YAML would give.

    Args:
        source: YAML text, or its content as mappings, lists and strings.
        name: What messages call it; a file's path, best.

    Returns:
        The compiled lexicon.

    Raises:
        SettingsError: Naming every group and entry that is wrong, and what was expected.
    """
    problems: list[str] = []
    patterns = _patterns(_parse(source, name) if isinstance(source, str) else source, problems)
    if not patterns and not problems:
        problems.append(f"no group at all; expected at least one under {' or '.join(SECTIONS)}")
    if len(patterns) > MAX_GROUPS:
        problems.append(f"{len(patterns)} groups, expected at most {MAX_GROUPS}")
    if problems:
        raise SettingsError("\n".join(f"{name}: {problem}" for problem in problems))
    try:
        return Lexicon(patterns)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from error


def lexicon_from_file(path: Path) -> Lexicon:
    """Read a lexicon file, which must be UTF-8.

    Raises:
        SettingsError: If it cannot be read, or says something wrong; with the path.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8") from error
    return load_lexicon(text, str(path))


@cache
def default_lexicon() -> Lexicon:
    """Build the lexicon that comes with Tocsin: protest and its circumstances in four languages."""
    return load_lexicon(resources.files("tocsin").joinpath("lexicon.yaml").read_text("utf-8"), "lexicon.yaml")


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


def _patterns(content: object, problems: list[str]) -> dict[str, frozenset[str]]:
    patterns: dict[str, frozenset[str]] = {}
    for section, groups in _items(content, "top level", problems):
        if section not in SECTIONS:
            problems.append(f"{section}: no such section; expected {' or '.join(SECTIONS)}")
            continue
        for group, words in _items(groups, section, problems):
            where = f"{section}.{group}"
            if not is_value(group):
                problems.append(f"{where}: expected a name of at most 32 of a-z 0-9 . _ -, beginning with a-z or 0-9")
            before = len(problems)
            phrases = frozenset(_phrases(words, where, problems))
            if not phrases and len(problems) == before:
                problems.append(f"{where}: expected at least one entry")
            patterns[series(SECTIONS[section], group)] = phrases
    return patterns


def _items(value: object, where: str, problems: list[str]) -> list[tuple[str, object]]:
    """List what should be a mapping with names as keys."""
    if not isinstance(value, Mapping):
        problems.append(f"{where}: expected names with something under each, got {_told(value)}")
        return []
    return [(str(key), item) for key, item in value.items()]


def _phrases(words: object, where: str, problems: list[str]) -> Iterator[str]:
    """Read a group: lists by language, or one list for all."""
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
