from dataclasses import replace

import pytest

from producers.scenario import SCENARIOS, ScenarioError, find_scenario
from producers.scenario.document import LIBRARY
from producers.scenario.parts import HOUR_MS, MINUTE_MS, utc_ms
from tocsin.posts import Post

SMALL = """
description: One channel, one topic.
begin: 2009-06-08
length: 30h
channels:
  sms:
    per_minute: 6
    sources: {gateway: 1}
    langs: {en: 1}
    regions: {tehran: 1}
    topics: {tea: 1}
topics:
  tea: {texts: {en: ["tea first", "{n} cups of tea"]}, may: [keyword=tea]}
"""


@pytest.fixture
def read(tmp_path):
    def read(text, given=None):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return find_scenario(str(path), given)

    return read


def problems(read, text, given=None):
    with pytest.raises(ScenarioError) as error:
        read(text, given)
    return str(error.value).splitlines()


def test_a_file_of_ones_own_is_a_scenario_with_topics_of_its_own(read):
    scenario = read(SMALL)
    posts = [item.line for item in replace(scenario, end=scenario.begin + HOUR_MS).lines() if item.line]
    texts = {post.text for post in posts if isinstance(post, Post)}

    assert scenario.name == "mine"
    assert scenario.end - scenario.begin == 30 * HOUR_MS
    assert {"tea first", "3 cups of tea"} <= {text.removeprefix("RT ") for text in texts}
    assert scenario.truth() == []


def test_what_is_true_follows_from_the_parts(read):
    scenario = read(
        SMALL
        + "drops: [{name: cut, channel: sms, begin: +25h, length: 1h}]\n"
        + "bursts: [{name: thirst, topic: tea, begin: +27h, length: 1h, per_minute: {sms: 9}, shows: channel=sms}]\n"
    )
    cut, thirst = scenario.truth()

    assert (cut.kind, cut.planned, cut.evidence, cut.total) == ("outage", "unannounced", ("volume",), True)
    assert thirst.must == ("channel=sms",)
    assert "keyword=tea" in thirst.may


def test_every_mistake_is_told_at_once_with_its_line_and_key(read):
    told = problems(
        read,
        SMALL.replace("length: 30h", "lenght: 30h").replace("per_minute: 6", "per_minute: six")
        + "drops:\n  - {name: cut, chanel: sms, begin: +1h, end: 2009-06-08, left: 2}\n",
    )
    assert told == [
        "mine.yaml line 4: lenght: no such key; did you mean length?",
        "mine.yaml line 2: expected an end or a length, and not both",
        "mine.yaml line 7: channels.sms.per_minute: expected a number, 0 or more, got 'six'",
        "mine.yaml line 15: drops #1.chanel: no such key; did you mean channel?",
        "mine.yaml line 15: drops #1: expected channel: which channel",
        "mine.yaml line 15: drops #1.left: expected a share from 0 to 1, got '2'",
        "mine.yaml line 15: drops #1: expected an end after the begin",
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("heartbeat: 500ms", "heartbeat: expected a duration"),
        ("heartbeat: 0s", "heartbeat: expected whole seconds"),
        ("settings: {bucket_secs: 5}", "settings.bucket_secs: no such setting; did you mean bucket_seconds?"),
        ("settings: {bucket_seconds: x}", "settings.bucket_seconds: expected a whole number"),
        ("settings: [1]", "settings: expected names"),
        ("drops: {a: 1}", "drops: expected a list"),
        ("drops: [a]", "drops #1: expected names with something under each, got 'a'"),
        ("flaws: {kinds: {torn: 1}}", "flaws.kinds: torn: no such way"),
        ("flaws: {late: 0.6, broken: 0.6}", "flaws: expected shares that add up to 1"),
        ("facts: {a: 1}", "facts.a: expected names"),
        ("facts: {a: {value: 1}}", "facts.a: expected source"),
        ("facts: {a: {value: 1, source: x, alternatives: [{value: 2}]}}", "facts.a.alternatives #1: expected source"),
        ("bursts: [{name: a, topic: te, begin: +1h, length: 1h, per_minute: {sms: 1}}]", "te: no such topic; did you"),
        ("bursts: [{name: a, topic: x, begin: +1h, length: 1h, per_minute: {}}]", "bursts, a: x: no such topic"),
        ("clocks: [{name: a, source: gateway, begin: +1h, length: 1h, slow: 1m}]", "or nobody would notice"),
        ("notices: [{id: A b, channel: sms, begin: +2h, length: 1h, at: +1h}]", "A b: expected a name of at most 32"),
        (
            "floods: [{name: a, channel: sms, text: "
            + "x" * 141
            + ", lang: en, begin: +1h, length: 1h, accounts: 1, per_minute: 1}]",
            "floods, a: the text has 141 characters",
        ),
        (
            "drops: [{name: a, channel: sms, begin: +1h, length: 1h}, {name: a, channel: sms, begin: +3h, length: 1h}]",
            "a: expected a name for each event",
        ),
    ],
)
def test_what_cannot_be_played_is_told(read, more, words):
    assert words in "\n".join(problems(read, f"{SMALL}{more}\n"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tea first", "tea at {place}", "no places in en to fill in"),
        ("tea first", "tea for {who}", "no other fields"),
        ("tea first", "t" * 138, "may come to 141 characters"),
        ("langs: {en: 1}", "langs: {en: 1, fa: 1}", "topics.tea: expected texts in fa, which people write on sms"),
        ("topics: {tea: 1}", "topics: {coffee: 1}", "channels.sms: coffee: no such topic"),
        ("  sms:\n", "  S M S:\n", "S M S: expected a name of at most 32"),
        ("begin: 2009-06-08", "begin: +1h", "nothing has begun before"),
        ("begin: 2009-06-08\n", "", "expected begin"),
    ],
)
def test_a_file_in_which_one_thing_is_wrong_is_refused_for_it(read, old, new, words):
    assert words in "\n".join(problems(read, SMALL.replace(old, new)))


