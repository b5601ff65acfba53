"""Reports that a service fails: its name, and near it a phrase that says so.

A word says little by itself, so place decides. A *failing* phrase speaks of the last service named before it ("sms has
been cut"), a *lacking* one of the next ("no sms"), and both only of one that stands near: "nobody on twitter says that
the phone lines are cut" reports phone lines. What says that a service works takes its report back: "sms was cut for
three weeks, and now it is back".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FAILING, LACKING, WORKING = 1, 2, 4
# How many folded letters and spaces may stand between a service and what is said of it. One word behind it, such as
# "down", must stand close; several leave less doubt. Before it, "no more sms" speaks of sms, but "no one is on
# twitter" not of twitter.
REACH_OF_WORD, REACH_OF_PHRASE, REACH_BEFORE = 9, 30, 5
REACH_OF_BREATH = 3  # "sms and internet", "پیامک و اینترنت": named in one breath, and failing together


@dataclass(frozen=True)
class Reports:
    """The words of reports, folded. A phrase that ends in a space must end where a word ends.

    Attributes:
        services: For each service what names it.
        alone: For each service what reports it without more: "power cut", "fail whale".
        failing: What says that the service named before it fails.
        lacking: What says that the service named behind it fails.
        working: What says that a service works, or works again.
    """

    services: Mapping[str, frozenset[str]]
    alone: Mapping[str, frozenset[str]]
    failing: frozenset[str]
    lacking: frozenset[str]
    working: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        """All services, in the order of their bits."""
        return tuple(dict.fromkeys((*self.services, *self.alone)))

    @property
    def said(self) -> dict[str, tuple[int, int]]:
        """Each phrase that is said of services, with the bits of its roles, and how far behind a name it reaches."""
        roles: dict[str, int] = {}
        for role, phrases in ((FAILING, self.failing), (LACKING, self.lacking), (WORKING, self.working)):
            for phrase in phrases:
                roles[phrase] = roles.get(phrase, 0) | role
        return {
            phrase: (bits, REACH_OF_PHRASE if " " in phrase.strip() else REACH_OF_WORD)
            for phrase, bits in roles.items()
        }


# Offset of the space before the first word; offset behind the last, mostly behind the space that follows; and
# for a name: a bit for each service that it names, a bit for each that it reports without more;
# for a phrase: what :attr:`Reports.said` gives for it.
Name = tuple[int, int, int, int]
Phrase = tuple[int, int, int, int]
_NOBODY: Name = (0, 0, 0, 0)


def reported(names: Sequence[Name], phrases: Sequence[Phrase]) -> int:
    """Tell which services one text reports.

    Args:
        names: Where it names services, in the order of their ends.
        phrases: Where it says something of them, in the order of their ends.

    Returns:
        A bit for each service that fails by this account.
    """
    fails, works = 0, 0
    for name in names:
        fails |= name[3]
    if not phrases:
        return fails
    said = _outermost(phrases)
    breaths = _breaths(_outermost(names), said)
    for start, end, roles, reach in said:
        last = following = _NOBODY
        for breath in breaths:
            if breath[0] >= start:
                following = breath
                break
            last = breath
        close = following[2] if following[0] - end <= REACH_BEFORE else 0
        if roles & WORKING:
            works |= last[2] or close
        elif roles & FAILING and last[2] and start - last[1] <= reach:
            fails |= last[2]
        elif roles & LACKING:
            fails |= close
    return fails & ~works


def _outermost(spans: Sequence[Name]) -> Sequence[Name]:
    """Drop what is part of something longer, such as the "down" of "not down"."""
    if len(spans) == 1:
        return spans
    kept: list[Name] = []
    for span in spans:
        while kept and span[0] <= kept[-1][0]:
            kept.pop()
        if not kept or span[1] > kept[-1][1]:
            kept.append(span)
    return kept


def _breaths(names: Sequence[Name], said: Sequence[Phrase]) -> Sequence[Name]:
    """Join names that only a short word separates, unless that word says something."""
    if len(names) == 1:
        return names
    breaths = list(names[:1])
    for name in names[1:]:
        last = breaths[-1]
        apart = name[0] - last[1] > REACH_OF_BREATH
        if apart or any(last[1] - 1 <= phrase[0] < name[0] for phrase in said):
            breaths.append(name)
        else:
            breaths[-1] = last[0], name[1], last[2] | name[2], last[3] | name[3]
    return breaths
