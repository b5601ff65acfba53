from datetime import UTC, datetime, timedelta

import pytest

from producers.scenario import values
from producers.scenario.document import Node, parse
from producers.scenario.parts import DAY_MS, HOUR_MS, MINUTE_MS, utc_ms
from producers.scenario.values import Context, read_duration, read_number

BEGIN = utc_ms(2009, 6, 8)
FACTS = {
    "fall": Node("2009-06-13 13:30", "f", 1),
    "delay": Node("90m", "f", 1),
    "after": Node("+2h", "f", 1),
    "share": Node("0.1", "f", 1),
}


def read(kind, text):
    node = parse(f"v: {text}", "my.yaml").names["v"]
    return kind.read(node, Context(FACTS, BEGIN))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2009-06-13 13:30", utc_ms(2009, 6, 13, 13, 30)),
        ("2009-06-13T13:30Z", utc_ms(2009, 6, 13, 13, 30)),
        ("2009-06-13 13:30:15 UTC", utc_ms(2009, 6, 13, 13, 30) + 15_000),
        ("2009-06-13", utc_ms(2009, 6, 13)),
        ("+36h10m", BEGIN + 36 * HOUR_MS + 10 * MINUTE_MS),
        ("$fall", utc_ms(2009, 6, 13, 13, 30)),
        ("$fall + 7h", utc_ms(2009, 6, 13, 20, 30)),
        ("$fall - $delay", utc_ms(2009, 6, 13, 12)),
        ("$after + 30m", BEGIN + 150 * MINUTE_MS),
        ("2009-06-13 13:30 + 1d", utc_ms(2009, 6, 14, 13, 30)),
    ],
)
def test_times_are_utc_or_after_the_beginning_or_facts_and_may_be_shifted(text, at):
    assert read(values.TIME, text) == at


@pytest.mark.parametrize(
    "text", ["13:30", "2009-13-01", "2009-06-13 25:00", "2009-06-13 13:30 PST", "$nothing", "+x", "$fall + x"]
)
def test_other_times_are_refused(text):
    with pytest.raises(ValueError, match=r"expected|must be|no such fact"):
        read(values.TIME, text)


def test_nothing_can_come_after_a_beginning_that_is_not_known():
    with pytest.raises(ValueError, match="nothing has begun"):
        values.TIME.read(Node("+1h", "f", 1), Context({}))


@pytest.mark.parametrize(
    ("text", "ms"), [("90m", 90 * MINUTE_MS), ("1h30m", 90 * MINUTE_MS), ("2d", 2 * DAY_MS), ("45s", 45_000), ("0s", 0)]
)
def test_durations_have_units(text, ms):
    assert read_duration(text) == ms


@pytest.mark.parametrize("text", ["", "90", "1.5h", "30m1h", "-1h"])
def test_other_durations_are_refused(text):
    with pytest.raises(ValueError, match="expected a duration"):
        read_duration(text)


@pytest.mark.parametrize("text", ["many", "-1", "nan", "inf", "1e20", ""])
def test_numbers_are_finite_and_not_negative(text):
    with pytest.raises(ValueError, match="expected a number"):
        read_number(text)


def test_a_fact_may_stand_for_any_value():
    assert read(values.SHARE, "$share") == 0.1
    assert read(values.DURATION, "$delay") == 90 * MINUTE_MS


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (values.SHARE, "1.5", "a share from 0 to 1"),
        (values.WHOLE, "1.5", "a whole number"),
        (values.WHOLE, "0", "a whole number"),
        (values.FLAG, "yes", "true or false"),
        (values.TEXT, "", "expected text, got nothing"),
        (values.TEXT, "[a]", "expected a single value, got a list"),
        (values.TEXTS, "{a: 1}", "expected a list, got names"),
        (values.WEIGHTS, "{a: 0, b: 0}", "one weight above 0"),
        (values.WEIGHTS, "1", "expected names"),
        (values.HOURS, "[1, 2]", "expected 24 levels"),
        (values.WEEKDAYS, "[1, 2]", "expected 7 levels"),
        (values.ZONE, "PST", "expected a zone such as Asia/Tehran"),
        (values.ZONE, "+25:00", "expected a zone such as Asia/Tehran"),
        (values.choice("declared", "moved"), "gone", "expected declared or moved, got 'gone'"),
    ],
)
def test_what_is_expected_is_told(kind, text, words):
    with pytest.raises(ValueError, match=words.replace("/", ".")):
        read(kind, text)


def test_one_text_is_a_list_of_one():
    assert read(values.TEXTS, "keyword=protest") == ("keyword=protest",)


@pytest.mark.parametrize(("text", "minutes"), [("Asia/Tehran", 270), ("+04:30", 270), ("-3:00", -180), ("UTC", 0)])
def test_zones_are_named_or_offsets(text, minutes):
    zone = read(values.ZONE, text)
    assert datetime(2009, 6, 8, tzinfo=UTC).astimezone(zone).utcoffset() == timedelta(minutes=minutes)