def test_a_file_without_channels_is_refused(read):
    assert any(
        "at least one channel" in line for line in problems(read, "description: x\nbegin: 2009-06-08\nlength: 1h\n")
    )


FACTS = """
facts:
  fall: {value: 2009-06-09 02:00, source: one, alternatives: [{value: 2009-06-09 03:00, source: another}]}
  lasts: {value: 90m, source: synthetic}
  left: {value: 0.1, source: synthetic, unit: share}
drops: [{name: cut, channel: sms, begin: $fall, length: $lasts, left: $left}]
"""


def test_facts_are_kept_with_who_says_so_and_may_be_chosen(read):
    scenario, other = read(SMALL + FACTS), read(SMALL + FACTS, {"fall": "2009-06-09T03:00", "left": "0"})
    fall = scenario.facts["fall"]

    assert (fall.value, fall.source, fall.alternatives[0].source) == (utc_ms(2009, 6, 9, 2), "one", "another")
    assert (scenario.facts["lasts"].value, scenario.facts["left"].value) == (90 * MINUTE_MS, 0.1)
    assert [drop.begin for drop in (*scenario.drops, *other.drops)] == [utc_ms(2009, 6, 9, 2), utc_ms(2009, 6, 9, 3)]
    assert other.drops[0].left == 0
    assert other.drops[0].end - other.drops[0].begin == 90 * MINUTE_MS


def test_a_fact_that_is_unknown_or_wrong_is_told(read):
    assert problems(read, SMALL + FACTS, {"fal": "1"}) == ["--set fal: no such fact; did you mean fall?"]
    assert problems(read, SMALL + FACTS, {"lasts": "long"}) == [
        "mine.yaml line 19: drops #1.length: $lasts: expected a duration such as 90m, 1h30m or 2d, got 'long'"
    ]


def test_the_volume_multiplies_every_rate_and_the_regulars(read):
    parts = (
        "volume: 2\nbursts: [{name: a, topic: tea, begin: +1h, length: 1h, per_minute: {sms: 3}}]\n"
        "backlogs: [{name: b, channel: sms, begin: +20h, length: 1h, oldest: +1h, newest: +2h, per_minute: 4}]\n"
    )
    scenario = read(SMALL + parts)

    assert scenario.channels[0].per_minute == 12
    assert scenario.channels[0].authors.regulars == 2 * 26_100
    assert scenario.bursts[0].per_minute == {"sms": 6}
    assert scenario.backlogs[0].per_minute == 8


def test_local_time_follows_its_zone_through_the_turn_of_the_clocks(read):
    scenario = read(SMALL.replace("begin: 2009-06-08", "begin: 2009-03-28\nzone: Europe/Paris"))
    before, after = utc_ms(2009, 3, 29, 0, 59), utc_ms(2009, 3, 29, 1)

    assert scenario.local(before) - before == HOUR_MS
    assert scenario.local(after) - after == 2 * HOUR_MS


def test_every_file_of_the_library_is_a_scenario_by_its_name():
    assert {path.stem for path in LIBRARY.glob("*.yaml")} == set(SCENARIOS)


def test_a_name_that_is_unknown_is_told_which_one_was_meant():
    with pytest.raises(ScenarioError, match="did you mean quiet-week"):
        find_scenario("quiet-weak")
