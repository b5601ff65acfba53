"""From a scenario's file to the scenario, or to every mistake in it with its place."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from producers.scenario import schema
from producers.scenario.document import Node, ScenarioError, nearest
from producers.scenario.facts import Fact
from producers.scenario.flaws import WAYS
from producers.scenario.life import Channel, Topic
from producers.scenario.misfits import misfits
from producers.scenario.model import SETTINGS, Scenario
from producers.scenario.parts import Burst, Flaws
from producers.scenario.sections import Sections
from producers.scenario.values import Context, read_duration, read_number, read_time

_GIVEN = "--set"  # what messages call facts that did not come from the file


def read(document: Node, name: str, given: Mapping[str, str]) -> Scenario:
    """Read a scenario.

    Args:
        document: Its file, with whatever it uses.
        name: Of the scenario.
        given: Facts that replace those of the file, by name.

    Raises:
        ScenarioError: Naming everything that is wrong, with its place and what was expected.
    """
    sections = Sections()
    facts = _facts(sections, document, given)
    texts = {name: Node(fact.text, _GIVEN if name in given else document.file, 0) for name, fact in facts.items()}
    top, context = _top(sections, document, Context(texts))
    volume = top.pop("volume", 1.0)
    part = document.names.get
    topics: list[Topic] = sections.named(schema.TOPIC, part("topics"), context)
    channels: list[Channel] = sections.named(schema.CHANNEL, part("channels"), context)
    parts: dict[str, Any] = {p: sections.all(s, sections.entries(part(p)), context) for p, s in schema.PARTS.items()}
    flaws, settings = _flaws(sections, part("flaws"), context), _settings(sections, part("settings"), context)
    if not sections.names(part("channels")):
        sections.problems.append(document.blame("expected at least one channel under channels"))
    _give_up_over(sections.problems)
    parts = {kind: tuple(_louder_part(one, volume) for one in found) for kind, found in parts.items()}
    scenario = Scenario(
        name=name,
        facts=facts,
        topics={topic.name: topic for topic in topics},
        channels=tuple(_louder(channel, volume) for channel in channels),
        flaws=flaws,
        settings=settings,
        heartbeat_seconds=top.pop("heartbeat") // 1000,
        **top,
        **parts,
    )
    _give_up_over([document.blame(problem) for problem in misfits(scenario)])
    return _with_tags(scenario)


def _give_up_over(problems: list[str]) -> None:
    if problems:
        raise ScenarioError("\n".join(dict.fromkeys(problems)))


def _facts(sections: Sections, document: Node, given: Mapping[str, str]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    nodes = sections.names(document.names.get("facts"))
    for name in given:
        if name not in nodes:
            sections.problems.append(f"{_GIVEN} {name}: no such fact; {nearest(name, nodes)}")
    nothing = Context({})
    for name, node in nodes.items():
        own = sections.names(node)
        others = sections.all(schema.ALTERNATIVE, sections.entries(own.pop("alternatives", None)), nothing)
        fact = sections.one(schema.FACT, replace(node, value=own), nothing, name=name, alternatives=tuple(others))
        if fact is not None:
            text = given.get(name, fact.text)
            found[name] = replace(fact, text=text, value=_typed(text))
    return found


def _typed(text: str) -> float | str:
    """Read the value of a fact for whoever asks in Python."""
    for reader in (read_time, read_number, read_duration):
        try:
            return reader(text)
        except ValueError:
            continue
    return text


def _top(sections: Sections, document: Node, context: Context) -> tuple[dict[str, Any], Context]:
    """Read what stands at the top, and learn when everything begins."""
    known = [key.name for key in schema.TOP]
    sections.refuse_unknown(document.names, [*known, *schema.NAMED, *schema.PARTS])
    (begins,) = (key for key in schema.TOP if key.name == "begin")
    context = replace(context, begin=Sections().values([begins], document, context).get("begin"))
    values = sections.values(schema.TOP, document, replace(context, begin=None) if context.begin is None else context)
    sections.span(values, document)
    heartbeat = values.get("heartbeat", 1000)
    if heartbeat % 1000 or not heartbeat:
        sections.problems.append(document.names["heartbeat"].blame("expected whole seconds, at least one"))
    return values, context


def _flaws(sections: Sections, node: Node | None, context: Context) -> Flaws:
    found: Flaws | None = sections.one(schema.FLAWS, node, context) if node and node.value else None
    if found is None or node is None:
        return Flaws()
    for kind in found.kinds.keys() - WAYS.keys():
        sections.problems.append(node.names["kinds"].blame(f"{kind}: no such way; {nearest(kind, WAYS)}"))
    if found.late + found.duplicates + found.broken + found.wild > 1:
        sections.problems.append(node.blame("expected shares that add up to 1 at most"))
    return found


def _settings(sections: Sections, node: Node | None, context: Context) -> dict[str, int]:
    settings = dict(SETTINGS)
    for name, value in sections.names(node).items():
        if name not in SETTINGS:
            sections.problems.append(value.blame(f"no such setting; {nearest(name, SETTINGS)}"))
            continue
        try:
            settings[name] = schema.SETTINGS.read(value, context)
        except ValueError as error:
            sections.problems.append(value.blame(error))
    return settings


def _louder(channel: Channel, volume: float) -> Channel:
    authors = replace(channel.authors, regulars=max(1, round(channel.authors.regulars * volume)))
    return replace(channel, per_minute=channel.per_minute * volume, authors=authors)


def _louder_part(part: Any, volume: float) -> Any:
    if isinstance(part, Burst):
        return replace(part, per_minute={name: rate * volume for name, rate in part.per_minute.items()})
    return replace(part, per_minute=part.per_minute * volume) if hasattr(part, "per_minute") else part


def _with_tags(scenario: Scenario) -> Scenario:
    """Allow bursts to show where the tags of their topics do."""
    bursts = (replace(burst, may=(*burst.may, *scenario.topics[burst.topic].may)) for burst in scenario.bursts)
    return replace(scenario, bursts=tuple(bursts))
