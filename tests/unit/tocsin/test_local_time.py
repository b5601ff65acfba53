from datetime import UTC, date, datetime

import pytest

from tocsin.local_time import (
    InexactError,
    Span,
    Wanted,
    read_duration,
    read_moment,
    read_span,
    spell_span,
)
from tocsin.zones import UnclearTimeError, zone_of

LA = "America/Los_Angeles"
HOUR_MS = 3_600_000
NEXT_DAY = "it ends before it begins. If it ends on the next day, write both dates"


def ms(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


THE_HOUR = Span(ms("2009-06-16T21:00"), ms("2009-06-16T22:00"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2009-06-16 14:00-15:00", Wanted(LA)),
        ("2009-06-16 14:00 – 15:00", Wanted(LA)),
        ("2009-06-16 14:00 to 15:00", Wanted(LA)),
        ("2009-06-16 2pm-3pm", Wanted(LA)),
        ("2009-06-16 2:00 p.m. - 3:00 PM", Wanted(LA)),
        ("2009-06-16T14:00", Wanted(LA, HOUR_MS)),
        ("2009-06-16 14:00:00", Wanted(LA, HOUR_MS)),
        ("2009-06-16 14:00-15:00 America/Los_Angeles", Wanted()),
        ("2009-06-16 14:00-15:00 America/Los_Angeles", Wanted(LA)),
        ("2009-06-16T21:00Z", Wanted(None, HOUR_MS)),
        ("2009-06-16T14:00-07:00", Wanted(None, HOUR_MS)),
        ("2009-06-16T14:00-07:00", Wanted(LA, HOUR_MS)),
        ("2009-06-17T01:30+0430", Wanted(None, HOUR_MS)),
        ("2009-06-16T21:00Z/2009-06-16T22:00Z", Wanted()),
        ("2009-06-16T14:00-07:00/2009-06-16T15:00-07:00", Wanted()),
        ("2009-06-16 21:00-22:00Z", Wanted()),
        ("2009-06-16T21:00Z/22:00", Wanted()),
        ("2009-06-16 21:00-22:00 UTC", Wanted()),
        ("2009-06-17 01:30-02:30", Wanted("Asia/Tehran")),
        ("14:00-15:00", Wanted(LA, day=date(2009, 6, 16))),
        ("2pm-3pm", Wanted(LA, day=date(2009, 6, 16))),
        ("2009-06-16 14:00-15:00", Wanted(LA, day=date(2009, 6, 16))),
    ],
)
def test_each_exact_way_to_write_the_hour_names_the_same_moments(text, wanted):
    assert read_span(text, wanted) == THE_HOUR


@pytest.mark.parametrize(
    ("text", "wanted", "explanation"),
    [
        ("2009-06-16 14:00-15:00", Wanted(), "whose clock is it? Say --zone"),
        ("2009-06-16 14:00-07:00", Wanted(), "may be an end or an offset"),
        ("2009-06-16 14:00", Wanted(None, HOUR_MS), "whose clock is it? Say --zone"),
        ("2009-06-16 14:00", Wanted(LA), "it has no end"),
        ("2009-06-16 2pm-3pm", Wanted(LA, HOUR_MS), "--duration says it again"),
        ("2009-06-16 14:00-08:00", Wanted(LA, HOUR_MS), "-08:00 is not what America/Los_Angeles keeps then"),
        ("2009-06-16 14:00-07:00", Wanted(LA), NEXT_DAY),
        ("2009-06-16 23:30-00:30", Wanted(LA), NEXT_DAY),
        ("2009-06-16 14:00-14:00", Wanted(LA), NEXT_DAY),
        ("2009-06-16 14:00 - 2009-06-24 14:00", Wanted(LA), "longer than seven days"),
        ("2009-06-16 12pm-1pm", Wanted(LA), "12 pm is noon to some and midnight to others"),
        ("2009-06-16 13pm-14pm", Wanted(LA), "13 pm is no time of day. Write 13:00"),
        ("2009-06-16 24:00", Wanted(LA, HOUR_MS), "midnight is 00:00"),
        ("2009-06-16 14:60", Wanted(LA, HOUR_MS), "no time of day"),
        ("2009-06-31 14:00", Wanted(LA, HOUR_MS), "2009-06-31 is no date of the calendar"),
        ("1969-06-16 14:00", Wanted(LA, HOUR_MS), "expected a year from 1971"),
        ("2009-06-16T14:00+15:00", Wanted(None, HOUR_MS), "no clock keeps UTC+15:00"),
        ("2009-06-16T14:00+04:31", Wanted(None, HOUR_MS), "no clock keeps UTC+04:31"),
        ("2009-06-16 14:00-15:00 Asia/Tehran", Wanted(LA), "its zone is not --zone America/Los_Angeles"),
        ("2009-06-16 14:00-15:00", Wanted(LA, day=date(2009, 6, 17)), "its date is not that of --date 2009-06-17"),
        ("2009-06-16 14:00-15:00", Wanted("PST"), "Write America/Los_Angeles"),
        ("2009-03-08 02:30", Wanted(LA, HOUR_MS), "does not exist"),
        ("2009-11-01 01:30", Wanted(LA, HOUR_MS), "Say which: --fold first or --fold second"),
        ("2009-11-01 00:30-01:30", Wanted(LA), "Say which"),
    ],
)
def test_what_has_no_reading_or_several_is_refused(text, wanted, explanation):
    with pytest.raises(UnclearTimeError) as refused:
        read_span(text, wanted)
    assert explanation in str(refused.value)
    assert f'"{text}"' in str(refused.value) or "zone PST" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["2009-06-16 2-3pm", "2009-06-16 2:00-3:00", "14:00-15:00", "06/07/2009 14:00", "2p", "", "2009-06-16"],
)
def test_any_other_text_is_inexact(text):
    with pytest.raises(InexactError, match="expected a date and a time"):
        read_span(text, Wanted(LA, HOUR_MS))


