"""What in a scenario does not fit together, although each part of it can be read: nobody could play it."""

from collections import Counter
from collections.abc import Iterator

from producers.scenario.document import nearest
from producers.scenario.life import Channel, Topic
from producers.scenario.model import Scenario
from producers.scenario.texts import MAX_LENGTH, longest
from tocsin.series import is_value


def misfits(scenario: Scenario) -> Iterator[str]:
    """Find topics without texts where they come up, texts that are too long, and events of one name.

    Yields:
        What is wrong, and what was expected.
    """
    for channel in scenario.channels:
        yield from _speechless(channel, scenario)
    for topic in scenario.topics.values():
        yield from _unfit_texts(topic, scenario)
    yield from _unfit_parts(scenario)
    for name, times in Counter(event.name for event in scenario.truth()).items():
        if times > 1:
            yield f"{name}: expected a name for each event, for scores are kept by name; {times} events have this one"


def _unfit_parts(scenario: Scenario) -> Iterator[str]:
    for name in (*(c.name for c in scenario.channels), *(v for n in scenario.notices for v in (n.id, n.channel))):
        if not is_value(name):
            yield f"{name}: expected a name of at most 32 of a-z 0-9 . _ -"
    for burst in scenario.bursts:
        if burst.topic not in scenario.topics:
            yield f"bursts, {burst.name}: {burst.topic}: no such topic; {nearest(burst.topic, scenario.topics)}"
    for flood in scenario.floods:
        if len(flood.text) > MAX_LENGTH:
            yield f"floods, {flood.name}: the text has {len(flood.text)} characters, expected at most {MAX_LENGTH}"
    for slow in scenario.clocks:
        if slow.slow_ms <= scenario.rules.blind_ms:
            yield f"clocks, {slow.name}: expected more than blind_after_seconds, or nobody would notice"


def _speechless(channel: Channel, scenario: Scenario) -> Iterator[str]:
    topics = [topic for topic, weight in channel.topics.items() if weight]
    topics += [burst.topic for burst in scenario.bursts if channel.name in burst.per_minute]
    langs = [lang for lang, weight in channel.langs.items() if weight]
    for topic in dict.fromkeys(topics):
        if topic not in scenario.topics:
            yield f"channels.{channel.name}: {topic}: no such topic; {nearest(topic, scenario.topics)}"
            continue
        for lang in langs:
            if not scenario.topics[topic].texts.get(lang):
                yield f"topics.{topic}: expected texts in {lang}, which people write on {channel.name}"


def _unfit_texts(topic: Topic, scenario: Scenario) -> Iterator[str]:
    for lang, texts in topic.texts.items():
        for number, text in enumerate(texts, 1):
            where, places = f"topics.{topic.name}.texts.{lang} #{number}", scenario.places.get(lang, ())
            if "{place}" in text and not places:
                yield f"{where}: no places in {lang} to fill in"
            try:
                length = longest(text, topic.tags, places, scenario.photos)
            except ValueError as error:
                yield f"{where}: {error}"
                continue
            if length > MAX_LENGTH:
                yield f"{where}: may come to {length} characters with tag and picture, expected at most {MAX_LENGTH}"
