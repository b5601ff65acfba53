from random import Random

import pytest

from producers.scenario.texts import MAX_LENGTH, TAGS, TOPICS, compose, templates


def test_no_post_is_longer_than_140_characters():
    longest = 0
    for topic in TOPICS:
        for lang in ("fa", "en", "fr"):
            chance = Random(7).random
            longest = max(
                longest,
                *(len(compose(topic, lang, chance, tags=True, photo=True, repost=True)) for _ in range(500)),
            )
    assert longest <= MAX_LENGTH


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_speaks_three_languages_and_knows_its_tags(topic):
    assert topic in TAGS
    assert all(templates(topic, lang) for lang in ("fa", "en", "fr"))


def test_tags_photos_and_reposts_show():
    text = compose("protest", "en", Random(1).random, tags=True, photo=True, repost=True)

    assert text.startswith("RT ")
    assert "#" in text
    assert "http://" in text


def test_a_channel_without_tags_has_none():
    assert "#" not in compose("protest", "en", Random(1).random, tags=False, photo=False, repost=False)
