import re
from random import Random

import pytest

from producers.scenario import SCENARIOS
from producers.scenario.life import Topic
from producers.scenario.texts import MAX_LENGTH, Composer, longest
from tocsin.posts import Post

JUNE = SCENARIOS["tehran-2009"]()
LANGS = ("fa", "en", "fr")
PERSIAN = re.compile("[\u0600-\u06ff]")


@pytest.fixture
def composer():
    return Composer(JUNE.topics, JUNE.places, JUNE.photos)


def test_no_post_is_longer_than_140_characters(composer):
    longest_yet = 0
    for topic in JUNE.topics:
        for lang in LANGS:
            chance = Random(7).random
            texts = (composer.compose(topic, lang, chance, tags=True, photo=True, repost=True) for _ in range(500))
            longest_yet = max(longest_yet, *map(len, texts))
    assert longest_yet <= MAX_LENGTH


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_posts_of_every_scenario_are_short_in_their_language_and_name_nobody(name):
    scenario = SCENARIOS[name]()
    posts = [item.line for item, _ in zip(scenario.lines(), range(20_000), strict=False) if isinstance(item.line, Post)]
    texts = {(post.text, post.lang) for post in posts} | {(flood.text, flood.lang) for flood in scenario.floods}

    assert len(texts) > 500
    assert max(len(text) for text, lang in texts if lang) <= MAX_LENGTH
    assert not [text for text, _ in texts if "@" in text]
    assert not [text for text, lang in texts if lang and bool(PERSIAN.search(text)) != (lang == "fa")]


@pytest.mark.parametrize("topic", JUNE.topics)
def test_every_topic_speaks_three_languages(topic):
    assert all(JUNE.topics[topic].texts[lang] for lang in LANGS)


def test_tags_photos_and_reposts_show(composer):
    text = composer.compose("protest", "en", Random(1).random, tags=True, photo=True, repost=True)

    assert text.startswith("RT ")
    assert "#" in text
    assert "http://" in text


def test_a_channel_without_tags_has_none(composer):
    assert "#" not in composer.compose("protest", "en", Random(1).random, tags=False, photo=False, repost=False)


def test_a_template_without_places_may_still_hold_a_number():
    composer = Composer({"late": Topic("late", {"en": ("{n} minutes late",)})}, {}, ())
    text = composer.compose("late", "en", lambda: 0.0, tags=True, photo=False, repost=False)

    assert text == "2 minutes late"


def test_a_post_may_become_as_long_as_its_longest_place_tag_and_picture():
    assert longest("at {place}", ("#a", "#long"), ("x", "yyy"), ("http://p.example/",)) == len(
        "RT at yyy #long http://p.example/12345"
    )


@pytest.mark.parametrize("text", ["{who} is here", "{", "{0}"])
def test_a_template_with_other_fields_is_refused(text):
    with pytest.raises(ValueError, match="no other fields"):
        longest(text, (), (), ())
