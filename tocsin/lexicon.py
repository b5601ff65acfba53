"""Keyword groups and reports: which of them each post of a batch touches.

A lexicon is written in YAML (``docs/lexicon.md`` teaches how) and becomes one automaton, which reads a whole
batch at once. Every pattern begins with the space that :mod:`tocsin.text` puts before a word, and ends with the one
behind it unless the entry ends in ``*``; so whatever the automaton finds is a hit, and nothing is left to verify.
Names of services are patterns too. What is said of services ("down", "no") are everyday words, so a second automaton
looks for them, and only in the few texts that name a service.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick, Implementation

from tocsin.errors import SettingsError
from tocsin.lexicon_file import read
from tocsin.reports import Name, Phrase, Reports, reported
from tocsin.series import series
from tocsin.text import Alphabet, marks


class Lexicon:
    """Keyword groups and reports, compiled. Immutable; the same texts always give the same answer.

    Args:
        patterns: For each series the folded phrases that count for it. One that ends in a space must end where a
            word ends; any other may end within a word.
        reports: The words of reports; each service adds a series ``report=`` behind those of the patterns.

    Attributes:
        series: Names of the series, such as ``keyword=protest``, in the order of the bits of :meth:`match`.
        digest: Names the content as it is matched, whatever its spelling in the file: what was counted under another
            digest is another count.

    Raises:
        ValueError: If the phrases hold more different letters than an :class:`~tocsin.text.Alphabet` can.
    """

    def __init__(self, patterns: Mapping[str, frozenset[str]], reports: Reports | None = None) -> None:
        services = reports.names if reports else ()
        self.series = (*patterns, *(series("report", service) for service in services))
        self.digest = _digest(patterns, reports)
        masks = _bits(patterns.values())
        named = _bits(reports.services.get(service, ()) for service in services) if reports else {}
        alone = _bits(reports.alone.get(service, ()) for service in services) if reports else {}
        # Names come last, so that their numbers tell them from what is a keyword and nothing else.
        found = [phrase for phrase in masks if phrase not in named and phrase not in alone]
        self._first_name = len(found)
        found += {**named, **alone}
        self._masks = [masks.get(phrase, 0) for phrase in found]
        self._services = [
            (named.get(phrase, 0) | alone.get(phrase, 0), alone.get(phrase, 0)) for phrase in found[self._first_name :]
        ]
        self._first_report = len(patterns)
        said = reports.said if reports else {}
        self._said = list(said.values())
        self._alphabet = Alphabet("".join((*found, *said)))
        self._automaton = self._automaton_of(found)
        self._phrases = self._automaton_of(said)

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
            names: dict[int, list[Name]] = {}
            for pattern, start, end in found:
                text = bisect_left(ends, start)
                masks[text] |= self._masks[pattern]
                if pattern >= self._first_name:
                    names.setdefault(text, []).append((start, end, *self._services[pattern - self._first_name]))
            for text, phrases in self._said_in(encoded, ends, names).items():
                masks[text] |= reported(names[text], phrases) << self._first_report
        return masks

    def _said_in(self, encoded: bytes, ends: Sequence[int], texts: Iterable[int]) -> dict[int, list[Phrase]]:
        """Find what is said of services, in the texts that name one: these are put together and searched at once."""
        said: dict[int, list[Phrase]] = {}
        begins: list[int] = []  # of these texts, among each other
        shifts: list[int] = []  # from there to where they stand in the batch
        pieces: list[bytes] = []
        length = 0
        for text in texts:
            begin = ends[text - 1] + 1 if text else 0
            pieces.append(encoded[begin : ends[text] if text < len(ends) else None])
            begins.append(length)
            shifts.append(begin - length)
            length += len(pieces[-1])
            said[text] = []
        listed = list(said.values())
        for number, start, end in self._phrases.find_matches_as_indexes(b"".join(pieces), overlapping=True):
            at = bisect_right(begins, start) - 1
            listed[at].append((start + shifts[at], end + shifts[at], *self._said[number]))
        return said

    def _automaton_of(self, phrases: Iterable[str]) -> BytesAhoCorasick:
        return BytesAhoCorasick(
            [self._alphabet.encode_words(f" {phrase}") for phrase in phrases], implementation=Implementation.DFA
        )


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
    patterns, reports = read(source, name)
    try:
        return Lexicon(patterns, reports)
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


def _bits(collections: Iterable[Iterable[str]]) -> dict[str, int]:
    """Give each phrase a bit for every collection that holds it."""
    bits: dict[str, int] = {}
    for bit, phrases in enumerate(collections):
        for phrase in phrases:
            bits[phrase] = bits.get(phrase, 0) | 1 << bit
    return bits


def _digest(patterns: Mapping[str, frozenset[str]], reports: Reports | None) -> str:
    content: list[object] = [[name, sorted(phrases)] for name, phrases in patterns.items()]
    if reports:
        words = [
            [service, sorted(reports.services.get(service, ())), sorted(reports.alone.get(service, ()))]
            for service in reports.names
        ]
        content.append({"services": words, "said": sorted(reports.said.items())})
    return blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()
