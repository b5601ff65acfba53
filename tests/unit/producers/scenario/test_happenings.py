import pytest

from producers.scenario import SCENARIOS
from producers.scenario.happenings import happenings, spell_duration
from producers.scenario.parts import HOUR_MS


def words_of(name, given=None):
    return [one.words for one in happenings(SCENARIOS[name](given))]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("flapping", "twitter falls silent, and is back, by turns of 3m"),
        ("slow-fade", "twitter falls to 50% over 2h"),
        ("copy-flood", "1,000 accounts paste one text, 40 times a minute on twitter"),
        ("clock-chaos", "the clock of sms-gateway is 3h slow"),
        ("backlog", "45 old posts a minute on sms, 40% of them twice"),
        ("twin-outage", "maintenance of twitter is declared, to begin after 6h and last 1h"),
        ("collector-death", "sms-gateway is dead"),
        ("tehran-2009", "posts on broadcaster, up to 12 a minute on twitter"),
        ("tehran-2009", "web falls to 10%"),
    ],
)
def test_what_happens_is_told_in_words(name, words):
    assert words in words_of(name)


def test_a_collector_may_write_what_it_missed():
    assert "sms-gateway is dead, and writes what it missed within 1h" in words_of("collector-death", {"returns": "1h"})


def test_what_happens_is_in_order_of_time():
    begins = [one.begin for one in happenings(SCENARIOS["tehran-2009"]())]
    assert begins == sorted(begins)


@pytest.mark.parametrize("text", ["1d2h", "90s", "0s"])
def test_durations_are_spelt_as_they_are_written(text):
    ms = {"1d2h": 26 * HOUR_MS, "90s": 90_000, "0s": 0}[text]
    assert spell_duration(ms) == {"90s": "1m30s"}.get(text, text)
