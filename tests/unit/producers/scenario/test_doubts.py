import pytest

from producers.scenario import SCENARIOS, find_scenario
from producers.scenario.doubts import doubts

HEAD = "use: calm\ndescription: Mine.\nlength: 40h\n"


@pytest.fixture
def doubted(tmp_path):
    def doubted(text):
        path = tmp_path / "mine.yaml"
        path.write_text(HEAD + text, encoding="utf-8")
        return list(doubts(find_scenario(str(path))))

    return doubted


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_doubtful_about_the_scenarios_that_come_with_tocsin(name):
    assert list(doubts(SCENARIOS[name]())) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drops: [{name: a, channel: smss, begin: +30h, length: 1h}]", "no channel is called smss; did you mean sms?"),
        ("deaths: [{name: a, source: gate, begin: +30h, length: 1h}]", "no channel has a source gate"),
        ("drops: [{name: a, channel: sms, begin: +50h, length: 1h}]", "a: it begins outside the scenario"),
        ("drops: [{name: a, channel: sms, begin: +30h, length: 20h}]", "a: it goes on after the scenario"),
        ("drops: [{name: a, channel: sms, begin: +30h, length: 1h, left: 1}]", "all posts are left"),
        ("drops: [{name: a, channel: sms, begin: +30h, length: 1h, fades: 2h}]", "over before it has faded"),
        ("drops: [{name: a, channel: sms, begin: +3h, length: 1h}]", "comes within 24 hours"),
        ("deaths: [{name: a, source: sms-gateway, begin: +30h, length: 90s}]", "ends between two heartbeats"),
        ("heartbeat: 10m", "heartbeats come so seldom"),
        ("notices: [{id: a, channel: sms, begin: +50h, length: 1h, at: +30h}]", "its window lies behind the end"),
        (
            "backlogs: [{name: a, channel: sms, begin: +30h, length: 1h, oldest: +20h, newest: +31h, per_minute: 9}]",
            "expected oldest before newest",
        ),
        (
            "bursts: [{name: a, topic: protest, begin: +30h, length: 1h, per_minute: {web: 0.5}, shows: posts}]",
            "0.5 posts a bucket at its height are lost in the noise",
        ),
        (
            "bursts: [{name: a, topic: protest, begin: +30h, length: 1h, per_minute: {web: 1}, shows: channel=web}]",
            "1 posts a minute hardly show on web",
        ),
    ],
)
def test_what_can_hardly_be_meant_is_doubted(doubted, text, words):
    [doubt] = doubted(text)
    assert words in doubt