def test_clocks_that_change_within_a_window_make_it_longer_or_shorter_by_the_clock():
    assert _hours("2009-11-01 00:30-03:00") == 3.5
    assert _hours("2009-03-08 00:30-03:00") == 1.5


def _hours(text):
    span = read_span(text, Wanted(LA))
    return (span.end - span.begin) / HOUR_MS


def test_either_time_that_comes_twice_can_be_meant():
    first, second = (read_span("2009-11-01 01:30", Wanted(LA, HOUR_MS, fold)) for fold in ("first", "second"))
    assert (first.begin, second.begin) == (ms("2009-11-01T08:30"), ms("2009-11-01T09:30"))


def test_a_moment_is_read_with_its_own_zone_or_a_given_one():
    at = ms("2009-06-15T18:30")
    assert read_moment("2009-06-15T18:30Z") == read_moment("2009-06-15 11:30", LA) == at
    assert read_moment("2009-06-15 23:00 Asia/Tehran") == at


@pytest.mark.parametrize("text", ["2009-06-15T18:30", "yesterday", "2009-06-15", "2009-06-15 18:30 PST"])
def test_a_moment_that_is_not_exact_is_refused(text):
    with pytest.raises(UnclearTimeError):
        read_moment(text)


def test_a_moment_with_two_zones_is_refused():
    with pytest.raises(UnclearTimeError, match="its zone is not --zone"):
        read_moment("2009-06-15 23:00 Asia/Tehran", LA)


@pytest.mark.parametrize(
    ("text", "minutes"), [("90m", 90), ("1h", 60), ("1h30m", 90), ("7d", 10_080), ("1d2h3m", 1_563), ("1m", 1)]
)
def test_durations_are_days_hours_and_minutes(text, minutes):
    assert read_duration(text) == minutes * 60_000
    assert read_duration(f"{minutes // 60}h{minutes % 60}m") == read_duration(f"{minutes}m") == minutes * 60_000


@pytest.mark.parametrize("text", ["", "0m", "8d", "1", "1.5h", "-1h", "30m1h", "60s", "an hour"])
def test_other_durations_are_refused(text):
    with pytest.raises(UnclearTimeError, match="expected a duration from 1m to 7d"):
        read_duration(text)


@pytest.mark.parametrize(
    ("zone", "spelt"),
    [
        (LA, "2009-06-16 14:00-15:00"),
        ("Asia/Tehran", "2009-06-17 01:30-02:30"),
        ("Asia/Kabul", "2009-06-17 01:30-02:30"),
    ],
)
def test_a_window_is_spelt_as_it_is_read(zone, spelt):
    assert spell_span(THE_HOUR, zone_of(zone)) == spelt
    assert read_span(spelt, Wanted(zone)) == THE_HOUR


def test_a_window_over_midnight_is_spelt_with_both_dates():
    span = read_span("2009-06-16T23:30Z/2009-06-17T00:30Z", Wanted())
    assert spell_span(span, zone_of("UTC")) == "2009-06-16 23:30 - 2009-06-17 00:30"
